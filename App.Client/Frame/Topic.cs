using System.Globalization;

namespace Weir.App.Client.Frame;

/// <summary>What a page can watch. A topic's region is the element with its <see cref="ElementId"/>, rendered by one component.</summary>
public static class Topic
{
    public const string Home = "home";
    public const string Waterfall = "waterfall";
    public const string Builders = "builders";
    public const string Buildsets = "buildsets";
    public const string Queue = "queue";
    public const string Locks = "locks";
    public const string Pauses = "pauses";
    public const string Workers = "workers";
    public const string Masters = "masters";
    public const string Changes = "changes";
    public const string Schedulers = "schedulers";
    public const string Graph = "graph";
    public const string Configuration = "configuration";
    public const string Orders = "orders";

    public static string Build(long id) => Of("build", id);
    public static string Builder(long id) => Of("builder", id);
    public static string Buildset(long id) => Of("buildset", id);
    public static string Worker(long id) => Of("worker", id);
    public static string Change(long id) => Of("change", id);
    public static string Log(long id) => Of("log", id);

    public static string ElementId(string topic) => "live-" + topic.Replace('/', '-');

    /// <summary>Takes <c>build/7</c> apart; a topic without a number is its own kind.</summary>
    public static (string Kind, long? Id)? Parse(string? topic)
    {
        if (topic is null or { Length: 0 or > 40 })
            return null;
        var slash = topic.IndexOf('/');
        if (slash < 0)
            return (topic, null);
        return long.TryParse(topic.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (topic[..slash], id) : null;
    }

    private static string Of(string kind, long id) => string.Create(CultureInfo.InvariantCulture, $"{kind}/{id}");
}

using System.Globalization;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>
/// What a listener of <c>/api/v2/events</c> wants: <c>builds</c> is what happens to builds themselves, <c>builds.7</c> everything that names build 7 (its steps and logs too),
/// <c>builders</c> everything that names some builder. Without topics: all.
/// </summary>
internal sealed class EventTopicFilter
{
    public const int MostTopics = 64;

    private readonly HashSet<string> _collections = [];
    private readonly List<(string Collection, long Id)> _things = [];

    /// <summary>Reads <c>topics=builds,builders.7</c> (repeatable); null with a sentence that says what is wrong.</summary>
    public static (EventTopicFilter? Filter, string? Problem) Read(IEnumerable<string?> given)
    {
        var filter = new EventTopicFilter();
        var topics = given.SelectMany(g => (g ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        if (topics.Length > MostTopics)
            return (null, $"At most {MostTopics} topics; there are {topics.Length}.");
        foreach (var topic in topics)
        {
            var parts = topic.Split('.', 2);
            if (!EventSubject.Collections.Contains(parts[0]))
                return (null, $"There is no topic \"{Shorten(topic)}\". Possible: {string.Join(", ", EventSubject.Collections)}, each also with an id, as builders.7.");
            if (parts.Length == 1)
                filter._collections.Add(parts[0]);
            else if (long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                filter._things.Add((parts[0], id));
            else
                return (null, $"\"{Shorten(topic)}\": a whole number is expected behind the dot, as in builders.7.");
        }
        return (filter, null);
    }

    public bool Wants(WeirEvent e)
    {
        if (_collections.Count == 0 && _things.Count == 0)
            return true;
        return _collections.Contains(EventSubject.Of(e).Collection)
            || (_collections.Contains("builders") && e.BuilderId is not null)
            || _things.Any(t => EventSubject.Named(e, t.Collection) == t.Id);
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}

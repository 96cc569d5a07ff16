using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>Under which keys Buildbot tells of an event: its data API has one or more paths for each kind of resource, and a word for what happened at the end.</summary>
internal static class BuildbotKeys
{
    /// <summary>The word of this event, and of a second one where Buildbot tells twice what happens here at once.</summary>
    private static string[] Words(WeirEvent e, JsonObject? resource) => e.Kind switch
    {
        EventKind.ChangeAdded or EventKind.BuildsetAdded or EventKind.RequestAdded or EventKind.BuildStarted or EventKind.LogOpened => ["new"],
        EventKind.BuildsetCompleted or EventKind.RequestCompleted => ["complete"],
        EventKind.RequestClaimed => ["claimed"],
        EventKind.RequestChanged or EventKind.BuildChanged => ["update"],
        EventKind.BuildCompleted or EventKind.StepCompleted or EventKind.LogCompleted => ["finished"],
        EventKind.StepStarted => ["new", "started"],
        EventKind.StepChanged => ["updated"],
        EventKind.WorkerChanged => [resource?["connected_to"] is JsonArray { Count: > 0 } ? "connected" : "disconnected", "state_updated"],
        EventKind.MasterChanged => [resource?["active"]?.GetValue<bool>() == false ? "stopped" : "started"],
        EventKind.SchedulerChanged => ["updated"],
        _ => [],
    };

    public static IReadOnlyList<string[]> Of(WeirEvent e, JsonObject? resource)
    {
        var words = Words(e, resource);
        return [.. Paths(e, resource).SelectMany(path => words.Select(word => (string[])[.. path, word]))];
    }

    /// <summary>What grew has no number of its own: nobody needs to be told of it again.</summary>
    public static IReadOnlyList<string[]> OfGrowth(long log, JsonObject resource) =>
        [["logs", Text(log), "append"], .. resource["stepid"] is { } step && resource["slug"] is { } slug ? new string[][] { ["steps", step.ToString(), "logs", slug.GetValue<string>(), "append"] } : []];

    private static IEnumerable<string[]> Paths(WeirEvent e, JsonObject? resource)
    {
        var (collection, id) = EventSubject.Of(e);
        if (id is null)
            yield break;
        yield return [collection, Text(id.Value)];
        switch (collection)
        {
            case "builds":
                if (e.BuilderId is { } builder && resource?["number"] is { } number)
                    yield return ["builders", Text(builder), "builds", number.ToString()];
                if ((e.WorkerId ?? resource?["workerid"]?.GetValue<long>()) is { } worker)
                    yield return ["workers", Text(worker), "builds", Text(id.Value)];
                break;
            case "buildrequests" when e.BuilderId is { } of:
                yield return ["builders", Text(of), "buildrequests", Text(id.Value)];
                if (e.BuildsetId is { } set)
                    yield return ["buildsets", Text(set), "builders", Text(of), "buildrequests", Text(id.Value)];
                break;
            case "steps" when e.BuildId is { } build:
                yield return ["builds", Text(build), "steps", Text(id.Value)];
                break;
            case "logs" when resource is not null && resource["stepid"] is { } step && resource["slug"] is { } slug:
                yield return ["steps", step.ToString(), "logs", slug.GetValue<string>()];
                break;
        }
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A path to listen to, as Buildbot's clients write it: words separated by slashes, and <c>*</c> for any one word.</summary>
internal sealed class BuildbotPattern
{
    public const int LongestPath = 200;
    private const int MostWords = 10;

    private readonly string[] _words;

    private BuildbotPattern(string[] words) => _words = words;

    /// <summary>Null for what no key could ever match.</summary>
    public static BuildbotPattern? Read(string path)
    {
        var words = path.Split('/');
        return path.Length is 0 or > LongestPath || words.Length is < 2 or > MostWords || words.Any(w => w.Length == 0) ? null : new(words);
    }

    public bool Matches(string[] key) => key.Length == _words.Length && !key.Where((word, i) => _words[i] != "*" && _words[i] != word).Any();

    /// <summary>Whether keys of this collection can match at all: the rest is known only when the resource has been read.</summary>
    public bool MightMatch(string collection) => _words.Any(w => w == "*" || w == collection);
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>
/// Renders events, each resource once per reading: what an event says of a resource is its state when it was read, at the event's number or later, so events of one reading share it.
/// </summary>
internal sealed class EventRendering(EventResources resources, EventMeters meters)
{
    private const int ReadAtOnce = 4;

    /// <summary>The resources of one reading of events.</summary>
    public sealed class Reading
    {
        public ConcurrentDictionary<EventSubject, JsonObject?> Known { get; } = new();
    }

    /// <summary>Reads what these events are about, a few at a time.</summary>
    public async Task<Reading> Read(IEnumerable<WeirEvent> events, CancellationToken cancellation)
    {
        var reading = new Reading();
        await Parallel.ForEachAsync(events.Select(EventSubject.Of).Distinct(), new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = cancellation },
            async (subject, token) => reading.Known[subject] = await resources.Read(subject, token));
        return reading;
    }

    public async Task<RenderedEvent> Render(WeirEvent e, Reading reading, CancellationToken cancellation)
    {
        var subject = EventSubject.Of(e);
        if (!reading.Known.TryGetValue(subject, out var resource))
            reading.Known[subject] = resource = await resources.Read(subject, cancellation);
        meters.Rendered();
        return new(e, Kind(e.Kind), resource, BuildbotKeys.Of(e, resource));
    }

    /// <summary>A log that grew, for Buildbot's listeners.</summary>
    public async Task<IReadOnlyList<BuildbotMessage>> Growth(long log, CancellationToken cancellation)
    {
        if (await resources.Read(new("logs", log), cancellation) is not { } resource)
            return [];
        var body = RenderedEvent.Text(resource);
        return [.. BuildbotKeys.OfGrowth(log, resource).Select(k => new BuildbotMessage(k, body))];
    }

    /// <summary><c>BuildStarted</c> as <c>build_started</c>.</summary>
    public static string Kind(EventKind kind) => string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}

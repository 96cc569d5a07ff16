using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Weir.App.Server.Api;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Queue;
using Weir.Shared.Steps;
using Weir.Shared.Workers;

namespace Weir.App.Server.Events;

/// <summary>The seam to REST: a resource of an event, rendered as its collection renders it.</summary>
internal sealed class EventResources(
    IBuildQueries builds, IStepQueries steps, ILogQueries logs, IQueueQueries queue, IWorkerQueries workers, IMasterQueries masters, IChangeQueries changes, IConfigurationQueries configuration)
{
    // Long texts are fetched by whoever wants them.
    private static readonly string[] LeftOut = ["parts", "difference", "problems"];

    /// <summary>Null if it is gone, or if the event names none.</summary>
    public async Task<JsonObject?> Read(EventSubject subject, CancellationToken cancellation) => (subject.Collection, subject.Id) switch
    {
        ("builds", { } id) => Render(BuildsApi.Builds, await builds.Find(id, cancellation)),
        ("steps", { } id) => Render(StepsApi.Steps, await steps.Find(id, cancellation)),
        ("logs", { } id) => Render(LogsApi.Logs, await logs.Find(id, cancellation)),
        ("buildrequests", { } id) => Render(RequestsApi.Requests, await queue.Request(id, cancellation)),
        ("buildsets", { } id) => Render(BuildsetsApi.Buildsets, (await queue.Buildset(id, cancellation))?.Buildset),
        ("workers", { } id) => Render(WorkersApi.Workers, await workers.Find(id, cancellation)),
        ("masters", { } id) => Render(MastersApi.Masters, await masters.Find(id, cancellation)),
        ("changes", { } id) => Render(ChangesApi.Changes, (await changes.Detail(id, cancellation))?.Change),
        ("configuration", _) => Short(Render(ConfigurationApi.Revisions, await configuration.InForce(cancellation))),
        _ => null,
    };

    private static JsonObject? Render<T>(Resource<T> resource, T? item) where T : class => item is null ? null : resource.Render(item);

    private static JsonObject? Short(JsonObject? revision)
    {
        foreach (var name in LeftOut)
            revision?.Remove(name);
        return revision;
    }
}

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

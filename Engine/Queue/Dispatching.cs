using Weir.Engine.Configuration;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>A waiting request, as deciding sees it.</summary>
public sealed record WaitingRequest
{
    public required long Id { get; init; }
    public required long BuilderId { get; init; }
    public required int Priority { get; init; }
    public required DateTimeOffset SubmittedAt { get; init; }
    public DateTimeOffset? NotBefore { get; init; }
    public int Attempt { get; init; } = 1;

    /// <summary>Names of properties that came with its buildset.</summary>
    public IReadOnlyList<string> Properties { get; init; } = [];
    public string WaitKind { get; init; } = nameof(Shared.Queue.WaitKind.New);
    public string WaitText { get; init; } = "";
}

/// <summary>A builder, as deciding sees it.</summary>
public sealed record DispatchBuilder(long Id, string Name, WorkerSelector Workers, IReadOnlyList<string> RequiredProperties, bool Retired)
{
    /// <summary>What a worker must be able to do (<see cref="Shared.Protocol.WorkerAbilities"/>).</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The engines that may begin it; null: all.</summary>
    public IReadOnlySet<long>? Engines { get; init; }

    /// <summary>Why no engine may, where none may.</summary>
    public string NobodyText { get; init; } = "";
}

/// <summary>A worker, as deciding sees it.</summary>
public sealed record DispatchWorker
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public required int FreeSlots { get; init; }

    /// <summary>Connected to some engine.</summary>
    public required bool Connected { get; init; }

    /// <summary>The engine it is connected to, and its name.</summary>
    public (long Id, string Name) Engine { get; init; }

    /// <summary>Connected to this engine and ready for orders: only then a request may start on it here.</summary>
    public required bool Mine { get; init; }
    public bool Paused { get; init; }

    /// <summary>What it can do; null: not known.</summary>
    public IReadOnlyCollection<string>? Abilities { get; init; }

    /// <summary>It finishes what it does and goes.</summary>
    public bool Stopping { get; init; }
    public string? PauseText { get; init; }
}

/// <summary>What was decided: which requests start where, and why each other one waits.</summary>
public sealed record DispatchDecision(IReadOnlyList<(WaitingRequest Request, DispatchWorker Worker)> Starts, IReadOnlyList<(long Request, WaitKind Kind, string Text)> Waits);

/// <summary>Decides which waiting request starts on which worker. Pure: records in, records out.</summary>
public static class Dispatching
{
    /// <summary>Priority first, then age.</summary>
    public static IEnumerable<WaitingRequest> InOrder(IEnumerable<WaitingRequest> requests) =>
        requests.OrderByDescending(r => r.Priority).ThenBy(r => r.SubmittedAt).ThenBy(r => r.Id);

    public static DispatchDecision Decide(IEnumerable<WaitingRequest> requests, IReadOnlyList<DispatchBuilder> builders, IReadOnlyList<DispatchWorker> workers, DateTimeOffset now, long self = 0)
    {
        var byId = builders.ToDictionary(b => b.Id);
        var free = workers.ToDictionary(w => w.Id, w => w.FreeSlots);
        var matching = new Dictionary<long, DispatchWorker[]>();
        var starts = new List<(WaitingRequest, DispatchWorker)>();
        var waits = new List<(long, WaitKind, string)>();
        foreach (var request in InOrder(requests))
        {
            if (!byId.TryGetValue(request.BuilderId, out var builder) || builder.Retired)
            {
                waits.Add((request.Id, WaitKind.BuilderRetired, "Its builder is no longer in the configuration."));
                continue;
            }
            if (builder.RequiredProperties.FirstOrDefault(p => !request.Properties.Contains(p)) is { } missing)
            {
                waits.Add((request.Id, WaitKind.SetAside, $"Set aside: the property {missing} is required and has no value."));
                continue;
            }
            if (request.NotBefore is { } notBefore && notBefore > now)
            {
                waits.Add((request.Id, WaitKind.NotBefore, "Its next attempt waits a moment, since the last one was lost."));
                continue;
            }
            if (builder.Engines is { Count: 0 })
            {
                waits.Add((request.Id, WaitKind.NoEngine, builder.NobodyText));
                continue;
            }
            // Somebody else begins it, and says what it waits for.
            if (builder.Engines is { } engines && !engines.Contains(self))
                continue;
            if (!matching.TryGetValue(builder.Id, out var able))
                matching[builder.Id] = able = [.. workers.Where(w => WorkerMatching.Matches(builder.Workers, w.Name, w.Tags))];
            if (able.Length > 0 && able.All(w => Lacks(w, builder).Any()))
            {
                waits.Add((request.Id, WaitKind.NoMatchingWorker, LackText(able, builder)));
                continue;
            }
            if (able.Where(w => !Lacks(w, builder).Any() && w is { Mine: true, Paused: false, Stopping: false } && free[w.Id] > 0).MaxBy(w => free[w.Id]) is { } worker)
            {
                free[worker.Id]--;
                starts.Add((request, worker));
                continue;
            }
            waits.Add(Explain(request, builder, [.. able.Where(w => !Lacks(w, builder).Any())], free));
        }
        return new(starts, waits);
    }

    private static (long, WaitKind, string) Explain(WaitingRequest request, DispatchBuilder builder, DispatchWorker[] able, Dictionary<long, int> free)
    {
        if (able.Length == 0)
            return (request.Id, WaitKind.NoMatchingWorker, "No worker of the configuration can take it.");
        var connected = able.Where(w => w is { Connected: true, Stopping: false }).ToArray();
        if (connected.Length == 0 && able.Where(w => w.Connected).ToArray() is { Length: > 0 } going)
            return (request.Id, WaitKind.WorkersMissing, $"{Names(going)} {(going.Length == 1 ? "is" : "are")} stopping.");
        if (connected.Length == 0)
            return (request.Id, WaitKind.WorkersMissing, $"{Names(able)} {(able.Length == 1 ? "is" : "are")} not connected.");
        var awake = connected.Where(w => !w.Paused).ToArray();
        if (awake.Length == 0)
            return (request.Id, WaitKind.WorkersPaused, $"{Names(connected)} {(connected.Length == 1 ? "is" : "are")} paused{(connected[0].PauseText is { Length: > 0 } why ? ": " + why : "")}.");
        if (awake.All(w => free[w.Id] <= 0))
            return (request.Id, WaitKind.SlotsFull, $"{Names(awake)} {(awake.Length == 1 ? "is" : "are")} busy.");
        if (builder.Engines is { } engines && awake.Where(w => free[w.Id] > 0).ToArray() is var ready && ready.All(w => !engines.Contains(w.Engine.Id)))
            return (request.Id, WaitKind.WorkersElsewhere, $"{Names(ready)} {(ready.Length == 1 ? "is" : "are")} connected to {ready[0].Engine.Name}, which may not begin it; the first to be idle comes over.");
        return (request.Id, WaitKind.New, "Another master is about to start it.");
    }

    private static IEnumerable<string> Lacks(DispatchWorker worker, DispatchBuilder builder) => worker.Abilities is { } abilities ? builder.Needs.Except(abilities) : [];

    private static string LackText(DispatchWorker[] able, DispatchBuilder builder)
    {
        var lacking = able.SelectMany(w => Lacks(w, builder)).Distinct().Order(StringComparer.Ordinal).Select(WorkerAbilities.InWords);
        return $"It needs a worker that {string.Join(" and ", lacking)}; {Names(able).Replace("Worker", "worker", StringComparison.Ordinal).Replace("The ", "the ", StringComparison.Ordinal).Replace("All ", "all ", StringComparison.Ordinal)} {(able.Length == 1 ? "is" : "are")} of an earlier release.";
    }

    private static string Names(DispatchWorker[] workers) => workers.Length switch
    {
        1 => $"Worker {workers[0].Name}",
        <= 3 => "The workers " + string.Join(", ", workers[..^1].Select(w => w.Name)) + " and " + workers[^1].Name,
        _ => $"All {workers.Length} matching workers",
    };
}

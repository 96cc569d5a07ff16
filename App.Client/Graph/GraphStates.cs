using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;
using Weir.Shared.Schedulers;
using Weir.Shared.Workers;

namespace Weir.App.Client.Graph;

/// <summary>How a node of the graph looks now.</summary>
public sealed record NodeState(Shown State, string Icon, string Words);

/// <summary>What the nodes of the graph do at a moment; a node about which there is nothing to say is left out.</summary>
public static class GraphStates
{
    public static async Task<IReadOnlyDictionary<string, NodeState>> Load(
        ConfigurationGraph graph, IBuilderLists builders, IWorkerQueries workers, ILockQueries locks, ISchedulerQueries schedulers, IChangeQueries changes, CancellationToken cancellation) =>
        Of(graph, await builders.Builders(cancellation), await workers.List(cancellation), await locks.List(cancellation), await schedulers.List(cancellation), await changes.Sources(cancellation));

    public static IReadOnlyDictionary<string, NodeState> Of(
        ConfigurationGraph graph, IReadOnlyList<ListedBuilder> builders, IReadOnlyList<WorkerRecord> workers, IReadOnlyList<LockRecord> locks, IReadOnlyList<SchedulerRecord> schedulers, IReadOnlyList<ChangeSourceRecord> sources)
    {
        var states = new Dictionary<string, NodeState>();
        var (workersOf, builder, scheduler, source, held) = (
            graph.Edges.Where(e => e.Word == "has").ToLookup(e => e.From, e => e.To), builders.ToDictionary(b => b.Name), schedulers.ToDictionary(s => s.Name), sources.ToDictionary(s => s.Name), locks.ToDictionary(l => l.Name));
        foreach (var node in graph.Nodes)
        {
            var state = node.Kind switch
            {
                GraphKind.Builder => builder.GetValueOrDefault(node.Name) is { } b ? Of(b) : null,
                GraphKind.Scheduler => scheduler.GetValueOrDefault(node.Name) is { } s ? Of(s) : null,
                GraphKind.ChangeSource => source.GetValueOrDefault(node.Name)?.LastError is { } error ? new(Shown.Failure, "circle-x", error) : null,
                GraphKind.Lock => held.GetValueOrDefault(node.Name) is { } l ? Of(l) : null,
                GraphKind.Directory => held.GetValueOrDefault(SharedDirectories.Lock(node.Name)) is { } d ? Of(d) : null,
                GraphKind.Worker => OfWorkers([.. Matching(node.Name, workers)]),
                _ => OfWorkers([.. workersOf[node.Key].SelectMany(w => Matching(w[(w.IndexOf('/', StringComparison.Ordinal) + 1)..], workers)).Distinct()]),
            };
            if (state is not null)
                states[node.Key] = state;
        }
        return states;
    }

    private static NodeState? Of(ListedBuilder builder) => builder switch
    {
        { Running: > 0 } => new(Shown.Running, Shown.Running.Icon(), $"{Words.Grouped(builder.Running)} running{(builder.Waiting > 0 ? $", {Words.Grouped(builder.Waiting)} waiting" : "")}"),
        { Pause: { } pause } => new(Shown.Warnings, "circle-pause", $"paused by {pause.By}{(builder.Waiting > 0 ? $", {Words.Grouped(builder.Waiting)} waiting" : "")}"),
        { Waiting: > 0 } => new(Shown.Waiting, Shown.Waiting.Icon(), $"{Words.Grouped(builder.Waiting)} waiting"),
        { LastResult: { } result } => new(ShownStates.Of(result), ShownStates.Of(result).Icon(), $"#{builder.LastBuild} {ShownStates.Of(result).Word()}"),
        _ => null,
    };

    private static NodeState? Of(SchedulerRecord scheduler) => scheduler switch
    {
        { LastError: { } error } => new(Shown.Failure, "circle-x", error),
        { Enabled: false } => new(Shown.Warnings, "circle-pause", "disabled"),
        { PausedBy: { } by } => new(Shown.Warnings, "circle-pause", $"paused by {by}"),
        _ => null,
    };

    private static NodeState? Of(LockRecord held) => (held.Holders.Count, held.Waiters.Count) switch
    {
        (0, 0) => null,
        (var holders, 0) => new(Shown.Running, "lock", $"held by {Words.Count(holders, "build")}"),
        (_, var waiters) => new(Shown.Waiting, Shown.Waiting.Icon(), $"{Words.Grouped(waiters)} waiting"),
    };

    private static NodeState OfWorkers(IReadOnlyList<WorkerRecord> workers) => workers switch
    {
        [] => new(Shown.Offline, Shown.Offline.Icon(), "never seen"),
        [var one] when one.Running.Count > 0 => new(Shown.Running, Shown.Running.Icon(), $"{Words.Grouped(one.Running.Count)} running"),
        [var one] => new(ShownStates.Of(one.State), one.State.Icon(), one.State.Word()),
        _ when workers.All(w => w.State == WorkerState.Missing) => new(Shown.Offline, Shown.Offline.Icon(), "all missing"),
        _ => Several(workers),
    };

    private static NodeState Several(IReadOnlyList<WorkerRecord> workers)
    {
        var (available, running) = (workers.Count(w => w.State == WorkerState.Available), workers.Sum(w => w.Running.Count));
        var words = $"{Words.Grouped(available)} of {Words.Grouped(workers.Count)} available{(running > 0 ? $", {Words.Grouped(running)} running" : "")}";
        return running > 0 ? new(Shown.Running, Shown.Running.Icon(), words) : available > 0 ? new(Shown.Success, "plug", words) : new(Shown.Skipped, "moon", words);
    }

    /// <summary>A node may stand for all workers of a pattern.</summary>
    private static IEnumerable<WorkerRecord> Matching(string name, IReadOnlyList<WorkerRecord> workers) => workers.Where(w => w.RetiredAt is null && NamePattern.Holds(name, w.Name));
}

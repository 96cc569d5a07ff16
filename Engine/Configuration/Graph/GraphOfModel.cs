using System.Globalization;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Graph;

/// <summary>Draws a configuration as a graph: who sets what in motion, where it runs, and what it holds meanwhile.</summary>
internal static class GraphOfModel
{
    public static ConfigurationGraph Of(long revision, WeirConfiguration model)
    {
        var nodes = new List<GraphNode>();
        nodes.AddRange(model.ChangeSources.Select(s => new GraphNode(GraphKind.ChangeSource, s.Name, s is WebhookConfiguration { Dialect: var dialect } ? $"webhook, {dialect}" : "git poller")));
        nodes.AddRange(model.Schedulers.Select(s => new GraphNode(GraphKind.Scheduler, s.Name, Type(s))));
        nodes.AddRange(model.Builders.Select(b => new GraphNode(GraphKind.Builder, b.Name, b.Description ?? "", b.Project)));
        var edges = new List<GraphEdge>();
        edges.AddRange(Sources(model));
        edges.AddRange(model.Schedulers.SelectMany(s => s.Builders.Select(b => Edge(GraphKind.Scheduler, s.Name, GraphKind.Builder, b, "starts"))));
        edges.AddRange(model.Builders.SelectMany(Triggers));
        AddWorkers(model, nodes, edges);
        nodes.AddRange(model.Locks.Select(l => new GraphNode(GraphKind.Lock, l.Name, l.Scope == LockScope.Worker ? "on each worker" : l.Capacity == 1 ? "one at a time" : string.Create(CultureInfo.InvariantCulture, $"{l.Capacity} units"))));
        nodes.AddRange(model.SharedDirectories.Select(d => new GraphNode(GraphKind.Directory, d.Name, "shared directory")));
        edges.AddRange(model.Builders.SelectMany(Locks));
        return new(revision, nodes, [.. edges.Distinct()]);
    }

    private static string Type(SchedulerConfiguration scheduler) => scheduler switch
    {
        SingleBranchConfiguration => "single branch",
        AnyBranchConfiguration => "any branch",
        PeriodicConfiguration => "periodic",
        NightlyConfiguration => "nightly",
        ForceConfiguration => "by hand",
        TriggerableConfiguration => "triggerable",
        _ => "",
    };

    private static IEnumerable<GraphEdge> Sources(WeirConfiguration model)
    {
        var projects = model.Codebases.ToDictionary(c => c.Name, c => c.Project);
        foreach (var scheduler in model.Schedulers)
        {
            var (filter, word) = scheduler switch
            {
                ChangeDrivenConfiguration driven => (driven.Changes, "sets off"),
                TimedConfiguration { OnlyIfChanged: true } timed => (timed.Changes, "is asked by"),
                _ => (null, ""),
            };
            if (filter is null)
                continue;
            foreach (var source in model.ChangeSources.Where(s => Feeds(s, filter, projects)))
                yield return Edge(GraphKind.ChangeSource, source.Name, GraphKind.Scheduler, scheduler.Name, word);
        }
    }

    /// <summary>False only where the filter can want nothing that the source brings.</summary>
    private static bool Feeds(ChangeSourceConfiguration source, ChangeFilterConfiguration filter, Dictionary<string, string?> projects)
    {
        var brings = source switch { GitPollerConfiguration poller => [poller.Codebase], WebhookConfiguration hook => hook.Codebases, _ => [] };
        return brings.Count == 0 || brings.Any(c => (filter.Codebases.Count == 0 || filter.Codebases.Contains(c)) && (filter.Projects.Count == 0 || (projects.GetValueOrDefault(c) is { } project && filter.Projects.Contains(project))));
    }

    private static IEnumerable<GraphEdge> Triggers(BuilderConfiguration builder) =>
        builder.Steps.OfType<TriggerStepConfiguration>().Select(t => Edge(GraphKind.Builder, builder.Name, GraphKind.Scheduler, t.Scheduler, t.Wait ? "triggers, and waits" : "triggers"));

    private static IEnumerable<GraphEdge> Locks(BuilderConfiguration builder) =>
        builder.Locks.Concat(builder.Steps.SelectMany(s => s.Locks)).Select(l => SharedDirectories.Of(l.Name) is { } directory
            ? Edge(GraphKind.Builder, builder.Name, GraphKind.Directory, directory, l.Exclusive ? "writes" : "reads")
            : Edge(GraphKind.Builder, builder.Name, GraphKind.Lock, l.Name, "holds"));

    /// <summary>Builders that may use the same workers lead to them over one node, where that is fewer lines.</summary>
    private static void AddWorkers(WeirConfiguration model, List<GraphNode> nodes, List<GraphEdge> edges)
    {
        var (pools, names) = (new List<GraphNode>(), new HashSet<string>());
        var uses = model.Builders.Select(b => (Builder: b, Workers: model.Workers.Where(w => WorkerMatching.MayUse(b.Workers, w)).Select(w => w.Name).ToArray()));
        foreach (var alike in uses.GroupBy(u => string.Join('\0', u.Workers)))
        {
            var (workers, builders) = (alike.First().Workers, alike.Select(u => u.Builder).ToList());
            if (workers.Length * builders.Count <= workers.Length + builders.Count)
            {
                edges.AddRange(builders.SelectMany(b => workers.Select(w => Edge(GraphKind.Builder, b.Name, GraphKind.Worker, w, "runs on"))));
                continue;
            }
            var name = Shared(builders[0].Workers);
            for (var (wanted, i) = (name, 2); !names.Add(name); i++)
                name = string.Create(CultureInfo.InvariantCulture, $"{wanted} ({i})");
            pools.Add(new(GraphKind.Pool, name, string.Create(CultureInfo.InvariantCulture, $"{workers.Length} workers")));
            edges.AddRange(builders.Select(b => Edge(GraphKind.Builder, b.Name, GraphKind.Pool, name, "runs on")));
            edges.AddRange(workers.Select(w => Edge(GraphKind.Pool, name, GraphKind.Worker, w, "has")));
        }
        nodes.AddRange(pools);
        nodes.AddRange(model.Workers.Select(w => new GraphNode(GraphKind.Worker, w.Name, w.Tags.Count > 0 ? string.Join(", ", w.Tags) : "")));
    }

    private static string Shared(WorkerSelector selector) =>
        selector.Tags.Count > 0 && selector.Names.Count == 0 ? string.Join(" + ", selector.Tags) : selector.Names.Count > 0 ? string.Join(", ", selector.Names) : "any worker";

    private static GraphEdge Edge(GraphKind from, string name, GraphKind to, string other, string word) => new(GraphNode.KeyOf(from, name), GraphNode.KeyOf(to, other), word);
}

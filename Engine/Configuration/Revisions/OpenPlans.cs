using Weir.Engine.Configuration.Check;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Whether a revision could, together with the plans of builds that are open, come to a circle of holdings (invariant 7).</summary>
internal static class OpenPlans
{
    /// <summary>What is in the way of a revision.</summary>
    /// <param name="Because">The circle, and the builds, in words.</param>
    /// <param name="Builders">The builders of these builds.</param>
    /// <param name="Builds">These, by name and number.</param>
    public sealed record Obstacle(string Because, string[] Builders, string[] Builds);

    private const int MostNamed = 10;

    // Only plans that hold or ask for something others may wait for. A build between two steps has come to the next one.
    private const string Sql = """
        SELECT n.name || ' #' || b.number AS name, w.name AS worker, b.config_revision_id AS revision, (p.plan->'Builder')::text AS builder,
               coalesce((SELECT s.number FROM steps s WHERE s.build_id = b.id AND s.completed_at IS NULL ORDER BY s.number DESC LIMIT 1), (SELECT max(s.number) + 1 FROM steps s WHERE s.build_id = b.id), 0) AS step
        FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders n ON n.id = b.builder_id JOIN workers w ON w.id = o.worker_id JOIN build_plans p ON p.build_id = b.id
        WHERE jsonb_path_exists(p.plan, '$.Builder.Locks[*]') OR jsonb_path_exists(p.plan, '$.Builder.Steps[*].Locks[*]') OR jsonb_path_exists(p.plan, '$.Builder.Steps[*].Wait ? (@ == true)')
        ORDER BY b.id
        """;

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Worker { get; init; } = "";
        public long Revision { get; init; }
        public string Builder { get; init; } = "";
        public int Step { get; init; }
    }

    public static async Task<Obstacle?> InTheWay(Database database, WeirConfiguration model, CancellationToken cancellation) => 
        InTheWay(await database.Query<Row>(Sql, null, cancellation), await database.Query<FormerNames.Row>(FormerNames.Sql, null, cancellation), model);

    /// <summary>Why the revision has to wait, and for which builds; null: it may come in force.</summary>
    public static async Task<Obstacle?> InTheWay(StoreTransaction unit, WeirConfiguration model) => InTheWay(await unit.Query<Row>(Sql), await unit.Query<FormerNames.Row>(FormerNames.Sql), model);

    private static Obstacle? InTheWay(IReadOnlyList<Row> rows, IReadOnlyList<FormerNames.Row> former, WeirConfiguration model)
    {
        var toCome = new NamesToCome(new(former), model);
        var now = model.Builders.ToDictionary(b => b.Name, Shape);
        var open = rows.Select(r => (r.Name, Plan: new OpenPlan(toCome.Of(ConfigurationJson.Read<BuilderConfiguration>(r.Builder), r.Revision), toCome.Of("workers", r.Worker), r.Step))).ToList();
        // Most plans are what the revision says as well.
        var other = open.Where(o => now.GetValueOrDefault(o.Plan.Builder.Name) != Shape(o.Plan.Builder) || !model.Workers.Any(w => WorkerMatching.MatchesName(w.Name, o.Plan.Worker))).ToList();
        if (other.Count == 0 || LockOrder.Circle(model, [.. other.Select(o => o.Plan)]) is not { } circle)
            return null;
        var among = circle.SelectMany(e => new[] { e.Builder, e.Demand.For }).ToHashSet();
        var those = other.Where(o => among.Contains(o.Plan.Builder.Name)).ToList();
        string[] names = [.. those.Select(o => o.Name)];
        return new($"{LockOrder.Links(circle)}. It comes in force by itself when builds that began earlier have ended: {string.Join(", ", names.Take(MostNamed))}{(names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "")}.", [.. those.Select(o => o.Plan.Builder.Name).Distinct()], names);
    }

    // What LockOrder looks at, and no more.
    private static string Shape(BuilderConfiguration builder) => ConfigurationJson.Write(new
    {
        builder.Workers,
        builder.Locks,
        Steps = builder.Steps.Select(s => new { s.Name, s.Locks, For = s is TriggerStepConfiguration { Wait: true } trigger ? trigger.Targets.Select(t => t.Builder) : null, (s as TriggerStepConfiguration)?.Inherit, (s as TriggerStepConfiguration)?.ReleasesSlot }),
    });
}

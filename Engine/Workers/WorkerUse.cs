using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Workers;

/// <summary>A builder, as far as it says who may build it.</summary>
internal sealed record BuilderUse
{
    /// <summary>Rows of it: all that are in the configuration.</summary>
    public const string Sql = "SELECT b.id, b.name, b.tags, b.worker_names, b.worker_tags FROM builders b WHERE b.retired_at IS NULL";

    private WorkerSelector? selector;

    public long Id { get; init; }
    public string Name { get; init; } = "";
    public string[] Tags { get; init; } = [];
    public string[] WorkerNames { get; init; } = [];
    public string[] WorkerTags { get; init; } = [];
    public WorkerSelector Selector => selector ??= new() { Names = WorkerNames, Tags = WorkerTags };
}

/// <summary>Of which engines a worker is of use: those that are not limited, and those of which a builder can use it.</summary>
internal static class WorkerUse
{
    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
        public bool Configured { get; init; }
        public bool Builds { get; init; }
    }

    public static bool Is(BuilderLimits limits, IEnumerable<BuilderUse> builders, string worker, IReadOnlyCollection<string> tags, bool configured) =>
        limits.IsNone || (configured && builders.Any(b => limits.Allow(b.Name, b.Tags) && WorkerMatching.Matches(b.Selector, worker, tags)));

    /// <summary>What a limited engine answers to a worker that none of its builders can use; null: welcome. One with open builds is welcome where no other engine is there to drive them.</summary>
    public static async Task<GreetingOutcome?> Objection(StoreTransaction unit, MasterOptions options, long workerId, long masterId)
    {
        if (options.Limits.IsNone)
            return null;
        var worker = await unit.QuerySingle<Row>("""
            SELECT name, tags, configured AND retired_at IS NULL AS configured, EXISTS (SELECT FROM build_owners o WHERE o.worker_id = w.id) AS builds FROM workers w WHERE id = @workerId
            """, new { workerId });
        var builders = await unit.Query<BuilderUse>(BuilderUse.Sql);
        if (worker is null || Is(options.Limits, builders, worker.Name, worker.Tags, worker.Configured))
            return null;
        var better = (await unit.Query<LiveEngine>(LiveEngines.Sql)).Where(e => e.Id != masterId && Is(e.Limits, builders, worker.Name, worker.Tags, worker.Configured)).ToArray();
        if (better.Length == 0 && worker.Builds)
            return null;
        return new()
        {
            Refusal = $"This engine is for {options.Limits.InWords}; none of them can use this worker{(better.Length == 0 ? ", and no other engine that could is there" : "")}.",
            Addresses = [.. better.SelectMany(e => e.Addresses).Distinct()],
        };
    }
}

using Dapper;
using Weir.Engine.Configuration;

namespace Weir.Engine.Locks;

/// <summary>All locks with what is held of them and who waits at a step: read within others' round trips.</summary>
public sealed class LockState
{
    /// <summary>Two statements, for <see cref="Read"/>.</summary>
    public const string Sql = $"""
        {Definitions};
        SELECT c.id, c.lock_id, c.build_id, c.units, c.exclusive, c.asked_at, c.held_at IS NOT NULL AS held, c.until_step IS NOT NULL AS of_steps, o.worker_id, o.master_id, w.name AS worker, of.name AS builder, b.number
        FROM lock_claims c JOIN build_owners o USING (build_id) JOIN builds b ON b.id = c.build_id JOIN builders of ON of.id = b.builder_id JOIN workers w ON w.id = o.worker_id
        ORDER BY c.id
        """;

    /// <summary>Append a condition.</summary>
    public const string Definitions = "SELECT id, name, scope = 'Worker' AS of_workers, capacity, per_worker::text AS per_worker FROM locks";

    private readonly Dictionary<string, LockDefinition> byName;
    private readonly Dictionary<long, LockDefinition> byId;
    private readonly ClaimRow[] claims;
    private readonly Dictionary<long, string> names;

    private LockState(IEnumerable<DefinitionRow> definitions, IEnumerable<ClaimRow> claims)
    {
        byName = definitions.Select(d => d.Definition).ToDictionary(d => d.Name);
        byId = byName.Values.ToDictionary(d => d.Id);
        this.claims = [.. claims];
        names = this.claims.DistinctBy(c => c.BuildId).ToDictionary(c => c.BuildId, c => FormattableString.Invariant($"{c.Builder} #{c.Number}"));
    }

    public static LockState None { get; } = new([], []);

    public static async Task<LockState> Read(SqlMapper.GridReader reader) => new(await reader.ReadAsync<DefinitionRow>(), await reader.ReadAsync<ClaimRow>());

    /// <summary>Null: there is no such lock (yet).</summary>
    public LockDefinition? Find(string name) => byName.GetValueOrDefault(name);

    public string NameOf(long id) => byId[id].Name;

    /// <summary>A build that holds or waits, as people know it.</summary>
    public string BuildName(long build) => names.GetValueOrDefault(build, FormattableString.Invariant($"build {build}"));

    /// <summary>Running builds that wait at a step, in the order in which they came.</summary>
    public IReadOnlyList<LockWaiter> Waiters => [.. claims.Where(c => !c.Held).GroupBy(c => c.BuildId).Select(g => new LockWaiter(g.Key, g.Min(c => c.AskedAt), [.. g.Select(Need)]) { Order = g.Min(c => c.Id) })
        .OrderBy(w => w.AskedAt).ThenBy(w => w.Order)];

    /// <summary>No step waits for a lock, or has just got one.</summary>
    public bool IsQuiet => !claims.Any(c => c.OfSteps);

    /// <summary>Builds that have got what a step of theirs needs.</summary>
    public IEnumerable<long> Served => claims.Where(c => c is { Held: true, OfSteps: true }).Select(c => c.BuildId).Except(claims.Where(c => !c.Held).Select(c => c.BuildId));

    /// <summary>A table of its own for who decides.</summary>
    public LockTable Table()
    {
        var table = new LockTable();
        foreach (var claim in claims.Where(c => c.Held))
            table.Hold(claim.BuildId, Need(claim).Place, claim.Units, claim.Exclusive);
        return table;
    }

    private LockNeed Need(ClaimRow claim) => byId[claim.LockId].Need(claim.Units, claim.Exclusive, claim.WorkerId, claim.Worker);

    internal sealed record DefinitionRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public bool OfWorkers { get; init; }
        public int Capacity { get; init; }
        public string PerWorker { get; init; } = "{}";

        public LockDefinition Definition => new(Id, Name, OfWorkers, Capacity, ConfigurationJson.Read<Dictionary<string, int>>(PerWorker));
    }

    private sealed record ClaimRow
    {
        public long Id { get; init; }
        public long LockId { get; init; }
        public long BuildId { get; init; }
        public int Units { get; init; }
        public bool Exclusive { get; init; }
        public DateTimeOffset AskedAt { get; init; }
        public bool Held { get; init; }
        public bool OfSteps { get; init; }
        public long WorkerId { get; init; }
        public long MasterId { get; init; }
        public string Worker { get; init; } = "";
        public string Builder { get; init; } = "";
        public int Number { get; init; }
    }
}

using Dapper;
using Weir.Engine.Configuration;

namespace Weir.Engine.Locks;

/// <summary>All locks with what is held of them and who waits at a step: read within others' round trips.</summary>
public sealed class LockState
{
    /// <summary>Three statements, for <see cref="Read"/>.</summary>
    public const string Sql = $"""
        {Definitions};
        SELECT c.id, c.lock_id, c.build_id, c.units, c.exclusive, c.asked_at, c.held_at IS NOT NULL AS held, c.until_step IS NOT NULL AS of_steps, c.through, c.names, c.labels, o.worker_id, o.master_id, w.name AS worker, of.name AS builder, b.number,
               EXISTS (SELECT FROM worker_sessions k WHERE k.worker_id = o.worker_id AND k.ended_at IS NULL AND k.heartbeat_at > (SELECT weir_now()) - interval '30 seconds') AS live
        FROM lock_claims c JOIN build_owners o USING (build_id) JOIN builds b ON b.id = c.build_id JOIN builders of ON of.id = b.builder_id JOIN workers w ON w.id = o.worker_id
        ORDER BY c.id;
        SELECT t.buildset_id AS buildset, c.lock_id AS lock, t.build_id || c.through AS through
        FROM triggers t JOIN lock_claims c ON c.build_id = t.build_id AND c.held_at IS NOT NULL JOIN builds b ON b.id = t.build_id
        WHERE t.waiting AND weir_called('locks', c.lock_id, b.config_revision_id) = ANY(t.inherit)
        """;

    /// <summary>Append a condition.</summary>
    public const string Definitions = "SELECT id, name, scope = 'Worker' AS of_workers, capacity, per_worker::text AS per_worker, pool::text AS pool FROM locks";

    private readonly Dictionary<string, LockDefinition> byName;
    private readonly Dictionary<long, LockDefinition> byId;
    private readonly ClaimRow[] claims;
    private readonly Dictionary<long, string> names;
    private readonly Dictionary<(LockPlace Place, long Build), (int Units, bool Exclusive, string[] Names)> shares;
    private readonly Dictionary<(long Buildset, long Lock), long[]> inherited;

    private LockState(IEnumerable<LockDefinition> definitions, IEnumerable<ClaimRow> claims, IEnumerable<InheritedRow> inherited)
    {
        byName = definitions.ToDictionary(d => d.Name);
        byId = byName.Values.ToDictionary(d => d.Id);
        this.claims = [.. claims];
        shares = this.claims.Where(c => c.Held).GroupBy(c => (Plain(c).Place, c.BuildId)).ToDictionary(g => g.Key, g => (g.Sum(c => c.Units), g.Any(c => c.Exclusive), (string[])[.. g.SelectMany(c => c.Names)]));
        this.inherited = inherited.GroupBy(i => (i.Buildset, i.Lock)).ToDictionary(g => g.Key, g => g.First().Through);
        names = this.claims.DistinctBy(c => c.BuildId).ToDictionary(c => c.BuildId, c => FormattableString.Invariant($"{c.Builder} #{c.Number}"));
    }

    public static LockState None { get; } = new([], [], []);

    public static async Task<LockState> Read(SqlMapper.GridReader reader) => Of((await reader.ReadAsync<DefinitionRow>()).Select(d => d.Definition), await reader.ReadAsync<ClaimRow>(), await reader.ReadAsync<InheritedRow>());

    internal static LockState Of(IEnumerable<LockDefinition> definitions, IEnumerable<ClaimRow> claims, IEnumerable<InheritedRow>? inherited = null) => new(definitions, claims, inherited ?? []);

    /// <summary>Null: there is no such lock (yet).</summary>
    public LockDefinition? Find(string name) => byName.GetValueOrDefault(name);

    public string NameOf(long id) => byId[id].Name;

    /// <summary>What a build of a buildset wants: of what the build holds that has set it off, if that one lets it use that.</summary>
    public LockNeed Need(LockNeed need, long buildset) => inherited.Count == 0 ? need : Within(need, inherited.GetValueOrDefault((buildset, need.Place.Lock)) ?? []);

    /// <summary>A build that holds or waits, as people know it.</summary>
    public string BuildName(long build) => names.GetValueOrDefault(build, FormattableString.Invariant($"build {build}"));

    /// <summary>Running builds that wait at a step, in the order in which they came. One whose worker is not there could not go on, so it keeps nothing from others; it has its place again when the worker is back.</summary>
    public IReadOnlyList<LockWaiter> Waiters => [.. claims.Where(c => c is { Held: false, Live: true }).GroupBy(c => c.BuildId).Select(g => new LockWaiter(g.Key, g.Min(c => c.AskedAt), [.. g.Select(Wanted)]) { Order = g.Min(c => c.Id), Worker = g.First().WorkerId })
        .OrderBy(w => w.AskedAt).ThenBy(w => w.Order)];

    /// <summary>
    /// Whoever wants these may take them in his own transaction (<see cref="Builds.LockStatements.Taken"/>): units without names, counted once for all masters, of which nobody lends anything. All others are given by who knows the whole.
    /// </summary>
    public bool IsSimple(LockWaiter waiter)
    {
        var wanted = claims.Where(c => !c.Held && c.BuildId == waiter.Build).ToArray();
        var its = wanted.Select(c => c.LockId).ToHashSet();
        return wanted.All(c => byId[c.LockId] is { OfWorkers: false, Pool: null } definition && (c.Exclusive || c.Units <= definition.Capacity)) && !claims.Any(c => c.Through.Length > 0 && its.Contains(c.LockId));
    }

    /// <summary>The locks of which a build holds something.</summary>
    public IReadOnlySet<long> HeldBy(long build) => claims.Where(c => c.Held && c.BuildId == build).Select(c => c.LockId).ToHashSet();

    /// <summary>No step waits for a lock, or has just got one.</summary>
    public bool IsQuiet => !claims.Any(c => c.OfSteps);

    /// <summary>Builds that have got what a step of theirs needs.</summary>
    public IEnumerable<long> Served => claims.Where(c => c is { Held: true, OfSteps: true }).Select(c => c.BuildId).Except(claims.Where(c => !c.Held).Select(c => c.BuildId));

    /// <summary>The same, when running builds have got what they wait for, and others hold what they want from their start.</summary>
    /// <param name="served">Running builds that wait at a step.</param>
    /// <param name="begun">New holders, on which worker each (its number and name), and what of which lock.</param>
    internal LockState Given(IReadOnlySet<long> served, IReadOnlyList<(long Holder, long Worker, string WorkerName, IReadOnlyList<LockNeed> Needs)> begun)
    {
        var table = Table();
        ClaimRow[] held = [.. claims.Select(c => c.Held || !served.Contains(c.BuildId) ? c : c with { Held = true, Names = [.. table.Hold(c.BuildId, Wanted(c))] })];
        return With([.. held, .. begun.SelectMany(b => b.Needs.Select(n => new ClaimRow
        {
            LockId = n.Place.Lock,
            BuildId = b.Holder,
            Units = n.Units,
            Exclusive = n.Exclusive,
            Held = true,
            WorkerId = b.Worker,
            Worker = b.WorkerName,
            Through = n.Place.Within == 0 ? [] : [n.Place.Within],
            Names = [.. table.Hold(b.Holder, n)],
            Labels = [.. n.Labels],
        }))]);
    }

    /// <summary>The same, when these have been asked for. Null: of a lock among them nothing is known here.</summary>
    internal LockState? Asked(IReadOnlyList<ClaimRow> asked)
    {
        if (!asked.All(a => byId.ContainsKey(a.LockId)))
            return null;
        ClaimRow[] fresh = [.. asked.Where(a => !claims.Any(c => c.Id == a.Id))];
        return fresh.Length == 0 ? this : With([.. claims, .. fresh]);
    }

    /// <summary>The same, when these builds have ended.</summary>
    internal LockState Without(IReadOnlyCollection<long> ended) => claims.Any(c => ended.Contains(c.BuildId)) ? With([.. claims.Where(c => !ended.Contains(c.BuildId))]) : this;

    private LockState With(ClaimRow[] those) => new(byName.Values, those, inherited.Select(i => new InheritedRow { Buildset = i.Key.Buildset, Lock = i.Key.Lock, Through = i.Value }));

    /// <summary>A table of its own for who decides.</summary>
    public LockTable Table() => Table(_ => true);

    /// <summary>The same, with what some builds hold and no more.</summary>
    public LockTable Table(Predicate<long> of)
    {
        var table = new LockTable();
        foreach (var claim in claims.Where(c => c.Held && of(c.BuildId)))
            table.Hold(claim.BuildId, Need(claim).Place, claim.Units, claim.Exclusive, claim.Names);
        return table;
    }

    // A lock may have been made smaller since a plan was frozen: then all of it must do, or the build would wait for ever.
    private LockNeed Wanted(ClaimRow claim) => Need(claim) is { IsPossible: false } need ? need with { Exclusive = true } : Need(claim);

    private LockNeed Need(ClaimRow claim) => Within(Plain(claim), claim.Through);

    private LockNeed Plain(ClaimRow claim) => byId[claim.LockId].Need(claim.Units, claim.Exclusive, claim.WorkerId, claim.Worker, claim.Labels);

    // The nearest that holds it still. Who wants more than that one has (the configuration has changed since) wants all of it.
    private LockNeed Within(LockNeed need, long[] through)
    {
        foreach (var build in through)
        {
            if (!shares.TryGetValue((need.Place, build), out var share))
                continue;
            var its = need with { Place = need.Place with { Within = build }, Capacity = share.Exclusive ? need.Capacity : share.Units, Pool = need.Pool?.Only(share.Names) };
            return its.IsPossible ? its : its with { Exclusive = true };
        }
        return need;
    }

    internal sealed record InheritedRow
    {
        public long Buildset { get; init; }
        public long Lock { get; init; }
        public long[] Through { get; init; } = [];
    }

    internal sealed record DefinitionRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public bool OfWorkers { get; init; }
        public int Capacity { get; init; }
        public string PerWorker { get; init; } = "{}";
        public string? Pool { get; init; }

        public LockDefinition Definition => new(Id, Name, OfWorkers, Capacity, ConfigurationJson.Read<Dictionary<string, int>>(PerWorker)) { Pool = Pool is null ? null : new(ConfigurationJson.Read<Dictionary<string, string[]>>(Pool)) };
    }

    internal sealed record ClaimRow
    {
        public long Id { get; init; }
        public long LockId { get; init; }
        public long BuildId { get; init; }
        public int Units { get; init; }
        public bool Exclusive { get; init; }
        public DateTimeOffset AskedAt { get; init; }
        public bool Held { get; init; }
        public bool OfSteps { get; init; }

        /// <summary>Its worker is there.</summary>
        public bool Live { get; init; } = true;
        public long WorkerId { get; init; }
        public long MasterId { get; init; }
        public string Worker { get; init; } = "";
        public string Builder { get; init; } = "";
        public int Number { get; init; }

        /// <summary>The builds through which it is held, the nearest first.</summary>
        public long[] Through { get; init; } = [];

        /// <summary>Which of the named things it has.</summary>
        public string[] Names { get; init; } = [];
        public string[] Labels { get; init; } = [];
    }
}

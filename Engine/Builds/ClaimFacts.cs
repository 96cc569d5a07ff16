using System.Text.Json;
using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Locks;
using Weir.Engine.Pauses;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Builds;

/// <summary>What a claim relies on, read behind the gate in one round trip: the workers, whose sessions stay locked until the commit, and what the requests ask for.</summary>
internal sealed class ClaimFacts
{
    private const int MostChanges = 200;

    private sealed record WorkerRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Properties { get; init; } = "{}";
        public string[] Tags { get; init; } = [];
        public int MaxBuilds { get; init; }
        public string[] Directories { get; init; } = [];
        public int Lent { get; init; }
        public int Released { get; init; }
    }

    private sealed record RequestRow
    {
        public long RequestId { get; init; }
        public long BuildsetId { get; init; }
        public string Reason { get; init; } = "";
        public string? Scheduler { get; init; }
        public string Properties { get; init; } = "[]";
        public long? Lender { get; init; }
        public long? LentOn { get; init; }
        public long? Parent { get; init; }
        public long? CapLender { get; init; }
        public bool OfReleased { get; init; }
    }

    private sealed record StampRow
    {
        public long RequestId { get; init; }
        public long Id { get; init; }
        public string Codebase { get; init; } = "";
        public string? Project { get; init; }
        public string? Repository { get; init; }
        public string? Branch { get; init; }
        public string? Revision { get; init; }
        public DateTimeOffset CreatedAt { get; init; }

        public SourceStampRecord Record => new() { Id = Id, Codebase = Codebase, Project = Project, Repository = Repository, Branch = Branch, Revision = Revision, CreatedAt = CreatedAt };
    }

    private sealed record ChangeRow
    {
        public long RequestId { get; init; }
        public string Author { get; init; } = "";
        public string? Branch { get; init; }
        public string? Revision { get; init; }
        public string? Codebase { get; init; }
        public string Comments { get; init; } = "";
        public string[] Files { get; init; } = [];

        public PlannedChange Planned => new(Author, Branch, Revision, Codebase, Comments, Files);
    }

    private sealed record HomeRow(string Directory, long Worker, string Name, bool Configured);

    private readonly Dictionary<long, WorkerRow> workers;
    private readonly Dictionary<long, HashSet<string>> directories;
    private readonly Dictionary<long, RequestRow> requests;
    private readonly ILookup<long, SourceStampRecord> stamps;
    private readonly ILookup<long, PlannedChange> changes;
    private IReadOnlyList<SecretSourceConfiguration> secretSources = [];
    private readonly Dictionary<long, IReadOnlyList<GivenNames>> given = [];
    private readonly Dictionary<long, IReadOnlyList<string>> unsettled = [];
    private Dictionary<string, long> homes = [];
    private Dictionary<string, string> places = [];
    private LockState locks = LockState.None;
    private IReadOnlyList<(string Project, int Builds)> capped = [];
    private Func<string?, int?> capOf = _ => null;

    private ClaimFacts(IEnumerable<WorkerRow> workers, IEnumerable<RequestRow> requests, IEnumerable<StampRow> stamps, IEnumerable<ChangeRow> changes)
    {
        this.workers = workers.ToDictionary(w => w.Id);
        directories = this.workers.Values.ToDictionary(w => w.Id, w => w.Directories.ToHashSet());
        this.requests = requests.ToDictionary(r => r.RequestId);
        this.stamps = stamps.ToLookup(s => s.RequestId, s => s.Record);
        this.changes = changes.ToLookup(c => c.RequestId, c => c.Planned);
    }

    public static async Task<ClaimFacts> Read(StoreTransaction unit, IReadOnlyList<Claim> claims, RevisionInForce revision, long master)
    {
        string[] capped = [.. claims.Where(c => revision.Project(c.Builder.Project)?.Cap is not null).Select(c => c.Builder.Project!).Distinct()];
        // One round trip, but statements of their own: each sees what was committed while the one before waited for its lock. All locks in the order of ids.
        var sql = $"""
            {KeptPlans.Sql};
            {Gate.Shared};
            SELECT 1 FROM worker_sessions s JOIN unnest(@workers, @sessions) AS mine (worker_id, session) USING (worker_id, session) WHERE s.master_id = @master AND s.ended_at IS NULL
            ORDER BY s.worker_id FOR UPDATE OF s;
            SELECT 1 FROM builders WHERE id = ANY(@builders) ORDER BY id FOR NO KEY UPDATE;
            SELECT 1 FROM locks WHERE name = ANY(@locks) ORDER BY id FOR NO KEY UPDATE;
            SELECT 1 FROM projects WHERE name = ANY(@capped) ORDER BY id FOR NO KEY UPDATE;
            SELECT w.id, w.name, w.properties::text AS properties, w.tags, {WorkerRows.Slots} AS max_builds, {LentSlots.InUse} AS lent, {LentSlots.Released} AS released,
                   ARRAY(SELECT p.plan->>'Directory' FROM build_owners o JOIN build_plans p USING (build_id) WHERE o.worker_id = w.id) AS directories
            FROM workers w JOIN worker_sessions k ON k.worker_id = w.id JOIN unnest(@workers, @sessions) AS mine (worker_id, session) ON mine.worker_id = k.worker_id AND mine.session = k.session
            WHERE k.master_id = @master AND k.ended_at IS NULL AND {WorkerRows.TakesBuilds} AND w.retired_at IS NULL AND (SELECT revision_id FROM config_in_force) = @revision
                AND ((SELECT state FROM masters WHERE id = @master) = 'Active' OR (@waitedFor AND NOT EXISTS (
                    SELECT FROM masters o WHERE o.id <> @master AND o.state = 'Active' AND 'engine' = ANY(o.roles) AND o.heartbeat_at > weir_now() - interval '30 seconds')));
            SELECT r.id AS request_id, r.buildset_id, b.reason, b.scheduler, (b.properties || r.given)::text AS properties, lent.lender, lent.lent_on, {LentSlots.OfReleased} AS of_released, b.parent_build_id AS parent, CASE WHEN of.project = ANY(@capped) THEN weir_cap_lender(r.buildset_id, of.project) END AS cap_lender FROM requests r JOIN buildsets b ON b.id = r.buildset_id JOIN builders of ON of.id = r.builder_id {LentSlots.Offered} WHERE r.id = ANY(@requests) AND NOT {PauseRows.KeepsBuilder} AND NOT {RevisionToCome.Keeps};
            SELECT r.id AS request_id, s.id, {FormerNames.Codebase("b.config_revision_id")} AS codebase, s.project, s.repository, s.branch, s.revision, s.created_at
            FROM requests r JOIN buildsets b ON b.id = r.buildset_id JOIN buildset_sourcestamps bs ON bs.buildset_id = r.buildset_id JOIN sourcestamps s ON s.id = bs.sourcestamp_id WHERE r.id = ANY(@requests) ORDER BY s.id;
            SELECT r.id AS request_id, c.author, c.branch, c.revision, c.codebase, c.comments, c.files
            FROM requests r CROSS JOIN LATERAL (
                SELECT c.id, c.author, c.branch, c.revision, c.codebase, left(c.comments, 2000) AS comments, c.files[1:100] AS files
                FROM (SELECT change_id FROM weir_changes_of(r.id) AS k (change_id) ORDER BY 1 DESC LIMIT {MostChanges}) k JOIN changes c ON c.id = k.change_id) c
            WHERE r.id = ANY(@requests) ORDER BY c.id;
            {CapUse.Sql(capped)};
            {DirectoryRows.Homes};
            {DirectoryRows.Places};
            {(claims.Any(c => c.Builder.Locks.Count > 0) ? LockState.Sql : "")}
            """;
        var sessions = claims.Select(c => c.Session).DistinctBy(s => s.WorkerId).ToArray();
        await using var all = await unit.Connection.QueryMultipleAsync(new CommandDefinition(sql, new
        {
            master,
            revision = revision.Id,
            workers = sessions.Select(s => s.WorkerId).ToArray(),
            sessions = sessions.Select(s => s.Number).ToArray(),
            builders = claims.Select(c => c.BuilderId).Distinct().ToArray(),
            requests = claims.Select(c => c.RequestId).ToArray(),
            capped,
            waitedFor = claims.All(c => c.IsWaitedFor),
            locks = claims.SelectMany(c => c.Builder.Locks.Select(l => l.Name).Concat((c.Shared?.Directories ?? []).Select(SharedDirectories.Lock))).Distinct().ToArray(),
        }, cancellationToken: unit.Cancellation));
        for (var locking = 0; locking < 5; locking++)
            await all.ReadAsync();
        return new(await all.ReadAsync<WorkerRow>(), await all.ReadAsync<RequestRow>(), await all.ReadAsync<StampRow>(), await all.ReadAsync<ChangeRow>())
        {
            secretSources = revision.Model.Secrets,
            capOf = project => revision.Project(project)?.Cap,
            capped = [.. await all.ReadAsync<(string, int)>()],
            homes = (await all.ReadAsync<HomeRow>()).ToDictionary(h => SharedDirectories.Of(h.Directory)!, h => h.Worker),
            places = (await all.ReadAsync<(string Name, string Place)>()).ToDictionary(p => SharedDirectories.Of(p.Name)!, p => p.Place),
            locks = all.IsConsumed ? LockState.None : await LockState.Read(all),
        };
    }

    /// <summary>The claims whose workers may take them, and whose locks are free: never more for a worker than it has slots, nor of a lock than it has units.</summary>
    public IReadOnlyList<Claim> Possible(IEnumerable<Claim> claims)
    {
        var free = workers.Values.ToDictionary(w => w.Id, w => w.MaxBuilds - w.Directories.Length + w.Released + w.Lent);
        var lent = new HashSet<long>();
        var held = locks.Table();
        var caps = new CapUse(capped);
        var possible = new List<Claim>();
        foreach (var claim in claims.Where(c => requests.TryGetValue(c.RequestId, out var r) && (r.Lender is not null || r.OfReleased || !c.IsWaitedFor)))
        {
            var slot = requests[claim.RequestId] is { Lender: { } lender } lends && lends.LentOn == claim.Session.WorkerId && !lent.Contains(lender) ? lends.Lender : null;
            if (slot is null && free.GetValueOrDefault(claim.Session.WorkerId) <= 0)
                continue;
            var (cap, unit) = (capOf(claim.Builder.Project), requests[claim.RequestId].CapLender);
            if (cap is { } most && !caps.HasRoom(claim.Builder.Project!, most, unit))
                continue;
            if (!IsHome(claim))
                continue;
            var needs = Needs(claim).ToArray();
            if (needs.Any(n => n is null || !held.Fits(n)))
                continue;
            given[claim.RequestId] = [.. Uses(claim).Zip(needs, (use, need) => new GivenNames(use.Name, null, held.Hold(-claim.RequestId, need!))).Where(g => g.Names.Count > 0)];
            if (slot is { } taken)
                lent.Add(taken);
            else
                free[claim.Session.WorkerId]--;
            if (cap is not null)
                caps.Take(claim.Builder.Project!, unit);
            Settle(claim);
            possible.Add(claim);
        }
        return possible;
    }

    // Where its directories are; if these are nowhere, where those are that go with them; if none is anywhere, it decides for all.
    private bool IsHome(Claim claim)
    {
        if (claim.Shared is not { } group)
            return true;
        long[] At(IEnumerable<string> names) => [.. names.Where(homes.ContainsKey).Select(n => homes[n]).Distinct()];
        return (At(DirectoryGroups.Used(claim.Builder)) is { Length: > 0 } own ? own : At(group.Directories)) is var there && (there.Length == 0 || there is [var home] && home == claim.Session.WorkerId);
    }

    private void Settle(Claim claim)
    {
        if (claim.Shared is { } group && group.Directories.Where(d => homes.TryAdd(d, claim.Session.WorkerId)).ToList() is { Count: > 0 } names)
            unsettled[claim.RequestId] = names;
    }

    /// <summary>Shared directories that come with a claimed request to its worker.</summary>
    public IReadOnlyList<string> Unsettled(long request) => unsettled.GetValueOrDefault(request) ?? [];

    private static IEnumerable<LockUse> Uses(Claim claim) => claim.Builder.Locks.Where(l => l.From is null);

    private IEnumerable<LockNeed?> Needs(Claim claim) => Uses(claim).Select(l => locks.Find(l.Name) is { } its
        ? locks.Need(its.Need(l.Units, l.Exclusive, claim.Session.WorkerId, workers[claim.Session.WorkerId].Name, l.Labels), requests[claim.RequestId].BuildsetId) : null);

    /// <summary>The build that has set a request off.</summary>
    public long? Parent(long request) => requests[request].Parent;

    public IEnumerable<SourceStampRecord> Stamps(long request) => stamps[request];

    /// <summary>A claimed request as the build that it has become.</summary>
    public BuildState State(Claim claim, long id, int number, int attempt, long buildset)
    {
        var (request, worker) = (requests[claim.RequestId], workers[claim.Session.WorkerId]);
        IReadOnlyList<SourceStampRecord> sources = [.. stamps[claim.RequestId]];
        var directory = FreeDirectory(claim.Builder.Name, directories[worker.Id]);
        var properties = StartProperties.Assemble(claim.Builder, ConfigurationJson.Read<Dictionary<string, JsonElement>>(worker.Properties), worker.Name,
            ConfigurationJson.Read<PropertyRecord[]>(request.Properties), sources, directory);
        foreach (var property in given[claim.RequestId].Select(g => g.Property))
            properties[property.Name] = property;
        properties["buildnumber"] = new("buildnumber", JsonSerializer.Serialize(number), "Build");
        return new BuildState
        {
            BuildId = id,
            BuilderId = claim.BuilderId,
            RequestId = claim.RequestId,
            BuildsetId = buildset,
            WorkerId = worker.Id,
            Number = number,
            Epoch = 1,
            Properties = properties,
            Given = [.. given[claim.RequestId]],
            Plan = new BuildPlan
            {
                Builder = claim.Builder,
                Directory = directory,
                SourceStamps = sources,
                Buildset = new(buildset, request.Reason, request.Scheduler),
                Worker = new(worker.Name, worker.Tags),
                Changes = [.. changes[claim.RequestId]],
                Attempt = attempt,
                SecretSources = secretSources,
                Places = DirectoryGroups.Used(claim.Builder).ToDictionary(d => d, d => places.GetValueOrDefault(d, d)),
            },
        };
    }

    // name, name~2, …: two builds of a builder that run on one worker at the same time never share a directory.
    private static string FreeDirectory(string builder, HashSet<string> used)
    {
        var directory = builder;
        for (var n = 2; !used.Add(directory); n++)
            directory = FormattableString.Invariant($"{builder}~{n}");
        return directory;
    }
}

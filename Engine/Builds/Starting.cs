using System.Diagnostics;
using System.Diagnostics.Metrics;
using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>A waiting request that shall become a build on the worker of a session.</summary>
internal sealed record Claim(long RequestId, long BuilderId, BuilderConfiguration Builder, WorkerSession Session)
{
    /// <summary>The directories that its builder shares, and those that go with them; null: none.</summary>
    public DirectoryGroup? Shared { get; init; }

    /// <summary>It may start only because a running build waits for it: its engine goes.</summary>
    public bool IsWaitedFor { get; init; }
}

/// <summary>
/// The claim: waiting requests become builds, owned, each with a frozen plan and its first step begun, in one transaction of three round trips however many they are. Behind the gate it is
/// checked that the workers' sessions are still ours, that the workers are neither paused nor full, and that the revision is in force; the rows of <c>open_requests</c> decide between engines.
/// </summary>
internal sealed class Starting(Database database, Transitions transitions, Self self)
{
    /// <summary>How many builds one transaction starts.</summary>
    public const int Together = 50;

    private static readonly Meter Meter = new("Weir.Engine");
    private static readonly Histogram<double> Time = Meter.CreateHistogram<double>("weir.claim.time", "s", "How long a transaction took that made builds of waiting requests.");

    private sealed record Made(long Id, long RequestId, int Number, int Attempt, long BuildsetId);

    private sealed record Begun(BuildState Build, WorkerSession Session, Transition? First, DateOnly LogExpiry)
    {
        /// <summary>What its first step has asked for.</summary>
        public IReadOnlyList<LockState.ClaimRow> Asked { get; set; } = [];
    }

    /// <summary>The builds that came to be. One that is missing did not: another engine was faster, or something it relied on has changed.</summary>
    public async Task<IReadOnlyList<(BuildState Build, WorkerSession Session)>> Start(IReadOnlyList<Claim> claims, RevisionInForce revision, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        var expiries = new Dictionary<TimeSpan, DateOnly>();
        foreach (var keep in claims.Select(c => c.Builder.Keep.Logs).Distinct())
            expiries[keep] = await transitions.LogExpiry(keep, cancellation);
        var began = Stopwatch.GetTimestamp();
        var builds = await database.Write<IReadOnlyList<Begun>>(async unit =>
        {
            var facts = await ClaimFacts.Read(unit, claims, revision, master);
            var possible = facts.Possible(claims);
            if (possible.Count == 0)
            {
                await unit.Rollback();
                return [];
            }
            var made = (await Take(unit, possible, master)).ToDictionary(m => m.RequestId);
            var begun = new List<Begun>();
            foreach (var claim in possible.Where(c => made.ContainsKey(c.RequestId)))
                begun.Add(Begin(claim, made[claim.RequestId], facts, expiries[claim.Builder.Keep.Logs]));
            if (begun.Count == 0)
                await unit.Rollback();
            else
                await Store(unit, begun, facts, revision, master);
            return begun;
        }, cancellation);
        if (builds.Count > 0)
            Time.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
        foreach (var build in builds)
            transitions.Asked(build.Asked);
        return [.. builds.Select(b => (b.Build, b.Session))];
    }

    // Rows that another engine is taking at this moment are passed over, not waited for.
    private static Task<IReadOnlyList<Made>> Take(StoreTransaction unit, IReadOnlyList<Claim> claims, long master) => unit.Query<Made>("""
        WITH free AS (SELECT request_id FROM open_requests WHERE request_id = ANY(@requests) ORDER BY request_id FOR UPDATE SKIP LOCKED),
        taken AS (DELETE FROM open_requests o USING free WHERE o.request_id = free.request_id RETURNING o.request_id, o.buildset_id, o.builder_id, o.attempt),
        claimed AS (UPDATE requests SET claimed_at = weir_now(), claimed_by = @master WHERE id IN (SELECT request_id FROM taken)),
        numbered AS (
            UPDATE builders b SET last_number = b.last_number + t.count FROM (SELECT builder_id, count(*)::int AS count FROM taken GROUP BY builder_id) t
            WHERE b.id = t.builder_id RETURNING b.id, b.last_number - t.count AS before)
        SELECT nextval('builds_id_seq') AS id, request_id, number, attempt, buildset_id FROM (
            SELECT t.request_id, (n.before + row_number() OVER (PARTITION BY t.builder_id ORDER BY t.request_id))::int AS number, t.attempt, t.buildset_id
            FROM taken t JOIN numbered n ON n.id = t.builder_id ORDER BY t.request_id) made
        """, new
    {
        requests = claims.Select(c => c.RequestId).ToArray(),
        master,
    });

    // The first step begins with the claim, unless none runs: then the runner ends the build.
    private static Begun Begin(Claim claim, Made made, ClaimFacts facts, DateOnly expiry)
    {
        var state = facts.State(claim, made.Id, made.Number, made.Attempt, made.BuildsetId);
        var first = Walk.On(state, null, claim.Session);
        if (first.End is null)
            return new(state, claim.Session, first, expiry);
        state.Steps.Clear();
        state.StepLocks.Clear();
        return new(state, claim.Session, null, expiry);
    }

    private static Task Store(StoreTransaction unit, IReadOnlyList<Begun> begun, ClaimFacts facts, RevisionInForce revision, long master)
    {
        var batch = new StoreBatch();
        foreach (var (build, session, first, expiry) in begun)
        {
            var properties = build.Properties.Values;
            var source = build.Plan.SourceStamps.FirstOrDefault();
            batch.Add("""
                INSERT INTO builds (id, builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, attempt, started_at, state_text, branch, revision) OVERRIDING SYSTEM VALUE
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, weir_now(), $10, $11, $12)
                """, P(build.BuildId), P(build.BuilderId), P(build.Number), P(build.RequestId), P(build.BuildsetId), P(session.WorkerId), P(master), P(revision.Id), P(build.Plan.Attempt),
                P(first?.Begun is { } step ? StepStatements.BuildText(step) : "starting"), P(source?.Branch), P(source?.Revision));
            batch.Add("INSERT INTO build_plans (build_id, format, plan) VALUES ($1, $2, $3::jsonb)", P(build.BuildId), P(BuildPlan.Format), P(ConfigurationJson.Write(build.Plan)));
            batch.Add("INSERT INTO build_properties (build_id, name, value, source) SELECT $1, name, value::jsonb, source FROM unnest($2, $3, $4) AS p (name, value, source)",
                P(build.BuildId), P(properties.Select(p => p.Name).ToArray()), P(properties.Select(p => p.Value).ToArray()), P(properties.Select(p => p.Source).ToArray()));
            batch.Add("INSERT INTO build_owners (build_id, epoch, master_id, worker_id) VALUES ($1, $2, $3, $4)", P(build.BuildId), P(build.Epoch), P(master), P(session.WorkerId));
            if (facts.Unsettled(build.RequestId) is { Count: > 0 } directories)
                DirectoryRows.Settle(batch, directories, session.WorkerId);
            LockStatements.Take(batch, build, [.. build.Plan.Builder.Locks.Where(l => l.From is null)]);
            batch.Add(new WeirEvent { Kind = EventKind.RequestClaimed, RequestId = build.RequestId, BuildsetId = build.BuildsetId, BuilderId = build.BuilderId });
            batch.Add(new WeirEvent { Kind = EventKind.BuildStarted, BuildId = build.BuildId, BuilderId = build.BuilderId, RequestId = build.RequestId, BuildsetId = build.BuildsetId, WorkerId = session.WorkerId });
            if (facts.Parent(build.RequestId) is { } parent)
                batch.Add(new WeirEvent { Kind = EventKind.BuildChanged, BuildId = parent });
            if (first is not null)
                Transitions.AddFirst(batch, build, first, session, expiry);
        }
        return unit.Commit(batch, async (reader, cancellation) =>
        {
            var more = true;
            foreach (var build in begun.Where(b => b.First is not null))
            {
                if (!more)
                    throw new InvalidOperationException("The store answered fewer steps than were begun.");
                build.Asked = await Transitions.TakeFirst(build.Build, build.First!, build.LogExpiry, reader, cancellation);
                more = await reader.NextResultAsync(cancellation);
            }
            return true;
        });
    }
}

using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>The statements by which builds take locks, ask for them and free them. What a build holds to its end goes with its owner's row.</summary>
internal static class LockStatements
{
    private const string Insert = """
        INSERT INTO lock_claims (lock_id, build_id, worker_id, units, exclusive, until_step, asked_at, held_at, labels, names, through)
        SELECT l.id, $1, CASE WHEN l.scope = 'Worker' THEN $2 END, c.units, c.exclusive, c.until_step, weir_now(), CASE WHEN $3 THEN weir_now() END,
            ARRAY(SELECT jsonb_array_elements_text(c.labels::jsonb)), ARRAY(SELECT jsonb_array_elements_text(c.names::jsonb)), coalesce((
            SELECT t.build_id || p.through FROM triggers t JOIN lock_claims p ON p.build_id = t.build_id AND p.lock_id = l.id AND p.held_at IS NOT NULL
            WHERE t.buildset_id = $8 AND t.waiting AND l.id IN (SELECT weir_thing('locks', i, x.config_revision_id) FROM unnest(t.inherit) i, builds x WHERE x.id = t.build_id) LIMIT 1), '{}')
        FROM builds b CROSS JOIN unnest($4, $5, $6, $7, $9, $10) AS c (name, units, exclusive, until_step, labels, names) JOIN locks l ON l.id = weir_thing('locks', c.name, b.config_revision_id)
        WHERE b.id = $1 ORDER BY l.id
        """;

    /// <summary>A build that starts has these to its end; that they are free was checked under their rows.</summary>
    public static void Take(StoreBatch batch, BuildState build, IReadOnlyCollection<LockUse> uses)
    {
        if (uses.Count > 0)
            Add(batch, build, held: true, [.. uses.Select(u => (u.Name, u.Units, u.Exclusive, (int?)null, u.Labels, build.Given.FirstOrDefault(g => g.Lock == u.Name)?.Names ?? []))]);
    }

    /// <summary>The rows of the locks that a step asked for, so that no two take the same unit. Whatever takes them is a statement behind this one: what is held is read when the rows are ours.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="build">Whose step.</param>
    /// <param name="checksOwner">The owner's row too: for a batch whose fence is another build's.</param>
    public static void Lock(StoreBatch batch, BuildState build, bool checksOwner = false)
    {
        if (checksOwner)
            batch.Add("SELECT FROM build_owners WHERE build_id = $1 AND epoch = $2 FOR SHARE", P(build.BuildId), P(build.Epoch));
        batch.Add("SELECT FROM locks WHERE id IN (SELECT lock_id FROM lock_claims WHERE build_id = $1 AND held_at IS NULL) ORDER BY id FOR NO KEY UPDATE", P(build.BuildId));
    }

    /// <summary>
    /// A common table expression <c>taken</c>: a step takes what it asked for, all or nothing, if it can be had and its worker is there. Of simple locks only (see <see cref="LockState.IsSimple"/>); of others it gets nothing here.
    /// </summary>
    /// <param name="at">The numbers of its parameters: 1 the build; this one the first claim of what is asked for, by which its turn was decided (what was asked for since has its own turn); the next one the build's epoch.</param>
    public static string Taken(int at) => $$"""
        taken AS (
            UPDATE lock_claims SET held_at = weir_now() WHERE build_id = $1 AND held_at IS NULL AND (SELECT min(id) FROM lock_claims WHERE build_id = $1 AND held_at IS NULL) = ${{at}} AND EXISTS (
                SELECT FROM build_owners o JOIN worker_sessions k USING (worker_id) WHERE o.build_id = $1 AND o.epoch = ${{at + 1}} AND k.ended_at IS NULL AND k.heartbeat_at > weir_now() - interval '30 seconds') AND NOT EXISTS (
                SELECT FROM lock_claims c JOIN locks l ON l.id = c.lock_id WHERE c.build_id = $1 AND c.held_at IS NULL AND (
                    l.scope <> 'All' OR l.pool IS NOT NULL OR c.through <> '{}' OR (NOT c.exclusive AND c.units > l.capacity) OR EXISTS (
                        SELECT FROM lock_claims h WHERE h.lock_id = c.lock_id AND h.held_at IS NOT NULL HAVING bool_or(h.exclusive OR c.exclusive OR h.through <> '{}') OR sum(h.units) + c.units > l.capacity)))
            RETURNING id)
        """;

    /// <summary>A step that begins asks for these. If it asks for any, the result is a row for each (<see cref="ReadAsked"/>); the one who decides is woken by who stores them (<see cref="Transitions.Asked"/>).</summary>
    public static void Ask(StoreBatch batch, BuildState build, IReadOnlyCollection<StepLock> locks)
    {
        if (locks.Count > 0)
            Add(batch, build, held: false, [.. locks.Select(l => (l.Name, l.Units, l.Exclusive, (int?)l.Until, l.AllLabels, (IReadOnlyList<string>)[]))]);
    }

    /// <summary>How many columns the result of <see cref="Ask"/> has.</summary>
    public const int AskedColumns = 7;

    /// <summary>What a step has asked for, from the result that the reader stands at.</summary>
    public static async Task<IReadOnlyList<LockState.ClaimRow>> ReadAsked(NpgsqlDataReader reader, BuildState build, CancellationToken cancellation)
    {
        var asked = new List<LockState.ClaimRow>();
        while (await reader.ReadAsync(cancellation))
        {
            asked.Add(new()
            {
                Id = reader.GetInt64(0),
                LockId = reader.GetInt64(1),
                BuildId = build.BuildId,
                Units = reader.GetInt32(2),
                Exclusive = reader.GetBoolean(3),
                AskedAt = reader.GetFieldValue<DateTimeOffset>(4),
                OfSteps = true,
                WorkerId = build.WorkerId,
                Worker = build.Plan.Worker.Name,
                Builder = build.Plan.Builder.Name,
                Number = build.Number,
                Through = reader.GetFieldValue<long[]>(5),
                Labels = reader.GetFieldValue<string[]>(6),
            });
        }
        return asked;
    }

    /// <summary>A step that waited does so no longer; if it was given the locks in this very moment, they are free again.</summary>
    public static void Withdraw(StoreBatch batch, BuildState build, IReadOnlyCollection<StepLock> locks)
    {
        if (locks.Count == 0)
            return;
        batch.Add("DELETE FROM lock_claims c USING builds b WHERE b.id = $1 AND c.build_id = b.id AND c.until_step IS NOT NULL AND weir_called('locks', c.lock_id, b.config_revision_id) = ANY($2)", P(build.BuildId), P(locks.Select(l => l.Name).ToArray()));
        Freed(batch);
    }

    /// <summary>What was held for steps before this one, or asked for, is free.</summary>
    public static void Free(StoreBatch batch, BuildState build, int nextStep)
    {
        batch.Add("DELETE FROM lock_claims WHERE build_id = $1 AND until_step < $2", P(build.BuildId), P(nextStep));
        Freed(batch);
    }

    /// <summary>Whoever waits for what is free now is looked for: steps at once, requests with the next pass over the queue.</summary>
    public static void Freed(StoreBatch batch)
    {
        batch.Wake(WakeTopic.Locks);
        batch.Wake(WakeTopic.Queue);
    }

    private static void Add(StoreBatch batch, BuildState build, bool held, (string Name, int Units, bool Exclusive, int? Until, IReadOnlyList<string> Labels, IReadOnlyList<string> Names)[] claims) => batch.Add(
        held ? Insert : $"{Insert} RETURNING id, lock_id, units, exclusive, asked_at, through, labels",
        P(build.BuildId), P(build.WorkerId), P(held), P(claims.Select(c => c.Name).ToArray()), P(claims.Select(c => c.Units).ToArray()), P(claims.Select(c => c.Exclusive).ToArray()), P(claims.Select(c => c.Until).ToArray()), P(build.BuildsetId),
        P(claims.Select(c => ConfigurationJson.Write(c.Labels)).ToArray()), P(claims.Select(c => ConfigurationJson.Write(c.Names)).ToArray()));
}

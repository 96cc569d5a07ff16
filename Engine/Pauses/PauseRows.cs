using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Writes pauses, in the caller's transaction, which stands behind the whole gate: after its commit no claim and no firing acts on the state before (invariant 3a).</summary>
internal static class PauseRows
{
    /// <summary>Of rows <c>p</c> of <c>pauses</c>: it holds now, also where nobody has yet written that its time is over.</summary>
    public const string Holds = "p.ended_at IS NULL AND coalesce(p.until > (SELECT weir_now()), true)";

    /// <summary>Whether nothing of the builder <c>of</c> may be begun.</summary>
    public const string KeepsBuilder = $"""
        EXISTS (SELECT FROM pauses p WHERE {Holds} AND (p.kind = 'Everything' OR (p.kind = 'Builder' AND p.subject = of.name) OR (p.kind = 'Project' AND p.subject = of.project)))
        """;

    /// <summary>The ids, as text, of schedulers that are not to fire.</summary>
    public const string KeptSchedulers = $"SELECT s.id::text FROM pauses p JOIN schedulers s ON s.name = p.subject WHERE p.kind = 'Scheduler' AND {Holds}";

    /// <summary>Null: there is no such thing.</summary>
    public static async Task<long?> Begin(StoreTransaction unit, PauseSubject subject, string? reason, DateTimeOffset? until, Actor by)
    {
        if (await Find(unit, subject) is not { } id)
            return null;
        var kind = subject.Kind.ToString();
        var pause = await unit.QuerySingle<long>("""
            UPDATE pauses SET ended_at = until WHERE kind = @kind AND subject = @Name AND ended_at IS NULL AND until <= weir_now();
            INSERT INTO pauses (kind, subject, by_name, reason, since, until) VALUES (@kind, @Name, @by, @reason, weir_now(), @until)
            ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO UPDATE SET by_name = excluded.by_name, reason = excluded.reason, until = excluded.until
            RETURNING id
            """, new { kind, subject.Name, by = by.Name, reason, until });
        if (subject.Kind == PauseKind.Worker)
            await unit.Execute("UPDATE workers SET paused_at = coalesce(paused_at, weir_now()), paused_by = @by, pause_reason = @reason, paused_until = @until WHERE id = @id", new { id, by = by.Name, reason, until });
        Audit.Write(unit, by, $"{Word(subject)}.pause", subject.InWords, reason);
        Tell(unit, subject.Kind, id);
        return pause;
    }

    /// <summary>Null: there is no such thing. What is not paused stays so.</summary>
    public static async Task<long?> End(StoreTransaction unit, PauseSubject subject, Actor by)
    {
        if (await Find(unit, subject) is not { } id)
            return null;
        var ended = await unit.Execute("UPDATE pauses SET ended_at = least(until, weir_now()), ended_by = CASE WHEN until <= weir_now() THEN NULL ELSE @by END WHERE kind = @kind AND subject = @Name AND ended_at IS NULL",
            new { kind = subject.Kind.ToString(), subject.Name, by = by.Name });
        if (subject.Kind == PauseKind.Worker)
            ended += await ClearWorker(unit, id);
        if (ended > 0)
        {
            Audit.Write(unit, by, $"{Word(subject)}.resume", subject.InWords, null);
            Tell(unit, subject.Kind, id);
        }
        return id;
    }

    // Whoever lets a worker go on lets it go on whatever kept it, its quarantine too.
    private static Task<int> ClearWorker(StoreTransaction unit, long id) => unit.Execute("""
        UPDATE workers SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, paused_until = NULL, quarantined_at = NULL, quarantined_until = NULL, quarantine_reason = NULL, setbacks = 0
        WHERE id = @id AND (paused_at IS NOT NULL OR quarantined_at IS NOT NULL)
        """, new { id });

    /// <summary>Ends those whose time is over; says how many.</summary>
    public static async Task<int> Expire(StoreTransaction unit)
    {
        var over = await unit.Query<(string Kind, string Subject)>("UPDATE pauses SET ended_at = until WHERE ended_at IS NULL AND until <= weir_now() RETURNING kind, subject");
        foreach (var (kind, name) in over)
        {
            var subject = new PauseSubject(Enum.Parse<PauseKind>(kind), name);
            var id = await Find(unit, subject);
            if (subject.Kind == PauseKind.Worker)
                await unit.Execute("UPDATE workers SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, paused_until = NULL WHERE name = @name AND paused_until <= weir_now()", new { name });
            Tell(unit, subject.Kind, id);
        }
        return over.Count;
    }

    private static async Task<long?> Find(StoreTransaction unit, PauseSubject subject) => subject.Kind == PauseKind.Everything
        ? 0
        : await unit.QuerySingle<long?>($"SELECT id FROM {Word(subject)}s WHERE name = @Name AND retired_at IS NULL", new { subject.Name });

    private static string Word(PauseSubject subject) => subject.Kind.ToString().ToLowerInvariant();

    private static void Tell(StoreTransaction unit, PauseKind kind, long? id)
    {
        if (kind == PauseKind.Worker)
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = id });
        else
            unit.Add(new WeirEvent { Kind = EventKind.PauseChanged, BuilderId = kind == PauseKind.Builder ? id : null });
        unit.Wake(WakeTopic.Pauses);
        unit.Wake(kind == PauseKind.Scheduler ? WakeTopic.Timers : WakeTopic.Queue);
    }
}

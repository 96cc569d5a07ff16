namespace Weir.Engine.Workers;

/// <summary>How the state of a worker follows from its row <c>w</c> and its session's <c>k</c>, as SQL; the same as <see cref="Availability.WorkerVerdict"/> says, which also says why.</summary>
internal static class WorkerRows
{
    /// <summary>Whether the worker <c>w</c> has a session <c>k</c> (left-joined) that lives: its connection is not known to be over, and it was heard of within 30 s.</summary>
    public const string Live = "(k.worker_id IS NOT NULL AND k.ended_at IS NULL AND k.heartbeat_at > (SELECT weir_now()) - interval '30 seconds')";

    /// <summary>Whether it has said in its session <c>k</c>, the last one, that it finishes and goes.</summary>
    public const string Stopping = "(k.stopping_at IS NOT NULL AND k.told_session = k.session)";

    /// <summary>Whether its owner has said in its session <c>k</c>, the last one, that it is to be left alone.</summary>
    public const string OwnerAway = "(k.away_at IS NOT NULL AND k.told_session = k.session AND coalesce(k.away_until > (SELECT weir_now()), true))";

    /// <summary>Whether an admin, or its own record, keeps it from builds.</summary>
    public const string Paused = "((w.paused_at IS NOT NULL AND coalesce(w.paused_until > (SELECT weir_now()), true)) OR coalesce(w.quarantined_until > (SELECT weir_now()), false))";

    /// <summary>Whether its windows let it take builds now. One stretch that is over, and the next not yet written: closed.</summary>
    public const string Open = "(w.opens_at <= (SELECT weir_now()) AND (SELECT weir_now()) < w.closes_at)";

    /// <summary>Whether a build may be begun on it, as far as it is up to it: a claim asks this in its own transaction.</summary>
    public const string TakesBuilds = $"(NOT coalesce({Stopping}, false) AND NOT {Paused} AND NOT coalesce({OwnerAway}, false) AND {Open})";

    /// <summary>How many builds it takes at once: in quarantine one, as a probe.</summary>
    public const string Slots = "CASE WHEN w.quarantined_at IS NULL THEN w.max_builds ELSE 1 END";

    /// <summary>A word of <see cref="Weir.Shared.Workers.WorkerState"/>.</summary>
    public const string State = $"""
        CASE WHEN NOT {Live} THEN 'Missing' WHEN {Stopping} THEN 'Stopping' WHEN {Paused} THEN 'Paused' WHEN coalesce({OwnerAway}, false) OR NOT {Open} THEN 'Away' ELSE 'Available' END
        """;
}

namespace Weir.Engine.Workers;

/// <summary>How the state of a worker follows from its row and its session's.</summary>
internal static class WorkerRows
{
    /// <summary>Whether the worker <c>w</c> has a session <c>k</c> (left-joined) that lives: its connection is not known to be over, and it was heard of within 30 s.</summary>
    public const string Live = "(k.worker_id IS NOT NULL AND k.ended_at IS NULL AND k.heartbeat_at > (SELECT weir_now()) - interval '30 seconds')";

    /// <summary>Whether it has said in its session <c>k</c>, the last one, that it finishes and goes.</summary>
    public const string Stopping = "(k.stopping_at IS NOT NULL AND k.told_session = k.session)";

    /// <summary>A word of <see cref="Weir.Shared.Workers.WorkerState"/>.</summary>
    public const string State = $"CASE WHEN NOT {Live} THEN 'Missing' WHEN {Stopping} THEN 'Stopping' WHEN w.paused_at IS NOT NULL THEN 'Paused' ELSE 'Available' END";
}

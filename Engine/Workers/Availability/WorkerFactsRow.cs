namespace Weir.Engine.Workers.Availability;

/// <summary>The columns of <see cref="Columns"/>, to be inherited by rows that have them.</summary>
internal abstract record WorkerFactsRow
{
    /// <summary>For a worker <c>w</c> with its session <c>k</c> (left-joined).</summary>
    public const string Columns = $"""
        {WorkerRows.Live} AS live, k.worker_id IS NOT NULL AS came, k.ended_at IS NOT NULL AS ended, coalesce({WorkerRows.Stopping}, false) AS stopping,
        w.paused_by, w.pause_reason, w.paused_until, w.paused_at IS NOT NULL AS paused,
        coalesce({WorkerRows.OwnerAway}, false) AS owner_away, k.away_until, k.away_reason, w.quarantined_until, w.quarantine_reason, w.opens_at, w.closes_at,
        (SELECT count(*)::int FROM build_owners o WHERE o.worker_id = w.id) AS running
        """;

    public bool Live { get; init; }
    public bool Came { get; init; }
    public bool Ended { get; init; }
    public bool Stopping { get; init; }
    public bool Paused { get; init; }
    public string? PausedBy { get; init; }
    public string? PauseReason { get; init; }
    public DateTimeOffset? PausedUntil { get; init; }
    public bool OwnerAway { get; init; }
    public DateTimeOffset? AwayUntil { get; init; }
    public string? AwayReason { get; init; }
    public DateTimeOffset? QuarantinedUntil { get; init; }
    public string? QuarantineReason { get; init; }
    public DateTimeOffset OpensAt { get; init; }
    public DateTimeOffset ClosesAt { get; init; }

    /// <summary>Builds that are open on it.</summary>
    public int Running { get; init; }

    public WorkerFacts Facts => new()
    {
        Link = Live ? WorkerLinkState.Connected : !Came ? WorkerLinkState.NeverCame : !Ended ? WorkerLinkState.Silent : Stopping ? WorkerLinkState.StoppedAtItsMachine : WorkerLinkState.Ended,
        Stopping = Stopping,
        Pause = Paused ? new(PausedBy ?? "somebody", PauseReason, PausedUntil) : null,
        Away = OwnerAway ? new(AwayReason, AwayUntil) : null,
        Quarantine = QuarantinedUntil is { } until ? new(QuarantineReason ?? "", until) : null,
        OpensAt = OpensAt,
        ClosesAt = ClosesAt,
        Running = Running,
    };
}

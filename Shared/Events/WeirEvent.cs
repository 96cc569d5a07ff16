namespace Weir.Shared.Events;

/// <summary>What happened. An event says which things changed, not how: whoever wants to know reads the store.</summary>
public enum EventKind
{
    ChangeAdded,
    BuildsetAdded,
    BuildsetCompleted,
    RequestAdded,
    RequestClaimed,
    RequestCompleted,
    RequestChanged,
    BuildStarted,
    BuildChanged,
    BuildCompleted,
    StepStarted,
    StepChanged,
    StepCompleted,
    LogOpened,
    LogCompleted,
    WorkerChanged,
    MasterChanged,
    ConfigurationChanged,
    SchedulerChanged,
    ChangeSourceChanged,
    OrderChanged,
    PauseChanged,
}

/// <summary>One event. <see cref="Number"/> is given after the commit, in order and without a gap that could still fill (invariant 11).</summary>
public sealed record WeirEvent
{
    public long Number { get; init; }
    public DateTimeOffset At { get; init; }
    public required EventKind Kind { get; init; }
    public long? ChangeId { get; init; }
    public long? BuildsetId { get; init; }
    public long? RequestId { get; init; }
    public long? BuilderId { get; init; }
    public long? BuildId { get; init; }
    public long? StepId { get; init; }
    public long? LogId { get; init; }
    public long? WorkerId { get; init; }
    public long? MasterId { get; init; }
}

/// <summary>The numbered events, for pages and streams.</summary>
public interface IEventFeed
{
    /// <summary>The number of the newest event; a page is rendered at this number, read before its data.</summary>
    Task<long> Latest(CancellationToken cancellation);

    /// <summary>The numbers of the oldest event that is still kept (one more than the newest, if none is) and of the newest.</summary>
    Task<(long Oldest, long Latest)> Kept(CancellationToken cancellation);

    /// <summary>Events with a number above <paramref name="after"/>, in order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<WeirEvent>> After(long after, int limit, CancellationToken cancellation);

    /// <summary>Ends when there is probably news: numbered events, or lines of a followed log. Never later than the sweep interval. False: it is lines alone.</summary>
    Task<bool> WaitForNews(CancellationToken cancellation);

    /// <summary>Log ids that grew since the last call of this process, as far as known by hints; a lost hint is made good by reading.</summary>
    IReadOnlyCollection<long> TakeGrownLogs();
}

using Weir.Engine.Logs;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>A command whose file is on its way from a worker: how far it is stored, and who waits for its end.</summary>
internal sealed class CommandTrack(long id, long buildId, long epoch, WorkerSession session, LogFile? log, long applied)
{
    private readonly TaskCompletionSource<EndedFrame> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Id => id;
    public long BuildId => buildId;
    public long Epoch => epoch;
    public WorkerSession Session => session;
    public LogFile? Log { get; set; } = log;

    /// <summary>The other logs of its step, shared with the step's state.</summary>
    public IDictionary<string, LogFile> OtherLogs { get; init; } = new Dictionary<string, LogFile>();

    /// <summary>The log of that name; null if the step has none.</summary>
    public LogFile? LogOf(string name) => name == "stdio" ? Log : OtherLogs.TryGetValue(name, out var other) ? other : null;

    /// <summary>The position up to which the file is stored.</summary>
    public long Applied { get; set; } = applied;

    /// <summary>The worker was asked to send again from <see cref="Applied"/>; until it does, what comes is passed over.</summary>
    public bool Rewinding { get; set; }

    public Task<EndedFrame> Ended => ended.Task;

    public void End(EndedFrame frame) => ended.TrySetResult(frame);

    /// <summary>Ownership went elsewhere; nobody will hear of the end here.</summary>
    public void Abandon() => ended.TrySetException(new OwnershipLostException(buildId));
}

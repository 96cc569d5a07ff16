using Weir.Engine.Logs;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>A command whose file is on its way from a worker: how far it is stored, and who waits for its end.</summary>
internal sealed class CommandTrack(long id, long buildId, long epoch, WorkerSession session, LogFile? log, long applied)
{
    private readonly TaskCompletionSource<CommandEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>Whoever waits for the end stores the last piece himself, with what follows from it.</summary>
    public bool StoredByRunner { get; init; }

    /// <summary>The last piece is on its way into the store with what follows from it; what comes meanwhile is passed over.</summary>
    public bool Handed { get; private set; }

    public Task<CommandEnd> Ended => ended.Task;

    /// <summary>The end is stored.</summary>
    public void End(EndedFrame frame) => ended.TrySetResult(new(frame, null));

    /// <summary>The end is there, and not stored.</summary>
    public void Hand(EndedFrame frame, LastPiece piece)
    {
        Handed = true;
        ended.TrySetResult(new(frame, piece));
    }

    /// <summary>Ownership went elsewhere; nobody will hear of the end here.</summary>
    public void Abandon() => ended.TrySetException(new OwnershipLostException(buildId));
}

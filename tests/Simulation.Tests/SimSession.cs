using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>A worker's session as its engine holds it.</summary>
internal sealed class SimSession(long worker, long number, Hello hello, Link link)
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Worker => worker;
    public long Number => number;
    public Hello Hello => hello;
    public Link Link => link;
    public Task Ready => ready.Task;
    public bool Fresh { get; set; } = true;
    public bool Closed { get; private set; }

    /// <summary>What the worker's end of the link calls.</summary>
    public SimWorker Peer { get; init; } = null!;

    public void Beat()
    {
        Fresh = true;
        ready.TrySetResult();
    }

    public void Close()
    {
        Closed = true;
        ready.TrySetException(new OwnershipLostException());
        _ = ready.Task.Exception;
    }
}

/// <summary>The build belongs to somebody else now.</summary>
internal sealed class OwnershipLostException : Exception;

/// <summary>A command whose file is on its way to the store.</summary>
internal sealed class SimTrack(long command, long build, long epoch, SimSession session, long applied)
{
    private readonly TaskCompletionSource<EndedFrame> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Command => command;
    public long Build => build;
    public long Epoch => epoch;
    public SimSession Session => session;
    public long Applied { get; set; } = applied;
    public bool Rewinding { get; set; }
    public Task<EndedFrame> Ended => ended.Task;

    public void End(EndedFrame frame) => ended.TrySetResult(frame);

    public void Abandon()
    {
        ended.TrySetException(new OwnershipLostException());
        _ = ended.Task.Exception;
    }
}

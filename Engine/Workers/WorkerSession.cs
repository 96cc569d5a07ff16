using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>A worker's session with this engine: its number, its connection, what the worker is.</summary>
public sealed class WorkerSession(long workerId, string name, long number, Guid instance, string boot, IWorkerLink link)
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long WorkerId => workerId;
    public string Name => name;
    public long Number => number;
    public Guid Instance => instance;
    public string Boot => boot;
    public IWorkerLink Link => link;

    /// <summary>What the worker can do, see <see cref="Shared.Protocol.WorkerAbilities"/>.</summary>
    public IReadOnlyList<string> Abilities { get; init; } = [];

    /// <summary>The version of the protocol in use.</summary>
    public int Protocol { get; init; } = WorkerProtocol.Oldest;

    /// <summary>The engines' addresses, as it was told last.</summary>
    internal IReadOnlyList<string> Engines { get; set; } = [];

    /// <summary>Completed by the worker's first beat: it has taken the welcome in, orders may come.</summary>
    public Task Ready => ready.Task;

    /// <summary>Beaten since the heartbeats were last written.</summary>
    internal bool Fresh { get; set; }

    /// <summary>It finishes what it does and goes. The row says so; this is so that nobody asks for those who do not.</summary>
    public bool Stopping { get; internal set; }

    internal void Beat()
    {
        Fresh = true;
        ready.TrySetResult();
    }

    internal void Close() => ready.TrySetResult();
}

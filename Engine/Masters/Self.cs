namespace Weir.Engine.Masters;

/// <summary>This master as the store knows it: its id and incarnation, from the moment it is registered.</summary>
public sealed class Self
{
    private readonly TaskCompletionSource<(long Id, long Incarnation)> registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastBeat;
    private long steadySince;
    private int draining;

    /// <summary>Waits until this master has its row.</summary>
    public async Task<long> Id(CancellationToken cancellation) => (await registered.Task.WaitAsync(cancellation)).Id;

    internal void Register(long id, long incarnation)
    {
        Volatile.Write(ref lastBeat, TimeProvider.System.GetTimestamp());
        Interrupted();
        registered.TrySetResult((id, incarnation));
    }

    /// <summary>Told to go: nothing new is begun. What the store says counts; this is what was read of it last.</summary>
    public bool Draining
    {
        get => Volatile.Read(ref draining) == 1;
        internal set => Volatile.Write(ref draining, value ? 1 : 0);
    }

    internal void Beat() => Volatile.Write(ref lastBeat, TimeProvider.System.GetTimestamp());

    /// <summary>The store was away.</summary>
    internal void Interrupted() => Volatile.Write(ref steadySince, TimeProvider.System.GetTimestamp());

    /// <summary>Since when, without an interruption, the store has taken our heartbeats.</summary>
    public TimeSpan SteadyFor => TimeProvider.System.GetElapsedTime(Volatile.Read(ref steadySince));

    /// <summary>How long ago the store last took our heartbeat, by the monotonic clock.</summary>
    public TimeSpan SinceBeat => TimeProvider.System.GetElapsedTime(Volatile.Read(ref lastBeat));
}

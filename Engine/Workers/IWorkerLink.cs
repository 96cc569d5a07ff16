using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>One connection to a worker, as the engine sends over it. Sending never throws for a connection that is gone: what was lost is settled at the next hello.</summary>
public interface IWorkerLink
{
    Task Start(StartOrder order);
    Task Interrupt(InterruptOrder order);
    Task Applied(Acknowledgement acknowledgement);
    Task Forget(long session, long command);

    /// <summary>Ends the connection. The addresses are where the worker shall go instead; none: back here.</summary>
    Task Leave(string reason, IReadOnlyList<string>? addresses = null);

    /// <summary>Where all active engines are.</summary>
    Task Engines(IReadOnlyList<string> addresses);

    /// <summary>Nothing is left of what it had to do; a worker that is stopping goes now.</summary>
    Task Finished(long session);

    /// <summary>Nobody needs a shared directory there any more; it goes unless it was used since.</summary>
    Task Remove(long session, string directory, long uses);
}

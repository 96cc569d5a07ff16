using Weir.Engine.Storage;

namespace Weir.Engine.Workers.Availability;

/// <summary>Ends what runs on workers whose windows have closed, implemented by Queue.</summary>
internal interface IInterruptions
{
    /// <summary>Writes the wish that all open builds of these workers end and their requests are queued again. The caller stands behind the whole gate, so no claim adds another.</summary>
    Task EndAndQueueAgain(StoreTransaction unit, IReadOnlyCollection<long> workers, string reason);
}

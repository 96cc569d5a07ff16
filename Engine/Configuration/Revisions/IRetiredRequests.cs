using Weir.Engine.Storage;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Ends what waits for builders that a revision takes away, where its author wants that; implemented by the queue.</summary>
internal interface IRetiredRequests
{
    /// <summary>In the transaction that takes them away, behind the whole gate. Answers how many.</summary>
    Task<int> Cancel(StoreTransaction unit, IReadOnlyList<string> builders);
}

namespace Weir.Engine.Locks;

/// <summary>
/// Whose turn it is at the locks, decided without the queue: what a pass over it would decide where no request can want the same. It may let somebody wait whom a pass would let by (one for whom others wait over
/// triggers), never the other way round.
/// </summary>
/// <param name="Grants">Steps that have their turn.</param>
/// <param name="IsForQueue">Somebody could have what he wants unless a request that waits comes first: only a pass over the queue can say.</param>
public sealed record LockTurn(IReadOnlyList<LockWaiter> Grants, bool IsForQueue)
{
    /// <param name="state">What is held, and who waits at a step.</param>
    /// <param name="ofRequests">The names of locks that requests want, since builds hold them from their start.</param>
    public static LockTurn Of(LockState state, IReadOnlySet<string> ofRequests)
    {
        var waiters = state.Waiters;
        var line = new LockLine(state.Table(), waiters);
        var could = waiters.Where(w => line.Ask(w).Count == 0).ToLookup(w => w.Needs.Any(n => ofRequests.Contains(state.NameOf(n.Place.Lock))));
        return new([.. could[false]], could[true].Any());
    }
}

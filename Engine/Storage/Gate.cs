namespace Weir.Engine.Storage;

/// <summary>
/// The gate before which claims stand (invariant 3a). A claim passes it shared; whoever pauses, drains, retires or puts a revision in force takes it whole, in the
/// transaction that writes it: after its commit no claim can still act on the state before. Both are statements of their own, before those that read what must stand: of a claim the first in its transaction. Who
/// also locks the revisions does so before.
/// </summary>
public static class Gate
{
    /// <summary>The shared form as a statement, for callers that send it together with what follows.</summary>
    public const string Shared = "SELECT pg_advisory_xact_lock_shared(hashtext('weir gate ' || current_schema()))";

    public static Task PassShared(StoreTransaction unit) => unit.Execute(Shared);

    public static Task TakeWhole(StoreTransaction unit) => unit.Execute("SELECT pg_advisory_xact_lock(hashtext('weir gate ' || current_schema()))");
}

namespace Weir.Shared.Orders;

/// <summary>Something that was asked of the engines at a master of pages.</summary>
public sealed record OrderRecord
{
    public long Id { get; init; }

    /// <summary>The word of the deed, as the audit has it: <c>request.cancel</c>, <c>worker.pause</c>, …</summary>
    public required string Kind { get; init; }

    /// <summary>About what: <c>request 7</c>, <c>worker w1</c>, …</summary>
    public required string Subject { get; init; }
    public required string AskedBy { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>Null: no engine has carried it out yet.</summary>
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>The name of what came of it; null as long as nothing has.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why it was not done; null if it was, or is still to be.</summary>
    public string? Complaint { get; init; }
}

/// <summary>Reads orders.</summary>
public interface IOrderQueries
{
    /// <summary>Those that no engine has carried out yet, and those that were refused so late, in the last minutes, that whoever asked was no longer told. Oldest first.</summary>
    Task<IReadOnlyList<OrderRecord>> Open(CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    Task<Page<OrderRecord>> List(long? before, int limit, CancellationToken cancellation);
    Task<OrderRecord?> Find(long id, CancellationToken cancellation);
}

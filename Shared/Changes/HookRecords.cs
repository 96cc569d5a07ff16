using Weir.Shared.Identity;

namespace Weir.Shared.Changes;

/// <summary>A webhook at the door.</summary>
public sealed record HookDelivery
{
    /// <summary>The change source that it is for; null: it says only its dialect.</summary>
    public string? Source { get; init; }
    public string? Dialect { get; init; }
    public required string ContentType { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string[]>> Headers { get; init; }
    public required byte[] Body { get; init; }
    public string? Address { get; init; }

    /// <summary>The sender is signed in as somebody who may send changes.</summary>
    public bool MaySendChanges { get; init; }
}

/// <summary>How a hook stands after it was received.</summary>
public enum HookStanding
{
    /// <summary>It is stored and will be read.</summary>
    Stored,

    /// <summary>It only asked whether somebody is there; stored all the same.</summary>
    Answered,

    /// <summary>Its signature is wrong or missing; counted, not kept.</summary>
    Refused,

    /// <summary>There is no such webhook.</summary>
    Unknown,

    /// <summary>The webhook has no secret and the sender no right.</summary>
    NeedsRight,
}

/// <summary>The answer to a hook.</summary>
public sealed record HookReceipt(HookStanding Standing, string Sentence, long? Id);

/// <summary>A stored hook and what came of it, in words; null: it has not been read yet.</summary>
public sealed record HookRecord
{
    public required long Id { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public string Dialect { get; init; } = "";
    public string? Source { get; init; }
    public string? Event { get; init; }
    public string? Delivery { get; init; }
    public string ContentType { get; init; } = "";
    public int Size { get; init; }
    public string? Address { get; init; }
    public string? Verdict { get; init; }
}

/// <summary>Hooks of a source that were turned away for one reason, in the last seven days.</summary>
public sealed record HookRefusal
{
    public required string Source { get; init; }
    public required string Reason { get; init; }
    public long Count { get; init; }
    public DateTimeOffset LastAt { get; init; }
    public string? LastAddress { get; init; }
}

/// <summary>The inbox of webhooks: what a forge posts is stored before it is answered.</summary>
public interface IHookInbox
{
    /// <summary>Whether there is a webhook of this name (or of this dialect): asked before a body is read.</summary>
    Task<bool> Knows(string? source, string? dialect, CancellationToken cancellation);
    Task<HookReceipt> Receive(HookDelivery delivery, CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    Task<Page<HookRecord>> List(string? source, long? before, int limit, CancellationToken cancellation);
    Task<IReadOnlyList<HookRefusal>> Refusals(CancellationToken cancellation);

    /// <summary>Has a stored hook read once more, for example after its codebase or its secret was added. What it reported before stays one change.</summary>
    Task<ActionOutcome> ReadAgain(long id, Actor by, CancellationToken cancellation);
}

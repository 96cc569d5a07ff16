namespace Weir.Shared.Configuration;

/// <summary>What becomes of a revision that waits until builders are idle, and at its deadline still does.</summary>
public enum AtDeadline
{
    /// <summary>It comes in force, whatever runs.</summary>
    Enforce,

    /// <summary>It is dropped: the sources that it came from have what is in force again.</summary>
    Drop,
}

/// <summary>When a good configuration shall come in force, and what becomes of those whom it leaves without a builder.</summary>
public sealed record ApplyTerms
{
    /// <summary>Nothing is said: at once; or, where a revision waits whose content is in it, together with that one.</summary>
    public static ApplyTerms None { get; } = new();

    /// <summary>It waits until these builders are idle, of an empty list all; nothing new of them starts meanwhile. Null: nothing is said about it.</summary>
    public IReadOnlyList<string>? WhenIdle { get; init; }

    /// <summary>How long it waits for that; null: for as long as it takes.</summary>
    public DateTimeOffset? Deadline { get; init; }
    public AtDeadline AtDeadline { get; init; }

    /// <summary>At once, also where a revision waits whose content is in it.</summary>
    public bool Now { get; init; }

    /// <summary>Requests that wait for builders which go with it are cancelled. Else they are set aside, and wait on as soon as a builder of this name is back.</summary>
    public bool CancelsWaiting { get; init; }
}

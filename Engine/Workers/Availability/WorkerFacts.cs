namespace Weir.Engine.Workers.Availability;

/// <summary>What is known of a worker's connection.</summary>
public enum WorkerLinkState
{
    Connected,
    NeverCame,

    /// <summary>It said that it finishes and goes, did, and is gone.</summary>
    StoppedAtItsMachine,
    Ended,

    /// <summary>Nothing was heard of it for too long.</summary>
    Silent,
}

/// <summary>An admin's pause.</summary>
public sealed record PauseFact(string By, string? Reason, DateTimeOffset? Until);

/// <summary>Its owner wants the machine for himself.</summary>
public sealed record AwayFact(string? Reason, DateTimeOffset? Until);

/// <summary>It has lost too many builds.</summary>
public sealed record QuarantineFact(string Reason, DateTimeOffset Until);

/// <summary>
/// What bears on whether a worker is given builds: facts that come from different hands and know nothing of one another. What of them is over by its own time may still stand in them.
/// </summary>
public sealed record WorkerFacts
{
    public WorkerLinkState Link { get; init; }

    /// <summary>It finishes what it does and goes.</summary>
    public bool Stopping { get; init; }
    public PauseFact? Pause { get; init; }
    public AwayFact? Away { get; init; }
    public QuarantineFact? Quarantine { get; init; }

    /// <summary>The stretch that its windows leave open, or the next one.</summary>
    public DateTimeOffset OpensAt { get; init; } = DateTimeOffset.MinValue;
    public DateTimeOffset ClosesAt { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Builds it runs.</summary>
    public int Running { get; init; }
}

namespace Weir.Engine.Schedulers;

/// <summary>A due row that this transaction holds.</summary>
internal sealed record DueTimer
{
    public string Kind { get; init; } = "";
    public string Subject { get; init; } = "";
    public DateTimeOffset DueAt { get; init; }

    /// <summary>By the store's clock.</summary>
    public DateTimeOffset Now { get; init; }
    public string? Scheduler { get; init; }
    public bool Enabled { get; init; }
}

namespace Weir.Shared.Masters;

/// <summary>The life of a master.</summary>
public enum MasterState
{
    Starting,
    Active,
    Draining,
    Stopped,
    Dead,
}

/// <summary>One master.</summary>
public sealed record MasterRecord
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> Roles { get; init; }
    public required string Version { get; init; }
    public required MasterState State { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset HeartbeatAt { get; init; }
    public IReadOnlyList<string> Addresses { get; init; } = [];
    public string? Host { get; init; }
    public int OwnedBuilds { get; init; }
    public int Workers { get; init; }
}

/// <summary>Reads masters.</summary>
public interface IMasterQueries
{
    Task<IReadOnlyList<MasterRecord>> List(CancellationToken cancellation);
    Task<MasterRecord?> Find(long id, CancellationToken cancellation);
}

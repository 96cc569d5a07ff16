using Weir.Shared.Identity;

namespace Weir.Shared.Locks;

/// <summary>A directory that builders share, and the worker that has it.</summary>
public sealed record SharedDirectoryRecord
{
    public required string Name { get; init; }
    public string? Description { get; init; }

    /// <summary>The worker that has it; null: none yet, the first build decides.</summary>
    public string? Worker { get; init; }

    /// <summary>Since when it is there.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Who moved it there; null: a build was the first.</summary>
    public string? MovedBy { get; init; }

    /// <summary>Its size, when the worker measured it last; null: the worker has said nothing of it.</summary>
    public long? Bytes { get; init; }

    /// <summary>The build that wrote into it last.</summary>
    public string? Writer { get; init; }
    public DateTimeOffset? WrittenAt { get; init; }

    /// <summary>That ended well, or goes on; null: nothing was written.</summary>
    public bool? Well { get; init; }

    /// <summary>The builders that use it.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];

    /// <summary>Workers to which it could be moved: others that all of its builders, and those of what goes with it, may use.</summary>
    public IReadOnlyList<string> Possible { get; init; } = [];

    /// <summary>Directories that must be on the same worker, since a builder uses them together.</summary>
    public IReadOnlyList<string> Together { get; init; } = [];
}

/// <summary>Reads shared directories.</summary>
public interface IDirectoryQueries
{
    /// <summary>Those of the configuration, by name.</summary>
    Task<IReadOnlyList<SharedDirectoryRecord>> List(CancellationToken cancellation);
}

/// <summary>What an admin may do with shared directories.</summary>
public interface IDirectoryActions
{
    /// <summary>From now on it is on another worker, with those that go with it, and begins empty there; not while a build uses one of them.</summary>
    Task<ActionOutcome> Move(string name, string worker, string? reason, Actor by, CancellationToken cancellation);
}

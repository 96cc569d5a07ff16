namespace Weir.Shared.Configuration;

/// <summary>Whose units a lock counts.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<LockScope>))]
public enum LockScope
{
    /// <summary>All masters and workers together.</summary>
    All,

    /// <summary>Each worker by itself.</summary>
    Worker,
}

/// <summary>A lock: so many units, which builds and steps hold while they use what stands behind it.</summary>
public sealed record LockConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public LockScope Scope { get; init; }
    public int Capacity { get; init; } = 1;

    /// <summary>Of scope worker: workers with a capacity of their own.</summary>
    public IReadOnlyDictionary<string, int> PerWorker { get; init; } = new Dictionary<string, int>();

    /// <summary>The named things that its units are, each with its labels; empty: they have no names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Pool { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>What a builder or a step holds of a lock: some units, or all of it (exclusive).</summary>
public sealed record LockUse
{
    public required string Name { get; init; }
    public int Units { get; init; } = 1;
    public bool Exclusive { get; init; }

    /// <summary>The units are named things; commands are told which they have.</summary>
    public bool Named { get; init; }

    /// <summary>All of which each of them must have.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Of a builder, for a run of steps: the name of the first; null: the whole build.</summary>
    public string? From { get; init; }

    /// <summary>The name of the last.</summary>
    public string? To { get; init; }
}

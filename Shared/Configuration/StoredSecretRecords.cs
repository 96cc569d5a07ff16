using Weir.Shared.Identity;

namespace Weir.Shared.Configuration;

/// <summary>A secret that the store keeps. Its value is written, and never shown again.</summary>
public sealed record StoredSecret
{
    public required string Name { get; init; }

    /// <summary>The builders that may use it; with <see cref="Projects"/> empty as well: all.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];

    /// <summary>The projects whose builders may use it.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];

    /// <summary>When its value was set.</summary>
    public required DateTimeOffset SetAt { get; init; }
    public required string SetBy { get; init; }

    /// <summary>Who has used this value.</summary>
    public IReadOnlyList<string> UsedBy { get; init; } = [];
}

/// <summary>What a secret of the store shall be.</summary>
public sealed record SecretEdit
{
    public required string Name { get; init; }

    /// <summary>Its value; null: it keeps the one it has.</summary>
    public string? Value { get; init; }

    /// <summary>The builders that may use it; null, and no <see cref="Projects"/> either: who may already (of a new one: all). None, and no project: all.</summary>
    public IReadOnlyList<string>? Builders { get; init; }

    /// <summary>The projects whose builders may use it.</summary>
    public IReadOnlyList<string>? Projects { get; init; }
    public string? Reason { get; init; }
}

/// <summary>The secrets of the store, for builders and hooks whose configuration has the source <c>{ from: store }</c>.</summary>
public interface ISecretStore
{
    /// <summary>All of them, by name, without values.</summary>
    Task<IReadOnlyList<StoredSecret>> List(CancellationToken cancellation);

    /// <summary>Writes one. Problems name <c>name</c>, <c>value</c>, <c>builders</c> or <c>projects</c>.</summary>
    Task<ActionOutcome> Set(SecretEdit edit, Actor by, CancellationToken cancellation);

    Task<ActionOutcome> Remove(string name, string? reason, Actor by, CancellationToken cancellation);
}

namespace Weir.Shared.Configuration;

/// <summary>One place where secrets are looked up: variables of a master's environment, or files of a directory on it.</summary>
public sealed record SecretSourceConfiguration
{
    /// <summary>The kind of the source: <c>env</c>, <c>directory</c> or <c>store</c>.</summary>
    public required string From { get; init; }

    /// <summary>Of an environment: NAME is looked up as the variable prefix + NAME.</summary>
    public string Prefix { get; init; } = DefaultPrefix;

    /// <summary>Of a directory: NAME is looked up as the file of this name in it.</summary>
    public string? Path { get; init; }

    public const string DefaultPrefix = "WEIR_SECRET_";

    /// <summary>In words, for messages.</summary>
    public override string ToString() => From == "store" ? "the store" : From == "directory" ? $"the directory {Path}" : $"the master's environment ({Prefix}…)";
}

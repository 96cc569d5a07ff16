namespace Weir.Engine.Configuration.Watching;

/// <summary>Where the admin's configuration lies.</summary>
public sealed record ConfigurationSourceOptions
{
    /// <summary>A YAML file, or a folder of <c>*.yaml</c> and <c>*.yml</c>; null: configurations come by REST only.</summary>
    public string? Path { get; init; }

    /// <summary>How long a file must have been quiet before it is read.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How often the files are looked at when the system reports no change (it cannot on some shared folders).</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(5);
}

namespace Weir.Engine.Masters;

/// <summary>Who this master is.</summary>
public sealed record MasterOptions
{
    /// <summary>A label, unique in the store: starting again under the same name is the same master.</summary>
    public required string Name { get; init; }

    /// <summary><c>ui</c>, <c>engine</c>, or both.</summary>
    public IReadOnlyList<string> Roles { get; init; } = ["ui", "engine"];

    /// <summary>Of which builders this engine begins builds. It takes only workers that one of them can use.</summary>
    public BuilderLimits Limits { get; init; } = BuilderLimits.None;

    /// <summary>Where browsers and workers reach it.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Folder of what is this master's alone: its identity.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Folder for what can be made again: the mirrors of pollers.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>How often the heartbeat is written …</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>… and after how long without it a master counts as dead.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For so long after its start, and after the store was away, a master judges nobody dead or missing: the others may only not have come back yet.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether workers are handed over so that each engine has its share.</summary>
    public bool Spreads { get; init; } = true;

    /// <summary>Whether it has a mail server.</summary>
    public bool SendsMail { get; init; }

    public bool IsEngine => Roles.Contains("engine");
}

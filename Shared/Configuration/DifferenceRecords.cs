namespace Weir.Shared.Configuration;

/// <summary>What became of a thing, or of a setting, from one configuration to another.</summary>
public enum DifferenceKind
{
    Added,
    Removed,
    Renamed,
    Changed,

    /// <summary>The same things in another order.</summary>
    Reordered,
}

/// <summary>
/// What differs about one named thing of the configuration: the builder <c>lib-linux</c>, the scheduler <c>nightly</c>.
/// <see cref="Section"/> is its kind as people say it (<c>builder</c>, <c>change source</c>), or <c>configuration</c> for settings of the whole, which has no <see cref="Name"/>.
/// </summary>
public sealed record ConfigurationDifference(DifferenceKind Kind, string Section, string Name, string? FormerName, IReadOnlyList<SettingDifference> Settings);

/// <summary>One setting of a thing that differs. A member of a list is added or removed; a single value has one before and one after, null where it is not set.</summary>
public sealed record SettingDifference
{
    public required DifferenceKind Kind { get; init; }

    /// <summary>What it belongs to, when not to the thing itself: <c>step check</c>.</summary>
    public string? Within { get; init; }

    /// <summary>As the configuration calls it: <c>timeout</c>, <c>keep.logs</c>, <c>env.CC</c>; or what came, went or got another name: <c>step check</c>.</summary>
    public required string Setting { get; init; }
    public string? Before { get; init; }
    public string? After { get; init; }
}

/// <summary>Two revisions side by side: what differs as people think of it, and as text.</summary>
public sealed record RevisionComparison(RevisionRecord From, RevisionRecord To, IReadOnlyList<ConfigurationDifference> Things, string Text);

/// <summary>A revision in which one thing of the configuration changed, and how.</summary>
public sealed record ThingRevision(long RevisionId, string Author, DateTimeOffset CreatedAt, string Reason, ConfigurationDifference Difference);

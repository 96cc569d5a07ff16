namespace Weir.Shared.Configuration;

/// <summary>A whole configuration as it was written, after checking: every reference resolves, every name is legal. See <c>docs/configuration.md</c>.</summary>
public sealed record WeirConfiguration
{
    public string Title { get; init; } = "Weir";
    public Uri? Url { get; init; }
    public IReadOnlyList<ProjectConfiguration> Projects { get; init; } = [];
    public IReadOnlyList<CodebaseConfiguration> Codebases { get; init; } = [];
    public IReadOnlyList<ChangeSourceConfiguration> ChangeSources { get; init; } = [];
    public IReadOnlyList<SchedulerConfiguration> Schedulers { get; init; } = [];
    public IReadOnlyList<WorkerConfiguration> Workers { get; init; } = [];
    public IReadOnlyList<LockConfiguration> Locks { get; init; } = [];
    public IReadOnlyList<SharedDirectoryConfiguration> SharedDirectories { get; init; } = [];
    public IReadOnlyList<BuilderConfiguration> Builders { get; init; } = [];

    /// <summary>Parts of the configuration that teams keep in repositories.</summary>
    public IReadOnlyList<PartConfiguration> Parts { get; init; } = [];

    /// <summary>Where secrets are looked up, in order.</summary>
    public IReadOnlyList<SecretSourceConfiguration> Secrets { get; init; } = [];
}

/// <summary>A thing of the configuration whose history goes with it when it is renamed.</summary>
public interface IRenamable
{
    string Name { get; }

    /// <summary>The name that it had before; null: none is said.</summary>
    string? Was { get; }
}

/// <summary>A project: a name under which builders and codebases are grouped.</summary>
public sealed record ProjectConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public string? Title { get; init; }
    public string? Description { get; init; }
    public Uri? Url { get; init; }

    /// <summary>How much of the workers is its due beside other projects that wait.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What counts where nothing is said, also for builders without a project.</summary>
    public static TimeSpan DefaultMaxWait { get; } = TimeSpan.FromDays(1);

    /// <summary>Who has waited for so long counts for the next higher priority; null: nobody does (written as such, or reading it back would give the default).</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public TimeSpan? MaxWait { get; init; } = DefaultMaxWait;

    /// <summary>At most so many of its builds run at a time; null: any number.</summary>
    public int? Cap { get; init; }
}

/// <summary>A codebase: a repository of which a buildset names one revision.</summary>
public sealed record CodebaseConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public required string Repository { get; init; }
    public string Branch { get; init; } = "main";
    public string? Project { get; init; }

    /// <summary>How it is reached, if it is not open to everybody.</summary>
    public GitCredentials? Credentials { get; init; }
}

/// <summary>A source of changes.</summary>
[System.Text.Json.Serialization.JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(GitPollerConfiguration), "git-poller")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(WebhookConfiguration), "webhook")]
public abstract record ChangeSourceConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
}

/// <summary>Polls a git repository.</summary>
public sealed record GitPollerConfiguration : ChangeSourceConfiguration
{
    public required string Codebase { get; init; }

    /// <summary>Branch names or glob patterns.</summary>
    public IReadOnlyList<string> Branches { get; init; } = [];
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Takes in what a forge posts to <c>/hooks/NAME</c>.</summary>
public sealed record WebhookConfiguration : ChangeSourceConfiguration
{
    /// <summary>base, github, gitlab, gitea, gogs or bitbucket.</summary>
    public required string Dialect { get; init; }

    /// <summary>The name of the secret by which the sender proves itself; null (only base): by a user who may send changes.</summary>
    public string? Secret { get; init; }

    /// <summary>The codebases whose changes it takes; empty: any repository's.</summary>
    public IReadOnlyList<string> Codebases { get; init; } = [];

    /// <summary>Branch names or globs that are pushed to, or into which a pull request is to be merged; empty: any. Tags are not asked.</summary>
    public IReadOnlyList<string> Branches { get; init; } = [];

    /// <summary>push, tag, pull-request; empty: all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>A change whose comments match this regular expression is not taken.</summary>
    public string? Skip { get; init; }
}

/// <summary>A scheduler: what makes buildsets.</summary>
[System.Text.Json.Serialization.JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(SingleBranchConfiguration), "single-branch")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(AnyBranchConfiguration), "any-branch")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(PeriodicConfiguration), "periodic")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(NightlyConfiguration), "nightly")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(ForceConfiguration), "force")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(TriggerableConfiguration), "triggerable")]
public abstract record SchedulerConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public IReadOnlyList<string> Builders { get; init; } = [];

    /// <summary>Codebases that its buildsets carry; empty: those that its builders use.</summary>
    public IReadOnlyList<string> Codebases { get; init; } = [];

    /// <summary>JSON values by name.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement> Properties { get; init; } = new Dictionary<string, System.Text.Json.JsonElement>();
    public int Priority { get; init; }
    public string? Reason { get; init; }
    public bool Enabled { get; init; } = true;

    /// <summary>The first failure in a buildset ends the rest of it.</summary>
    public bool FailFast { get; init; }
}

/// <summary>What a newer change of a branch does to what was started for older ones.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<CancelOlder>))]
public enum CancelOlder
{
    Nothing,

    /// <summary>Requests that wait are cancelled.</summary>
    Waiting,

    /// <summary>Builds that run are stopped too.</summary>
    Running,
}

/// <summary>A scheduler that changes set off.</summary>
public abstract record ChangeDrivenConfiguration : SchedulerConfiguration
{
    /// <summary>What becomes of older requests and builds of the same branch or pull request.</summary>
    public CancelOlder CancelOlder { get; init; }

    public ChangeFilterConfiguration Changes { get; init; } = new();

    /// <summary>Start when no further change came for so long; null: at once, each important change by itself.</summary>
    public TimeSpan? TreeStable { get; init; }

    /// <summary>Globs of files; a change that touches none of them rides along but starts nothing. Empty: all are important.</summary>
    public IReadOnlyList<string> Important { get; init; } = [];
}

/// <summary>Builds each change (or quiet group of changes) of a branch; codebases that share a branch's name are built together.</summary>
public sealed record SingleBranchConfiguration : ChangeDrivenConfiguration;

/// <summary>Builds each change (or quiet group of changes) of whatever branch of whatever codebase, each branch of each codebase by itself.</summary>
public sealed record AnyBranchConfiguration : ChangeDrivenConfiguration;

/// <summary>What to do about times that passed while no engine was there.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<CatchUp>))]
public enum CatchUp
{
    /// <summary>One build for all of them.</summary>
    Once,

    /// <summary>Nothing.</summary>
    Skip,

    /// <summary>One build for each, up to a limit.</summary>
    All,
}

/// <summary>A scheduler that the clock sets off.</summary>
public abstract record TimedConfiguration : SchedulerConfiguration
{
    public CatchUp CatchUp { get; init; }

    /// <summary>Only if an important change came since the last firing.</summary>
    public bool OnlyIfChanged { get; init; }

    /// <summary>Which changes count (with <see cref="OnlyIfChanged"/>); no branch: the codebases' default branches.</summary>
    public ChangeFilterConfiguration Changes { get; init; } = new();
    public IReadOnlyList<string> Important { get; init; } = [];
}

/// <summary>Builds every so often.</summary>
public sealed record PeriodicConfiguration : TimedConfiguration
{
    public required TimeSpan Every { get; init; }
}

/// <summary>Builds at the times of a cron text, as the clocks of a time zone show them.</summary>
public sealed record NightlyConfiguration : TimedConfiguration
{
    public required string Cron { get; init; }

    /// <summary>An IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";
}

/// <summary>A form by which people start builds.</summary>
public sealed record ForceConfiguration : SchedulerConfiguration
{
    public string? Label { get; init; }
    public IReadOnlyList<Schedulers.ForceParameter> Parameters { get; init; } = [];
}

/// <summary>What trigger steps of other builds set off, and nothing else.</summary>
public sealed record TriggerableConfiguration : SchedulerConfiguration;

/// <summary>Which changes a scheduler wants. All given conditions must hold; within a list one is enough.</summary>
public sealed record ChangeFilterConfiguration
{
    public IReadOnlyList<string> Codebases { get; init; } = [];

    /// <summary>Branch names or globs; empty: any.</summary>
    public IReadOnlyList<string> Branches { get; init; } = [];
    public IReadOnlyList<string> Projects { get; init; } = [];
    public IReadOnlyList<string> Authors { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Property → values or globs of them, one of which the change's property must have.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Properties { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Globs of files, the last that matches decides; <c>!</c> excludes. Empty: any. A change with no files matches.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>A worker, or with <c>*</c> in its name any worker of such a name.</summary>
public sealed record WorkerConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public int MaxBuilds { get; init; } = 1;
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement> Properties { get; init; } = new Dictionary<string, System.Text.Json.JsonElement>();
    public TimeSpan MissingAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>When it may be given builds; null: always.</summary>
    public AvailabilityConfiguration? Availability { get; init; }
}

/// <summary>Which waiting requests of a builder are built together.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<CollapseRule>))]
public enum CollapseRule
{
    Never,

    /// <summary>Those of one scheduler with the same properties and the same source, but for its revision.</summary>
    Compatible,

    /// <summary>Those with the same source, but for its revision.</summary>
    Always,
}

/// <summary>Which of the workers that could take a request gets it.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<PlacementRule>))]
public enum PlacementRule
{
    LeastLoaded,
    Fastest,
    LastUsed,
    Random,
}

/// <summary>A builder: how something is built, and where.</summary>
public sealed record BuilderConfiguration : IRenamable
{
    public required string Name { get; init; }
    public string? Was { get; init; }
    public string? Project { get; init; }
    public string? Description { get; init; }
    public WorkerSelector Workers { get; init; } = new();
    public IReadOnlyList<PropertyDeclaration> Properties { get; init; } = [];

    /// <summary>Values may hold expressions.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();
    public int Priority { get; init; }
    public CollapseRule Collapse { get; init; }
    public PlacementRule Placement { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public RetentionConfiguration Keep { get; init; } = new();

    /// <summary>Locks held for the whole build, or for a run of its steps.</summary>
    public IReadOnlyList<LockUse> Locks { get; init; } = [];
    public required IReadOnlyList<StepConfiguration> Steps { get; init; }
}

/// <summary>Which workers a builder may use: any that has one of the names (or patterns), or all of the tags. Both empty: any.</summary>
public sealed record WorkerSelector
{
    public IReadOnlyList<string> Names { get; init; } = [];
    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>How long a builder's past is kept.</summary>
public sealed record RetentionConfiguration
{
    public int? Builds { get; init; }
    public int? Days { get; init; }
    public TimeSpan Logs { get; init; } = TimeSpan.FromDays(90);
}

/// <summary>A declared property. Types: string, int, boolean, json.</summary>
public sealed record PropertyDeclaration
{
    public required string Name { get; init; }
    public string Type { get; init; } = "string";
    public System.Text.Json.JsonElement? Default { get; init; }
    public bool Required { get; init; }
    public string? Description { get; init; }
}

namespace Weir.Shared.Configuration;

/// <summary>One step of a builder. Texts may hold <c>${{ }}</c> expressions where the reference says so.</summary>
[System.Text.Json.Serialization.JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(GitStepConfiguration), "git")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(RunStepConfiguration), "run")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(SetStepConfiguration), "set")]
[System.Text.Json.Serialization.JsonDerivedType(typeof(TriggerStepConfiguration), "trigger")]
public abstract record StepConfiguration
{
    public required string Name { get; init; }

    /// <summary>The expression (without <c>${{ }}</c>) that must be true for the step to run; null: it runs while the build has not failed.</summary>
    public string? If { get; init; }
    public bool HaltOnFailure { get; init; } = true;
    public bool FlunkOnFailure { get; init; } = true;
    public bool WarnOnFailure { get; init; }
    public bool FlunkOnWarnings { get; init; }
    public bool WarnOnWarnings { get; init; }
    public bool AlwaysRun { get; init; }

    /// <summary>Kill after so long without output; null: never (written as such, or reading it back would give the default).</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.Never)]
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Kill after so long in all; null: never.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>The first signal when it is ended early; null: TERM.</summary>
    public string? InterruptSignal { get; init; }

    /// <summary>From that signal to KILL; null: 10 seconds.</summary>
    public TimeSpan? SigtermTime { get; init; }

    /// <summary>Locks held while it runs; among them those that stand for shared directories (<see cref="SharedDirectories"/>).</summary>
    public IReadOnlyList<LockUse> Locks { get; init; } = [];
}

/// <summary>Checks out a codebase at the revision of the build's source stamp.</summary>
public sealed record GitStepConfiguration : StepConfiguration
{
    public required string Codebase { get; init; }
    public string Repository { get; init; } = "";

    /// <summary>incremental (keeps untracked files), clean (removes them, but for ignored ones), fresh (removes all that is not tracked), clobber (clones anew) or copy (copies a clone).</summary>
    public string Mode { get; init; } = "incremental";
    public bool Submodules { get; init; }

    /// <summary>0: the whole history.</summary>
    public int Depth { get; init; }

    /// <summary>The directory below the build's, <c>.</c> for itself.</summary>
    public string Into { get; init; } = ".";

    /// <summary>Fetch all tags, not only those of the commits that are fetched.</summary>
    public bool Tags { get; init; }

    /// <summary>Bring large files (LFS), if the repository has some.</summary>
    public bool Lfs { get; init; } = true;

    /// <summary>How often it is tried again when the network fails.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Null: the repository is open to the worker as it is.</summary>
    public GitCredentials? Credentials { get; init; }
}

/// <summary>How a repository is reached that is not open to everybody: names of secrets, never values.</summary>
public sealed record GitCredentials
{
    /// <summary>The secret that is the private key for ssh.</summary>
    public string? SshKey { get; init; }

    /// <summary>Lines as in a <c>known_hosts</c> file.</summary>
    public IReadOnlyList<string> KnownHosts { get; init; } = [];

    /// <summary>The secret that is the token for https.</summary>
    public string? Token { get; init; }

    /// <summary>The user name that goes with the token.</summary>
    public string? User { get; init; }
}

/// <summary>Runs a command: a text for the shell, or a list without one.</summary>
public sealed record RunStepConfiguration : StepConfiguration
{
    public string? Shell { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();
    public string Workdir { get; init; } = ".";

    /// <summary>Exit code → result; codes not named: 0 is success, all others failure.</summary>
    public IReadOnlyDictionary<int, Builds.BuildResult> ExitCodes { get; init; } = new Dictionary<int, Builds.BuildResult>();

    /// <summary>How often it is run again when it fails.</summary>
    public int Retries { get; init; }

    /// <summary>The pause before each further attempt.</summary>
    public TimeSpan RetryDelay { get; init; }

    /// <summary>Files followed into logs of their own: log's name → path.</summary>
    public IReadOnlyDictionary<string, string> Logs { get; init; } = new Dictionary<string, string>();
    public WarningConfiguration? Warnings { get; init; }
}

/// <summary>Which lines of a command's output are warnings, and how many may be.</summary>
public sealed record WarningConfiguration
{
    public string Pattern { get; init; } = DefaultPattern;

    /// <summary>More than so many are a failure; null: any number.</summary>
    public int? Max { get; init; }

    /// <summary>A file of patterns of warnings that do not count.</summary>
    public string? Suppress { get; init; }

    /// <summary>The property that holds the number of warnings of a build's steps so far.</summary>
    public const string TotalProperty = "warnings-count";
    public const string DefaultPattern = "[Ww]arning[: ]";
}

/// <summary>Sets properties, from expressions or from what commands print.</summary>
public sealed record SetStepConfiguration : StepConfiguration
{
    public IReadOnlyList<PropertyAssignment> Assignments { get; init; } = [];
}

/// <summary>One property to set: <see cref="Value"/> (an expression text), or the output of <see cref="Shell"/> or <see cref="Arguments"/>.</summary>
public sealed record PropertyAssignment
{
    public required string Name { get; init; }
    public string? Value { get; init; }
    public string? Shell { get; init; }
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public bool FromCommand => Shell is not null || Arguments.Count > 0;
}

/// <summary>Starts the builds of a triggerable scheduler, and waits for them if it is told to. What that scheduler starts is part of the step, so that a build's plan says all.</summary>
public sealed record TriggerStepConfiguration : StepConfiguration
{
    public required string Scheduler { get; init; }

    /// <summary>The step lasts until they have ended, and takes the worst of their results.</summary>
    public bool Wait { get; init; }

    /// <summary>Properties of the builds; values are expression texts.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>By codebase: another branch or revision than that of the build.</summary>
    public IReadOnlyDictionary<string, TriggerStamp> SourceStamps { get; init; } = new Dictionary<string, TriggerStamp>();

    /// <summary>The scheduler's builders, with the priority that their requests have at least.</summary>
    public IReadOnlyList<TriggerTarget> Targets { get; init; } = [];

    /// <summary>The codebases that the builds carry; empty: all of the build's.</summary>
    public IReadOnlyList<CodebaseConfiguration> Codebases { get; init; } = [];

    /// <summary>The scheduler's own properties, JSON by name.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement> SchedulerProperties { get; init; } = new Dictionary<string, System.Text.Json.JsonElement>();

    /// <summary>The scheduler's reason.</summary>
    public string? Reason { get; init; }

    /// <summary>The first failure among them ends the rest.</summary>
    public bool FailFast { get; init; }

    /// <summary>Locks that the build holds over this step, and lets those it waits for use: they need no units of their own.</summary>
    public IReadOnlyList<string> Inherit { get; init; } = [];

    /// <summary>While it waits, the build gives its slot on its worker up, and then asks for one there again.</summary>
    public bool ReleasesSlot { get; init; }
}

/// <summary>A builder that a trigger starts.</summary>
public sealed record TriggerTarget(string Builder, int Priority);

/// <summary>What is built instead of the build's own branch and revision; expression texts.</summary>
public sealed record TriggerStamp(string? Branch, string? Revision);

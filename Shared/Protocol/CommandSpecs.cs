using System.Text.Json.Serialization;

namespace Weir.Shared.Protocol;

/// <summary>What a worker is to do. Kinds are told apart by <c>kind</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(RunSpec), "run")]
[JsonDerivedType(typeof(CheckoutSpec), "checkout")]
public abstract record CommandSpec
{
    /// <summary>The build's directory below the worker's work directory, made if absent: <c>lib-linux</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>Kill after so many milliseconds without output; null: never.</summary>
    public long? TimeoutMs { get; init; }

    /// <summary>Kill after so many milliseconds in all; null: never.</summary>
    public long? MaxTimeMs { get; init; }

    /// <summary>From the first signal to KILL.</summary>
    public long KillGraceMs { get; set; } = 10_000;

    /// <summary>The first signal when it is ended early, one of <see cref="Signals"/>; null: TERM.</summary>
    public string? InterruptSignal { get; init; }

    /// <summary>The signals that may be asked for.</summary>
    public static IReadOnlyList<string> Signals { get; } = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "KILL"];

    /// <summary>Added to the worker's environment; null removes a name.</summary>
    public IReadOnlyDictionary<string, string?> Env { get; set; } = new Dictionary<string, string?>();

    /// <summary>Directories of the worker that it shares with other builds. Their paths are told in variables (<see cref="Configuration.SharedDirectories.Variable"/>). Null: none. An older worker does not read this.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SharedUse>? Shared { get; init; }

    [JsonIgnore]
    public IReadOnlyList<SharedUse> Shares => Shared ?? [];

    /// <summary>Variables whose values hold secrets, in pieces. They are put together on the worker, from the values that came with the order.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TextPart>> SecretEnv { get; set; } = new Dictionary<string, IReadOnlyList<TextPart>>();
}

/// <summary>A shared directory, as a command uses it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Writes">It may change it, and nobody else uses it meanwhile.</param>
/// <param name="Build">The build, as people know it: <c>lib-linux #12</c>.</param>
public sealed record SharedUse(string Name, bool Writes, string Build)
{
    /// <summary>Under which name it lies on the worker; null: under its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Place { get; init; }

    [JsonIgnore]
    public string At => Place ?? Name;
}

/// <summary>A piece of a text that holds secrets: a text that is known, or the name of a secret.</summary>
public sealed record TextPart(string? Text, string? Secret);

/// <summary>Run a program. Its outputs are the lines <c>name=value</c> that it writes to the file named by <c>$WEIR_OUTPUT</c>.</summary>
public sealed record RunSpec : CommandSpec
{
    /// <summary>Program and arguments; for a shell text <c>/bin/sh -c TEXT</c> is already put in.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Below <see cref="CommandSpec.Directory"/>; made if absent.</summary>
    public string Workdir { get; set; } = ".";

    /// <summary>Keep standard output (at most 64 KiB) for <see cref="EndedFrame.Output"/>.</summary>
    public bool Capture { get; init; }

    /// <summary>Files that are followed into logs of their own while it runs.</summary>
    public IReadOnlyList<FollowedLog> Logs { get; set; } = [];

    /// <summary>Lines of its output that count as warnings.</summary>
    public WarningRule? Warnings { get; init; }

    /// <summary>Said at the beginning of its log: which attempt this is.</summary>
    public string? Heading { get; init; }

    /// <summary>Wait so many milliseconds before it is started.</summary>
    public long DelayMs { get; init; }
}

/// <summary>A file of a running command.</summary>
/// <param name="Name">The log's name.</param>
/// <param name="Path">The file, relative to the command's directory.</param>
public sealed record FollowedLog(string Name, string Path);

/// <summary>Which lines are warnings.</summary>
/// <param name="Pattern">A regular expression (no backtracking); a line in which it is found is a warning.</param>
/// <param name="Suppress">A file, relative to the command's directory, of regular expressions, one a line: a warning in which one is found does not count.</param>
public sealed record WarningRule(string Pattern, string? Suppress)
{
    /// <summary>The name of the log that holds the warnings.</summary>
    public const string Log = "warnings";
}

/// <summary>Bring a directory to a revision of a git repository. Says which revision it got as the output <c>revision</c>.</summary>
public sealed record CheckoutSpec : CommandSpec
{
    public required string Repository { get; init; }
    public string? Branch { get; init; }

    /// <summary>Null: the head of <see cref="Branch"/>.</summary>
    public string? Revision { get; init; }

    /// <summary>One of <see cref="Modes"/>.</summary>
    public string Mode { get; set; } = "incremental";
    public bool Submodules { get; init; }
    public int Depth { get; init; }
    public string Into { get; set; } = ".";

    /// <summary>Fetch all tags.</summary>
    public bool Tags { get; init; }

    /// <summary>Bring large files (LFS), if the repository has some; false: leave their pointers.</summary>
    public bool Lfs { get; set; } = true;

    /// <summary>How often what needs the network is tried again when the network fails.</summary>
    public int Retries { get; set; } = 2;
    public CheckoutCredentials? Credentials { get; init; }

    public static IReadOnlyList<string> Modes { get; } = ["incremental", "clean", "fresh", "clobber", "copy"];
}

/// <summary>How a repository is reached that is not open to everybody: names of secrets, never values.</summary>
public sealed record CheckoutCredentials
{
    /// <summary>The secret that is a private key for ssh.</summary>
    public string? SshKey { get; init; }

    /// <summary>Lines as in a <c>known_hosts</c> file; null: those of the worker's user. A host that is not among them is not trusted.</summary>
    public string? KnownHosts { get; init; }

    /// <summary>The secret that is a token (or password) for https.</summary>
    public string? Token { get; init; }

    /// <summary>The user name that goes with the token.</summary>
    public string User { get; set; } = DefaultUser;

    public const string DefaultUser = "x-access-token";
}

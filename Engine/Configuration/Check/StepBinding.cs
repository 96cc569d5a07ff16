using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes a builder's steps, each with a name of its own.</summary>
internal static class StepBinding
{
    public static IReadOnlyList<StepConfiguration> Bind(IReadOnlyList<YamlNode> nodes, Sections sections)
    {
        var steps = new List<StepConfiguration>();
        var taken = new HashSet<string>();
        foreach (var node in nodes)
        {
            if (Bind(node, sections) is not { } step)
                continue;
            steps.Add(step with
            {
                Name = Unique(step.Name, taken),
                If = node.Text("if") is { } condition ? Condition.Unwrap(condition).Text.Trim() : null,
                HaltOnFailure = node.Flag("haltOnFailure", true),
                FlunkOnFailure = node.Flag("flunkOnFailure", true),
                WarnOnFailure = node.Flag("warnOnFailure", false),
                FlunkOnWarnings = node.Flag("flunkOnWarnings", false),
                WarnOnWarnings = node.Flag("warnOnWarnings", false),
                AlwaysRun = node.Flag("alwaysRun", false),
                Timeout = node.Span("timeout", TimeSpan.FromMinutes(20)),
                MaxTime = node.Span("maxTime", null),
                InterruptSignal = node.Text("interruptSignal") is { } signal and not "TERM" ? signal : null,
                SigtermTime = node.Span("sigtermTime", null),
                Locks = [.. LockBinding.Uses(node["locks"], sections), .. LockBinding.Directories(node)],
            });
        }
        return steps;
    }

    private static StepConfiguration? Bind(YamlNode node, Sections sections)
    {
        var name = node.Text("name");
        switch (ConfigurationFormat.Steps.KindOf(node))
        {
            case "git":
                var git = node["git"]!;
                var codebase = git.Text("codebase") ?? "";
                return new GitStepConfiguration
                {
                    Name = name ?? "git",
                    Codebase = codebase,
                    Repository = sections.Find("codebases", codebase)?.Text("repository") ?? "",
                    Mode = git.Text("mode") ?? "incremental",
                    Submodules = git.Flag("submodules", false),
                    Depth = git.Number("depth", 0),
                    Into = git.Text("into") ?? ".",
                    Tags = git.Flag("tags", false),
                    Lfs = git.Flag("lfs", true),
                    Retries = git.Number("retries", 2),
                    Credentials = Credentials(sections.Find("codebases", codebase)),
                };
            case "run":
                var (shell, arguments) = Command(node);
                return new RunStepConfiguration
                {
                    Name = name ?? FirstWord(shell ?? (arguments.Count > 0 ? arguments[0] : "")),
                    Shell = shell,
                    Arguments = arguments,
                    Env = node.Variables("env"),
                    Workdir = node.Text("workdir") ?? ".",
                    ExitCodes = ExitCodes(node),
                    Retries = node.Number("retries", 0),
                    RetryDelay = node.Span("retryDelay", null) ?? TimeSpan.Zero,
                    Logs = node.Variables("logs"),
                    Warnings = node["warnings"] is { Kind: YamlKind.Map } warnings
                        ? new() { Pattern = warnings.Text("pattern") ?? WarningConfiguration.DefaultPattern, Max = warnings.Number("max"), Suppress = warnings.Text("suppress") }
                        : null,
                };
            case "set":
                return new SetStepConfiguration { Name = name ?? "set", Assignments = [.. node.Map("set").Select(Assignment)] };
            case "trigger":
                return TriggerBinding.Bind(node, name, sections);
            default:
                return null;
        }
    }

    /// <summary>Null: the repository is open to the workers as it is.</summary>
    public static GitCredentials? Credentials(YamlNode? codebase) => codebase?.Text("sshKey") is null && codebase?.Text("token") is null
        ? null
        : new() { SshKey = codebase.Text("sshKey"), KnownHosts = codebase.Texts("knownHosts"), Token = codebase.Text("token"), User = codebase.Text("tokenUser") };

    private static (string? Shell, IReadOnlyList<string> Arguments) Command(YamlNode map) =>
        map["run"] is { Kind: YamlKind.List } ? (null, map.Texts("run")) : (map.Text("run"), []);

    private static PropertyAssignment Assignment(YamlEntry entry)
    {
        var name = entry.Key.Text;
        if (entry.Value.Kind == YamlKind.Map)
        {
            var (shell, arguments) = Command(entry.Value);
            return new() { Name = name, Shell = shell, Arguments = arguments };
        }
        return new() { Name = name, Value = Value(entry.Value) };
    }

    /// <summary>The text of a value: an unquoted number, true or false keeps its type.</summary>
    public static string Value(YamlNode node) =>
        JsonScalar.Read(node)?.GetValueKind() is System.Text.Json.JsonValueKind.Number or System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False ? $"${{{{ {node.Text} }}}}" : node.Text;

    private static Dictionary<int, BuildResult> ExitCodes(YamlNode node)
    {
        var codes = new Dictionary<int, BuildResult>();
        foreach (var entry in node.Map("exitCodes"))
        {
            if (int.TryParse(entry.Key.Text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var code) && Enum.TryParse<BuildResult>(entry.Value.Text, ignoreCase: true, out var result))
                codes[code] = result;
        }
        return codes;
    }

    /// <summary>The program's name, as far as it can be told from the text.</summary>
    private static string FirstWord(string command)
    {
        var word = command.TrimStart().Split([' ', '\t', '\n', ';', '&', '|'], 2)[0];
        word = word[(word.LastIndexOf('/') + 1)..];
        return word.Length is > 0 and <= 30 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+') ? word : "run";
    }

    private static string Unique(string name, HashSet<string> taken)
    {
        var free = name;
        for (var number = 2; !taken.Add(free); number++)
            free = FormattableString.Invariant($"{name}-{number}");
        return free;
    }
}

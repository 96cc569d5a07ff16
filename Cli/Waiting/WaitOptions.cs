using System.CommandLine;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Waiting;

/// <summary>The options of a command that can wait: <c>--wait</c>, <c>--follow</c>, <c>--timeout</c>.</summary>
internal sealed class WaitOptions
{
    public Option<bool> Wait { get; } = new("--wait", "-w") { Description = "Wait until it has ended; the exit code is 0 only if it succeeded" };

    public Option<bool> Follow { get; } = new("--follow", "-f") { Description = "Wait, and print what the steps write meanwhile" };

    public Option<string?> Timeout { get; } = new("--timeout") { Description = "Wait no longer than this (30m, 2h); it goes on without us", HelpName = "SPAN" };

    public bool Asked(ParseResult given) => given.GetValue(Wait) || given.GetValue(Follow) || given.GetValue(Timeout) is not null;

    public Terms Of(ParseResult given) => new(given.GetValue(Follow), given.GetValue(Timeout) is not { } text ? null
        : Moments.Parse(text) ?? throw new CommandException(ExitCode.Usage, $"--timeout {text}: a span such as 90s, 30m or 2h is expected."));

    /// <summary>On which terms to wait.</summary>
    public sealed record Terms(bool Follow, TimeSpan? Timeout);
}

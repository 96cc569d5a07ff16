using Weir.Shared.Protocol;
using Weir.Worker.Commands.Following;
using Weir.Worker.Journal;

namespace Weir.Worker.Commands;

/// <summary>Runs a program in a directory below the work directory and says how it ended.</summary>
internal static class RunProcess
{
    public static EndedFrame Run(RunSpec spec, CommandSession session)
    {
        var directory = session.Work.Below(spec.Directory, spec.Workdir);
        foreach (var path in spec.Logs.Select(l => l.Path).Append(spec.Warnings?.Suppress).OfType<string>())
            session.Work.Below(spec.Directory, Path.Combine(spec.Workdir, path));
        WorkDirectory.Make(directory);
        if (Wait(spec, session) is { } stopped)
            return new() { Kind = stopped.Kind, Reason = stopped.Reason };
        File.WriteAllText(session.Work.Output(session.Id), "");
        var warnings = session.Log.Output.Warnings = spec.Warnings is { } rule ? WarningCounter.Begin(rule, directory, session.Log) : null;
        var capture = spec.Capture ? new Capture() : null;
        using var followed = spec.Logs.Count > 0 ? new FollowedFiles(spec.Logs, directory, session) : null;
        var header = $"$ {CommandLine.Of(spec.Arguments)}\nin {directory}";
        var end = session.Run(new(spec.Arguments, directory, session.EnvironmentWith()), header, capture, followed: followed);
        return new()
        {
            Kind = end.Kind,
            ExitCode = end.ExitCode,
            Signal = end.Signal,
            Reason = end.Reason,
            Outputs = OutputFile.Read(session.Work.Output(session.Id), session.Log),
            Output = capture?.Text,
            Warnings = warnings?.Count,
        };
    }

    // A further attempt says so, and may come after a pause that its time-outs do not count.
    private static (EndKind Kind, string Reason)? Wait(RunSpec spec, CommandSession session)
    {
        if (spec.Heading is { } heading)
            session.Log.Header(heading);
        if (spec.DelayMs <= 0)
            return null;
        var pause = TimeSpan.FromMilliseconds(Math.Min(spec.DelayMs, 24 * 3_600_000L));
        session.Log.Header($"Waiting {Durations.InWords(pause)} before it.");
        var stopped = session.Pause(pause);
        session.Deadlines.Begin();
        return stopped is { Kind: EndKind.Interrupted } ? stopped : null;
    }
}

using Weir.Shared.Protocol;
using Weir.Worker.Journal;

namespace Weir.Worker.Commands;

/// <summary>Runs a program in a directory below the work directory and says how it ended.</summary>
internal static class RunProcess
{
    public static EndedFrame Run(RunSpec spec, CommandSession session)
    {
        var directory = session.Work.Below(spec.Directory, spec.Workdir);
        WorkDirectory.Make(directory);
        File.WriteAllText(session.Work.Output(session.Id), "");
        var capture = spec.Capture ? new Capture() : null;
        var header = $"$ {CommandLine.Of(spec.Arguments)}\nin {directory}";
        var end = session.Run(new(spec.Arguments, directory, session.EnvironmentWith()), header, capture);
        return new()
        {
            Kind = end.Kind,
            ExitCode = end.ExitCode,
            Signal = end.Signal,
            Reason = end.Reason,
            Outputs = OutputFile.Read(session.Work.Output(session.Id), session.Log),
            Output = capture?.Text,
        };
    }
}

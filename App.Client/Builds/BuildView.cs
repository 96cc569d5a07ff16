using Weir.App.Client.Logs;
using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.App.Client.Builds;

/// <summary>What a build's page shows: the build, and the ends of the logs of the steps that are open at first sight (failed and running ones).</summary>
public sealed record BuildView(BuildDetail Detail, IReadOnlyDictionary<long, LogTail> Tails)
{
    private const int TailLines = 12;

    // A build of which thirty steps failed has one story; the first ones tell it.
    private const int MostTails = 4;

    public static async Task<BuildView?> Load(IBuildQueries builds, ILogQueries logs, long id, CancellationToken cancellation)
    {
        if (await builds.Detail(id, cancellation) is not { } detail)
            return null;
        var tails = new Dictionary<long, LogTail>();
        foreach (var step in detail.Steps.Where(IsOpen).Take(MostTails))
        {
            if (MainLog(step) is { } log)
                tails[step.Id] = new(log, await LogRow.Read(logs, log.Id, log.LineCount - TailLines, 2 * TailLines, cancellation));
        }
        return new(detail, tails);
    }

    /// <summary>Failed and running steps show the end of their log.</summary>
    public static bool IsOpen(StepRecord step) => ShownStates.Of(step) is Shown.Failure or Shown.Exception or Shown.Running;

    private static LogRecord? MainLog(StepRecord step) => step.Logs.FirstOrDefault(l => l.Name == "stdio") ?? (step.Logs.Count > 0 ? step.Logs[0] : null);
}

/// <summary>The last lines of a log.</summary>
public sealed record LogTail(LogRecord Log, IReadOnlyList<LogRow> Rows);

using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.Engine.Steps;

/// <summary>Rows of <c>steps</c> as <see cref="StepRecord"/> wants them.</summary>
internal static class StepRows
{
    /// <summary>Append a condition on <c>p</c>.</summary>
    public const string Select = """
        SELECT p.id, p.build_id, p.number, p.name, p.kind, p.state_text, p.started_at, p.completed_at, p.locks_acquired_at, p.results, p.hidden, p.statistics
        FROM steps p
        """;

    /// <summary>Gives each step its logs.</summary>
    public static IReadOnlyList<StepRecord> WithLogs(this IReadOnlyList<StepRecord> steps, IReadOnlyList<LogRecord> logs)
    {
        var byStep = logs.ToLookup(l => l.StepId);
        return [.. steps.Select(s => s with { Logs = [.. byStep[s.Id]] })];
    }
}

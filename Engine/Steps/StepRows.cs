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

    /// <summary>Rows of <see cref="TriggeredBuild"/> of all steps of the build <c>@id</c>, 200 at most.</summary>
    public const string SelectTriggered = """
        SELECT t.step_id, t.buildset_id, r.id AS request_id, of.name AS builder_name, newest.number, r.results
        FROM triggers t JOIN requests r ON r.buildset_id = t.buildset_id JOIN builders of ON of.id = r.builder_id
        LEFT JOIN LATERAL (SELECT b.number FROM builds b WHERE b.request_id = r.id ORDER BY b.id DESC LIMIT 1) newest ON true
        WHERE t.step_id = ANY(ARRAY(SELECT p.id FROM steps p WHERE p.build_id = @id AND p.kind = 'trigger')) ORDER BY r.id LIMIT 200
        """;

    /// <summary>Gives each step its logs, and what it has set off.</summary>
    public static IReadOnlyList<StepRecord> With(this IReadOnlyList<StepRecord> steps, IReadOnlyList<LogRecord> logs, IReadOnlyList<TriggeredBuild> triggered)
    {
        var (logsOf, triggeredBy) = (logs.ToLookup(l => l.StepId), triggered.ToLookup(t => t.StepId));
        return [.. steps.Select(s => s with { Logs = [.. logsOf[s.Id]], Triggered = [.. triggeredBy[s.Id]] })];
    }
}

namespace Weir.Engine.Logs;

/// <summary>Rows of <c>logs</c> as <see cref="Weir.Shared.Logs.LogRecord"/> wants them.</summary>
internal static class LogRows
{
    /// <summary>Append a condition on <c>l</c>.</summary>
    public const string Select = """
        SELECT l.id, l.build_id, l.step_id, l.name, l.slug, l.type::text AS type, l.line_count, l.byte_count, l.started_at, l.completed_at, l.expires_on
        FROM logs l
        """;
}

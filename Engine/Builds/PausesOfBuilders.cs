using Weir.Engine.Pauses;
using Weir.Shared.Builds;
using Weir.Shared.Pauses;

namespace Weir.Engine.Builds;

/// <summary>The pause that keeps a builder <c>of</c>: its own, its project's or that of everything.</summary>
internal static class PausesOfBuilders
{
    public const string Columns = "pause.kind AS pause_kind, pause.by_name AS paused_by, pause.reason AS pause_reason, pause.until AS paused_until";

    public const string Join = $"""
        LEFT JOIN LATERAL (
            SELECT p.kind, p.by_name, p.reason, p.until FROM pauses p
            WHERE {PauseRows.Holds} AND (p.kind = 'Everything' OR (p.kind = 'Builder' AND p.subject = of.name) OR (p.kind = 'Project' AND p.subject = of.project))
            ORDER BY p.until DESC NULLS FIRST, p.id LIMIT 1) AS pause ON true
        """;

    public static BuilderPause? Note(PauseKind? kind, string? by, string? reason, DateTimeOffset? until) => kind is { } known ? new(known, by ?? "", reason, until) : null;
}

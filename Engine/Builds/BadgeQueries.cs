using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads what badges show. They are asked for by strangers' pages, so the cost must not depend on how long the history is.</summary>
public sealed class BadgeQueries(Database database) : IBadgeQueries
{
    private sealed record Row(bool Any, short? Results, bool Running);

    public async Task<BadgeState?> Find(string builder, string? branch, CancellationToken cancellation)
    {
        const string sql = """
            SELECT true AS any,
                (SELECT n.results FROM newest n WHERE n.completed_at IS NOT NULL AND (@branch::text IS NULL OR n.branch = @branch) ORDER BY n.number DESC LIMIT 1) AS results,
                coalesce((SELECT n.completed_at IS NULL FROM newest n WHERE @branch::text IS NULL OR n.branch = @branch ORDER BY n.number DESC LIMIT 1), false) AS running
            FROM builders b
            """;
        var row = await database.QuerySingle<Row>($"""
            WITH newest AS MATERIALIZED (
                SELECT number, results, completed_at, branch FROM builds
                WHERE builder_id = (SELECT id FROM builders WHERE name = @builder) ORDER BY number DESC LIMIT {(branch is null ? 200 : IBadgeQueries.Reach)})
            {sql} WHERE b.name = @builder
            """, new { builder, branch }, cancellation);
        return row is null ? null : new((BuildResult?)row.Results, row.Running);
    }
}

/// <summary>Registers the reading of badges.</summary>
public static class BadgeQueriesRegistration
{
    public static IServiceCollection AddBadgeQueries(this IServiceCollection services) => services.AddSingleton<IBadgeQueries, BadgeQueries>();
}

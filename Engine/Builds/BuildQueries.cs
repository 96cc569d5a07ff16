using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads builds from the store alone, so that any master can answer.</summary>
public sealed class BuildQueries(Database database) : IBuildQueries
{
    private const int MostOnAPage = 1000;

    public Task<BuildSummary?> Find(long id, CancellationToken cancellation) =>
        database.QuerySingle<BuildSummary>($"{BuildRows.Select} WHERE b.id = @id", new { id }, cancellation);

    public Task<BuildSummary?> Find(string builder, int number, CancellationToken cancellation) =>
        database.QuerySingle<BuildSummary>($"{BuildRows.Select} WHERE of.name = @builder AND b.number = @number", new { builder, number }, cancellation);

    public Task<BuildDetail?> Detail(long id, CancellationToken cancellation) => database.Snapshot(snapshot => BuildDetailRows.Read(snapshot, id), cancellation);

    public async Task<Page<BuildSummary>> List(BuildFilter filter, CancellationToken cancellation)
    {
        var limit = Math.Clamp(filter.Limit, 1, MostOnAPage);
        // The page's ids first, from the index that fits the filter; the rest is looked up for these only.
        var rows = await database.Query<BuildSummary>($"""
            {BuildRows.Select}
            WHERE b.id = ANY(ARRAY(SELECT l.id FROM builds l WHERE {Conditions(filter)} ORDER BY {Order(filter)} LIMIT @more))
            ORDER BY b.id DESC
            """, new { filter.BuilderId, filter.WorkerId, filter.BuildsetId, filter.RequestId, results = (short?)filter.Results, filter.Before, more = limit + 1 }, cancellation);
        return rows.Count > limit ? new([.. rows.Take(limit)], rows[limit - 1].Id) : new(rows);
    }

    // Written out for the conditions that are given, so that each combination has a plan of its own.
    private static string Conditions(BuildFilter filter)
    {
        var conditions = new List<string>();
        if (filter.BuilderId is not null)
            conditions.Add("l.builder_id = @BuilderId");
        if (filter.WorkerId is not null)
            conditions.Add("l.worker_id = @WorkerId");
        if (filter.BuildsetId is not null)
            conditions.Add("l.buildset_id = @BuildsetId");
        if (filter.RequestId is not null)
            conditions.Add("l.request_id = @RequestId");
        if (filter.Complete is { } complete)
            conditions.Add(complete ? "l.completed_at IS NOT NULL" : "l.completed_at IS NULL");
        if (filter.Results is not null)
            conditions.Add("l.results = @results");
        if (filter.Before is not null)
            conditions.Add("l.id < @Before");
        // Within a builder numbers rise with ids, and there is an index on them.
        if (filter is { BuilderId: not null, Before: not null })
            conditions.Add("l.number < coalesce((SELECT k.number FROM builds k WHERE k.id = @Before AND k.builder_id = @BuilderId), 2147483647)");
        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }

    private static string Order(BuildFilter filter) => filter.BuilderId is null ? "l.id DESC" : "l.number DESC";
}

/// <summary>Registers the reading of builds.</summary>
public static class BuildQueriesRegistration
{
    public static IServiceCollection AddBuildQueries(this IServiceCollection services) => services.AddSingleton<IBuildQueries, BuildQueries>();
}

using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Changes;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Reads the queue, requests and buildsets.</summary>
public sealed class QueueQueries(Database database, QueueForecast forecast) : IQueueQueries
{
    private const int MostOnAPage = 1000;

    public async Task<IReadOnlyList<RequestSummary>> Waiting(int limit, CancellationToken cancellation)
    {
        var rows = await database.Query<RequestRow>($"""
            {RequestRows.Select}
            WHERE r.id = ANY(ARRAY(SELECT o.request_id FROM open_requests o ORDER BY {RequestRows.Order} LIMIT @limit))
            ORDER BY {RequestRows.Order}
            """, new { limit = Math.Clamp(limit, 1, 10 * MostOnAPage) }, cancellation);
        return await forecast.Tell([.. rows.Select(r => r.ToSummary())], cancellation);
    }

    public async Task<QueuePart> Part(QueueWish wish, CancellationToken cancellation)
    {
        var part = await database.Snapshot(snapshot => QueuePartRows.Read(snapshot, wish), cancellation);
        return part with { Requests = await forecast.Tell(part.Requests, cancellation) };
    }

    public async Task<RequestSummary?> Request(long id, CancellationToken cancellation) => await ReadRequest(id, cancellation) is { } request ? (await forecast.Tell([request], cancellation))[0] : null;

    private Task<RequestSummary?> ReadRequest(long id, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch($"{RequestRows.Select} WHERE r.id = @id; {BuildRows.Select} WHERE b.request_id = @id ORDER BY b.id;", new { id }, async results =>
        {
            var request = await results.First<RequestRow>();
            return request?.ToSummary(await results.List<BuildSummary>());
        }), cancellation);

    public async Task<Page<RequestSummary>> Requests(long? builderId, bool? complete, long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, MostOnAPage);
        var wanted = $"SELECT l.id FROM requests l WHERE {Conditions(builderId, complete, before)} ORDER BY l.id DESC LIMIT @more";
        var rows = await database.Query<RequestRow>($"{RequestRows.Select} WHERE r.id = ANY(ARRAY({wanted})) ORDER BY r.id DESC", new { builderId, before, more = limit + 1 }, cancellation);
        return rows.Count > limit ? new([.. rows.Take(limit).Select(r => r.ToSummary())], rows[limit - 1].Id) : new([.. rows.Select(r => r.ToSummary())]);
    }

    public Task<Page<BuildsetSummary>> Buildsets(bool? complete, long? before, int limit, CancellationToken cancellation) =>
        Buildsets(new BuildsetFilter { Complete = complete, Before = before, Limit = limit }, cancellation);

    public Task<Page<BuildsetSummary>> Buildsets(BuildsetFilter filter, CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var limit = Math.Clamp(filter.Limit, 1, MostOnAPage);
        var conditions = Conditions(null, filter.Complete, filter.Before) + (filter.Scheduler is null ? "" : " AND l.scheduler = @Scheduler");
        var rows = await snapshot.Query<BuildsetRows.Place>(BuildsetRows.Places(conditions), new { before = filter.Before, filter.Scheduler, more = limit + 1 });
        // A page ends early when its buildsets have very many requests.
        long[] ids = [.. rows.Take(limit).TakeWhile(r => r.RequestsBefore < BuildsetRows.MostRequests).Select(r => r.Id)];
        return new Page<BuildsetSummary>(await BuildsetRows.Read(snapshot, ids), ids.Length < rows.Count ? ids[^1] : null);
    }, cancellation);

    public async Task<BuildsetDetail?> Buildset(long id, CancellationToken cancellation) => await ReadBuildset(id, cancellation) is { } detail
        ? detail with { Buildset = detail.Buildset with { Requests = await forecast.Tell(detail.Buildset.Requests, cancellation) } }
        : null;

    private Task<BuildsetDetail?> ReadBuildset(long id, CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        if (await BuildsetRows.Read(snapshot, [id]) is not [var buildset])
            return null;
        return await snapshot.Batch($"""
            {ChangeRows.Select} WHERE c.id = ANY(ARRAY(SELECT k.change_id FROM buildset_changes k WHERE k.buildset_id = @id ORDER BY k.change_id DESC LIMIT @MostOnAPage)) ORDER BY c.id;

            SELECT p->>'Name' AS name, p->>'Value' AS value, p->>'Source' AS source
            FROM buildsets s
            CROSS JOIN jsonb_array_elements(s.properties) WITH ORDINALITY AS given (p, place)
            WHERE s.id = @id
            ORDER BY given.place;
            """, new { id, MostOnAPage }, async results =>
        {
            var changes = await results.List<ChangeRow>();
            return new BuildsetDetail(buildset, [.. changes.Select(c => c.ToRecord())], await results.List<PropertyRecord>());
        });
    }, cancellation);

    public Task<SourceStampRecord?> SourceStamp(long id, CancellationToken cancellation) =>
        database.QuerySingle<SourceStampRecord>($"{ChangeRows.SelectStamps} WHERE t.id = @id", new { id }, cancellation);

    // On "l"; written out for what is given, so that each combination has a plan of its own.
    private static string Conditions(long? builderId, bool? complete, long? before)
    {
        var conditions = new List<string>();
        if (builderId is not null)
            conditions.Add("l.builder_id = @builderId");
        if (complete is { } c)
            conditions.Add(c ? "l.completed_at IS NOT NULL" : "l.completed_at IS NULL");
        if (before is not null)
            conditions.Add("l.id < @before");
        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }
}

/// <summary>Registers the reading of the queue.</summary>
public static class QueueQueriesRegistration
{
    public static IServiceCollection AddQueueQueries(this IServiceCollection services) => services.AddQueueForecast().AddSingleton<IQueueQueries, QueueQueries>();
}

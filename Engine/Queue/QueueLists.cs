using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Listing;
using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Lists requests, buildsets and source stamps for scripts, by any of their fields, in bounded work.</summary>
internal sealed class QueueLists(Database database, QueueForecast forecast, TimeProvider time) : IQueueLists
{
    public async Task<ListAnswer<ListedRequest>> Requests(ListQuery query, IReadOnlyCollection<string> properties, CancellationToken cancellation)
    {
        switch (await database.List(QueueTables.Requests, query, time, cancellation))
        {
            case ListAnswer<RequestRow>.Rows rows:
                var sets = properties.Count == 0 ? [] : rows.Items.Select(r => r.BuildsetId).Distinct().ToArray();
                var all = properties.Contains("*");
                var given = sets.Length == 0 ? Enumerable.Empty<PropertyRow>().ToLookup(p => p.BuildsetId) : (await PropertiesOf(sets, cancellation)).Where(p => all || properties.Contains(p.Name)).ToLookup(p => p.BuildsetId);
                var requests = await forecast.Tell([.. rows.Items.Select(r => r.ToSummary())], cancellation);
                return new ListAnswer<ListedRequest>.Rows([.. requests.Select(r => new ListedRequest(r, [.. given[r.BuildsetId].Select(p => p.ToRecord())]))], rows.Next, rows.Total);
            case ListAnswer<RequestRow>.Refused refused:
                return new ListAnswer<ListedRequest>.Refused(refused.Problems);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public async Task<ListAnswer<ListedBuildset>> Buildsets(ListQuery query, CancellationToken cancellation)
    {
        var answer = await database.List(QueueTables.Buildsets, query, time, cancellation);
        if (answer is not ListAnswer<ListedBuildset>.Rows { Items.Count: > 0 } rows)
            return answer;
        var stamps = await database.Query<StampRow>("""
            SELECT k.buildset_id, t.id, t.codebase, t.project, t.repository, t.branch, t.revision, t.created_at
            FROM buildset_sourcestamps k JOIN sourcestamps t ON t.id = k.sourcestamp_id
            WHERE k.buildset_id = ANY(@ids) ORDER BY k.sourcestamp_id
            """, new { ids = rows.Items.Select(s => s.Id).ToArray() }, cancellation);
        var bySet = stamps.ToLookup(t => t.BuildsetId);
        return rows with { Items = [.. rows.Items.Select(s => s with { SourceStamps = [.. bySet[s.Id].Select(t => t.ToRecord())] })] };
    }

    public Task<ListAnswer<SourceStampRecord>> SourceStamps(ListQuery query, CancellationToken cancellation) => database.List(QueueTables.SourceStamps, query, time, cancellation);

    public async Task<IReadOnlyList<PropertyRecord>?> Properties(long buildset, CancellationToken cancellation)
    {
        var rows = await PropertiesOf([buildset], cancellation);
        return rows.Count == 0 ? null : [.. rows.Where(p => p.Name.Length > 0).Select(p => p.ToRecord())];
    }

    // A buildset without properties is there too: one row without a name.
    private Task<IReadOnlyList<PropertyRow>> PropertiesOf(long[] buildsets, CancellationToken cancellation) => database.Query<PropertyRow>("""
        SELECT s.id AS buildset_id, coalesce(given.p->>'Name', '') AS name, coalesce(given.p->>'Value', '') AS value, coalesce(given.p->>'Source', '') AS source
        FROM buildsets s LEFT JOIN LATERAL jsonb_array_elements(s.properties) WITH ORDINALITY AS given (p, place) ON true
        WHERE s.id = ANY(@buildsets)
        ORDER BY s.id, given.place
        """, new { buildsets }, cancellation);

    private sealed record PropertyRow
    {
        public long BuildsetId { get; init; }
        public string Name { get; init; } = "";
        public string Value { get; init; } = "";
        public string Source { get; init; } = "";

        public PropertyRecord ToRecord() => new(Name, Value, Source);
    }

    private sealed record StampRow
    {
        public long BuildsetId { get; init; }
        public long Id { get; init; }
        public string Codebase { get; init; } = "";
        public string? Project { get; init; }
        public string? Repository { get; init; }
        public string? Branch { get; init; }
        public string? Revision { get; init; }
        public DateTimeOffset CreatedAt { get; init; }

        public SourceStampRecord ToRecord() => new() { Id = Id, Codebase = Codebase, Project = Project, Repository = Repository, Branch = Branch, Revision = Revision, CreatedAt = CreatedAt };
    }
}

/// <summary>Registers the lists of requests, buildsets and source stamps.</summary>
public static class QueueListsRegistration
{
    public static IServiceCollection AddQueueLists(this IServiceCollection services) => services.AddQueueForecast().AddSingleton<IQueueLists, QueueLists>();
}

using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Changes;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads the waterfall from the store alone.</summary>
public sealed class WaterfallQueries(Database database) : IWaterfallQueries
{
    private const int ShownWaiting = 3;

    // The first few of each builder's queue; how many there are, the head says.
    private const string Waiting = $$"""
        {{RequestRows.Select}}
        WHERE r.id = ANY(ARRAY(
            SELECT q.request_id
            FROM (SELECT o.request_id, row_number() OVER (PARTITION BY o.builder_id ORDER BY {{RequestRows.Order}}) AS place FROM open_requests o WHERE o.builder_id = ANY(@builders)) AS q
            WHERE q.place <= @ShownWaiting))
        ORDER BY {{RequestRows.Order}}
        """;

    public Task<WaterfallHead> Head(WaterfallFilter filter, CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var builders = await BuilderRows.Read(snapshot, WaterfallParts.Condition(filter), WaterfallParts.Choice(filter), withStrip: false);
        var (now, waiting, projects, tags, all) = await snapshot.Batch($"""
            SELECT weir_now();
            {Waiting};
            SELECT DISTINCT project FROM builders WHERE {BuilderRows.InUse} AND project IS NOT NULL ORDER BY project;
            SELECT DISTINCT unnest(tags) AS tag FROM builders WHERE {BuilderRows.InUse} ORDER BY tag;
            SELECT count(*)::integer FROM builders WHERE {BuilderRows.InUse};
            """, new { builders = builders.Select(b => b.Id).ToArray(), ShownWaiting }, async results =>
            (await results.First<DateTimeOffset>(), await results.List<RequestRow>(), await results.List<string>(), await results.List<string>(), await results.First<int>()));
        return new WaterfallHead { Now = now, Builders = Join(builders, waiting), Projects = projects, Tags = tags, All = all };
    }, cancellation);

    public Task<IReadOnlyList<BuilderPlace>> Places(WaterfallFilter filter, CancellationToken cancellation) => database.Snapshot(
        async snapshot => (IReadOnlyList<BuilderPlace>)[.. (await snapshot.Query<PlaceRow>($"SELECT id, name, project FROM builders WHERE {WaterfallParts.Condition(filter)} ORDER BY position, name", WaterfallParts.Choice(filter)))
            .Select(r => new BuilderPlace(r.Id, r.Name, r.Project))], cancellation);

    public Task<WaterfallStretch> Stretch(StretchWish wish, CancellationToken cancellation) => database.Snapshot(snapshot => StretchRows.Read(snapshot, wish, StretchRows.MostFacts), cancellation);

    public Task<WaterfallUpdate> Update(IReadOnlyCollection<long> builds, IReadOnlyCollection<long> builders, IReadOnlyCollection<long> changes, CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        const string condition = BuilderRows.InUse + " AND id IN (SELECT unnest(@Ids) UNION SELECT p.builder_id FROM builds p WHERE p.id = ANY(@Builds))";
        var heads = await BuilderRows.Read(snapshot, condition, new() { Ids = [.. builders], Builds = [.. builds], Usual = false }, withStrip: false);
        var blocks = await StretchRows.Blocks(snapshot, [.. builds], [.. builds]);
        var (waiting, marks) = await snapshot.Batch($"{Waiting}; {ChangeRows.Select} WHERE c.id = ANY(@changes) ORDER BY c.id;", new { builders = heads.Select(b => b.Id).ToArray(), ShownWaiting, changes = changes.ToArray() }, async results =>
            (await results.List<RequestRow>(), await results.List<ChangeRow>()));
        return new WaterfallUpdate(blocks, Join(heads, waiting), [.. marks.Select(m => m.ToRecord())]);
    }, cancellation);

    public Task<WaterfallView> Table(WaterfallFilter filter, CancellationToken cancellation) =>
        database.Snapshot(snapshot => WaterfallRows.Read(snapshot, filter, WaterfallRows.MostBlocks), cancellation);

    private static IReadOnlyList<WaterfallBuilder> Join(IReadOnlyList<BuilderSummary> builders, IReadOnlyList<RequestRow> waiting)
    {
        var queues = waiting.ToLookup(w => w.BuilderId, w => w.ToSummary());
        return [.. builders.Select(b => new WaterfallBuilder(b, [.. queues[b.Id]]))];
    }

    private sealed record PlaceRow
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string? Project { get; init; }
    }
}

/// <summary>Registers the reading of the waterfall.</summary>
public static class WaterfallQueriesRegistration
{
    public static IServiceCollection AddWaterfallQueries(this IServiceCollection services) => services.AddSingleton<IWaterfallQueries, WaterfallQueries>();
}

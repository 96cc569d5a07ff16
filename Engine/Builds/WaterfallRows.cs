using Weir.Engine.Changes;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads a span of the waterfall as a table: four round trips, whatever the number of builders and builds.</summary>
internal static class WaterfallRows
{
    /// <summary>More builds than this are not shown at once; the span is shortened instead.</summary>
    public const int MostBlocks = 2000;
    private const int MostWaiting = 2000;

    private const string Rest = $$"""
        {{BuildRows.Select}}
        WHERE b.id = ANY(ARRAY(SELECT f.id FROM ({0}) AS f))
        ORDER BY b.completed_at DESC NULLS FIRST, b.id DESC;

        {{RequestRows.Select}}
        WHERE r.id = ANY(ARRAY(SELECT o.request_id FROM open_requests o WHERE o.builder_id = ANY(@builders) ORDER BY {{RequestRows.Order}} LIMIT @MostWaiting))
            AND (@branch::text IS NULL OR stamp.branch = @branch)
        ORDER BY {{RequestRows.Order}};

        {{WaterfallParts.Changes}};
        """;

    public static async Task<WaterfallView> Read(StoreSnapshot snapshot, WaterfallFilter filter, int most)
    {
        var now = await snapshot.QuerySingle<DateTimeOffset>("SELECT weir_now()", null);
        var to = filter.To ?? now;
        var from = to - filter.Span;
        var builders = await BuilderRows.Read(snapshot, WaterfallParts.Condition(filter), WaterfallParts.Choice(filter), withStrip: false);
        var parameters = new { builders = builders.Select(b => b.Id).ToArray(), from, to, branch = filter.Branch, project = filter.Project, most, MostWaiting, WaterfallParts.MostChanges };
        var (builds, waiting, changes) = await snapshot.Batch(Rest.Replace("{0}", WaterfallParts.Overlapping(isLive: to >= now), StringComparison.Ordinal), parameters, async results =>
            (await results.List<BuildSummary>(), await results.List<RequestRow>(), await results.List<ChangeRow>()));
        if (builds.Count > most)
        {
            // What ended before this moment is not complete: the view says that it begins here.
            from = builds[most].CompletedAt ?? from;
            builds = [.. builds.Take(most)];
        }
        var bands = (await snapshot.Query<BandRow>(WaterfallParts.Bands, new { ids = builds.Select(b => b.Id).ToArray() })).ToLookup(b => b.BuildId, b => b.ToBand());
        var blocks = builds.OrderByDescending(b => b.Number).ToLookup(b => b.BuilderId, b => new WaterfallBlock(b, [.. bands[b.Id]]));
        var queues = waiting.ToLookup(w => w.BuilderId, w => w.ToSummary());
        return new()
        {
            From = from,
            To = to,
            Now = now,
            Columns = [.. builders.Select(b => new WaterfallColumn(b, [.. queues[b.Id]], [.. blocks[b.Id]]))],
            Changes = [.. changes.Where(c => c.ReceivedAt >= from).Select(c => c.ToRecord())],
        };
    }
}

using Weir.Shared.Builds;
using Weir.Shared.Queue;

namespace Weir.Client.Tests;

public sealed partial class SampleStore
{
    Task<WaterfallHead> IWaterfallQueries.Head(WaterfallFilter filter, CancellationToken cancellation) => Answer(() => new WaterfallHead
    {
        Now = Now,
        Builders = [.. Chosen(filter).Select(Headed)],
        Projects = [.. Builders.Select(b => b.Project).OfType<string>().Distinct()],
        Tags = [.. Builders.SelectMany(b => b.Tags).Distinct()],
        All = Builders.Count,
    });

    Task<IReadOnlyList<BuilderPlace>> IWaterfallQueries.Places(WaterfallFilter filter, CancellationToken cancellation) =>
        Answer<IReadOnlyList<BuilderPlace>>(() => [.. Chosen(filter).Select(b => new BuilderPlace(b.Id, b.Name, b.Project))]);

    Task<WaterfallStretch> IWaterfallQueries.Stretch(StretchWish wish, CancellationToken cancellation) => Answer(() =>
    {
        var to = wish.To ?? Now;
        var from = to - wish.Length;
        var shown = Builds.Where(b => wish.Builders.Contains(b.BuilderId) && b.StartedAt < to && (b.CompletedAt ?? Now) > from).OrderBy(b => b.StartedAt).ThenBy(b => b.Id).ToList();
        return new WaterfallStretch
        {
            From = from,
            To = to,
            Now = Now,
            IsLive = wish.To is null,
            HasOlder = Builds.Any(b => b.CompletedAt <= from),
            Facts = [.. shown.Select(b => new BuildFact(b.Id, b.BuilderId, b.StartedAt, b.CompletedAt, b.Results))],
            Blocks = [.. shown.Where(b => wish.Drawn.Contains(b.BuilderId)).OrderByDescending(b => b.StartedAt).Select(Block)],
            Counts = [],
            Changes = [.. Changes.Where(c => c.ReceivedAt >= from && c.ReceivedAt <= to).OrderByDescending(c => c.ReceivedAt)],
        };
    });

    Task<WaterfallUpdate> IWaterfallQueries.Update(IReadOnlyCollection<long> builds, IReadOnlyCollection<long> builders, IReadOnlyCollection<long> changes, CancellationToken cancellation) => Answer(() =>
    {
        var blocks = Builds.Where(b => builds.Contains(b.Id)).ToList();
        return new WaterfallUpdate(
            [.. blocks.Select(Block)],
            [.. Builders.Where(b => builders.Contains(b.Id) || blocks.Exists(x => x.BuilderId == b.Id)).Select(Headed)],
            [.. Changes.Where(c => changes.Contains(c.Id))]);
    });

    Task<WaterfallView> IWaterfallQueries.Table(WaterfallFilter filter, CancellationToken cancellation) => Answer(() =>
    {
        var to = filter.To ?? Now;
        var from = to - filter.Span;
        return new WaterfallView
        {
            From = from,
            To = to,
            Now = Now,
            Columns = [.. Chosen(filter).Select(b => new WaterfallColumn(Whole(b), Queue(b),
                [.. Builds.Where(x => x.BuilderId == b.Id && x.StartedAt < to && (x.CompletedAt ?? Now) > from).OrderByDescending(x => x.StartedAt).Select(Block)]))],
            Changes = [],
        };
    });

    private IEnumerable<BuilderSummary> Chosen(WaterfallFilter filter) => Builders.Where(b => (filter.Builders.Count == 0 || filter.Builders.Contains(b.Name))
        && (filter.Project is null || b.Project == filter.Project) && (filter.Tag is null || b.Tags.Contains(filter.Tag)) && (filter.Ids is null || filter.Ids.Contains(b.Id)));

    private WaterfallBuilder Headed(BuilderSummary builder) => new(Whole(builder), [.. Queue(builder).Take(3)]);

    private IReadOnlyList<RequestSummary> Queue(BuilderSummary builder) => [.. Requests.Where(r => r.BuilderId == builder.Id && r.ClaimedAt is null && r.CompletedAt is null)];

    private WaterfallBlock Block(BuildSummary build) =>
        new(build, [.. StepsOf(build.Id).Where(s => s.StartedAt is not null).Select(s => new StepBand(s.Number, s.Name, s.StartedAt!.Value, s.CompletedAt, s.Results))]);
}

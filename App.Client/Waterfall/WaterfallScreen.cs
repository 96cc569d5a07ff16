using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>What the first paint of the waterfall shows: heads, columns, and as many chunks as fill a screen.</summary>
public sealed class WaterfallScreen
{
    /// <summary>Tiles that are drawn before anybody scrolls.</summary>
    private const int FirstTiles = 2;
    private const int MostChunks = 3;

    // A night in which nothing ran is a few pixels high: what came before it belongs on the first screen.
    private const double EnoughPixels = 700;

    public required WaterfallOptions Options { get; init; }
    public required WaterfallHead Head { get; init; }
    public required IReadOnlyList<WaterfallBuilder> Builders { get; init; }
    public required WaterfallColumns Columns { get; init; }
    public required double Zoom { get; init; }
    public required IReadOnlyList<ChunkPlan> Chunks { get; init; }
    public required IReadOnlyList<int> Tiles { get; init; }

    public static async Task<WaterfallScreen> Load(IWaterfallQueries queries, WaterfallOptions options, CancellationToken cancellation)
    {
        var head = await queries.Head(options.Filter, cancellation);
        var builders = head.Builders.Where(b => StateFilter.Matches(options.ShownResult, b.Builder)).ToList();
        var columns = new WaterfallColumns([.. builders.Select(b => new BuilderPlace(b.Builder.Id, b.Builder.Name, b.Builder.Project))], options.Fold);
        var zoom = options.Zoom ?? Scales.Fitting(builders.Where(b => b.Builder.Last is not null).Select(b => b.Builder.Last!.CompletedAt!.Value - b.Builder.Last.StartedAt));
        int[] tiles = [.. Enumerable.Range(0, Math.Min(FirstTiles, columns.Tiles))];
        var chunks = new List<ChunkPlan>();
        var to = options.To;
        while (columns.All.Count > 0 && chunks.Count < MostChunks && chunks.Sum(c => c.Axis.Height) < EnoughPixels)
        {
            chunks.Add(await Chunk(queries, columns, options, zoom, to, tiles, cancellation));
            if (!chunks[^1].Stretch.HasOlder)
                break;
            to = chunks[^1].Stretch.From;
        }
        return new() { Options = options, Head = head, Builders = builders, Columns = columns, Zoom = zoom, Chunks = chunks, Tiles = tiles };
    }

    /// <summary>The chunk that ends at a moment (null: now), with the builds of these tiles.</summary>
    public static async Task<ChunkPlan> Chunk(IWaterfallQueries queries, WaterfallColumns columns, WaterfallOptions options, double zoom, DateTimeOffset? to, IReadOnlyCollection<int> tiles, CancellationToken cancellation)
    {
        var members = columns.All.SelectMany(c => c.Members.Select(m => (m.Id, c.Index))).ToList();
        var stretch = await queries.Stretch(new()
        {
            Builders = [.. members.Select(m => m.Id)],
            Columns = [.. members.Select(m => m.Index)],
            Drawn = [.. tiles.SelectMany(columns.Tile).Where(c => c.Builder is not null).Select(c => c.Builder!.Id)],
            Branch = options.Branch,
            Project = options.Project,
            To = to,
            Length = Scales.ChunkLength(zoom),
            // Steps are seen from twenty pixels on.
            StepsFrom = TimeSpan.FromMinutes(20 / zoom),
            Slot = Scales.IsCounted(zoom) ? TimeSpan.FromMinutes(SlotCells.Height / zoom) : null,
        }, cancellation);
        return new(stretch, columns, zoom, options.Open);
    }
}

using Weir.Engine.Changes;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Reads a stretch of the waterfall's time: three round trips, whatever the number of builders and builds.</summary>
internal static class StretchRows
{
    /// <summary>A stretch with more builds than this begins later.</summary>
    public const int MostFacts = 20_000;

    /// <summary>More builds than this are not drawn in one piece; the oldest are left out, and the next stretch has them.</summary>
    public const int MostBlocks = 3000;

    // The end of the last build before the stretch, builder by builder. The branch is left out of it: at worst a stretch is asked for that is empty.
    private const string Before = """
        SELECT l.completed_at
        FROM unnest(@builders) AS x (id)
        CROSS JOIN LATERAL (SELECT p.completed_at FROM builds p WHERE p.builder_id = x.id AND p.completed_at <= @from ORDER BY p.completed_at DESC LIMIT 1) AS l
        ORDER BY l.completed_at DESC
        LIMIT 1
        """;

    private const string Facts = $$"""
        {0};
        {{WaterfallParts.Changes}};
        {{Before}};
        """;

    // What ended in a slot, by column. Ends count: of what runs the head tells.
    private const string Counts = $$"""
        SELECT u.column, floor(extract(epoch FROM p.completed_at - @from) / extract(epoch FROM @slot::interval))::integer AS slot, count(*)::integer AS count,
            (array_agg(p.results ORDER BY {{WorstFirst}}))[1] AS worst
        FROM builds p
        JOIN unnest(@builders, @columns) AS u (id, "column") ON u.id = p.builder_id
        WHERE p.completed_at > @from AND p.completed_at <= @to AND (@branch::text IS NULL OR p.branch = @branch)
        GROUP BY 1, 2
        ORDER BY 1, 2;
        {{WaterfallParts.Changes}};
        {{Before}};
        """;

    // As the pages rank states: what a person must see first.
    private const string WorstFirst = "array_position(ARRAY[2, 4, 1, 5, 6, 0, 3]::smallint[], p.results)";

    public static async Task<WaterfallStretch> Read(StoreSnapshot snapshot, StretchWish wish, int mostFacts)
    {
        var now = await snapshot.QuerySingle<DateTimeOffset>("SELECT weir_now()", null);
        var isLive = wish.To is null || wish.To > now;
        var to = isLive ? now : wish.To!.Value;
        var from = Begin(to, wish.Length, isLive);
        return wish.Slot is { } slot ? await Counted(snapshot, wish, slot, (from, to, now, isLive)) : await Drawn(snapshot, wish, mostFacts, (from, to, now, isLive));
    }

    /// <summary>At a whole multiple of the length. What reaches up to now is at least half as long: just after a border it would be empty.</summary>
    public static DateTimeOffset Begin(DateTimeOffset to, TimeSpan length, bool isLive) => Whole(isLive ? to - (length / 2) : to.AddTicks(-1), length);

    private static DateTimeOffset Whole(DateTimeOffset at, TimeSpan length) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.DivRem((at - DateTimeOffset.UnixEpoch).Ticks, length.Ticks).Quotient * length.Ticks);

    private static async Task<WaterfallStretch> Drawn(StoreSnapshot snapshot, StretchWish wish, int mostFacts, (DateTimeOffset From, DateTimeOffset To, DateTimeOffset Now, bool IsLive) span)
    {
        var (from, to, now, isLive) = span;
        var most = Math.Min(mostFacts, Math.Max(MostBlocks, 100 * wish.Builders.Count));
        var (facts, changes, before) = await snapshot.Batch(Facts.Replace("{0}", WaterfallParts.Overlapping(isLive), StringComparison.Ordinal), Parameters(wish, from, to, most), async results =>
            (await results.List<FactRow>(), await results.List<ChangeRow>(), await results.First<DateTimeOffset?>()));
        if (facts.Count > most)
        {
            // What ended before this moment is not complete: the stretch begins here, and the one before it ends here.
            from = facts[most].CompletedAt ?? from;
            facts = [.. facts.Take(most).Where(f => f.CompletedAt is null || f.CompletedAt > from)];
            before = from;
        }
        else if (facts.Count == 0 && changes.Count == 0)
        {
            // Nobody wants to scroll through an empty week: one stretch reaches back to where something was.
            var earlier = before is { } last ? Whole(last.AddTicks(wish.Length.Ticks), wish.Length) : from;
            from = earlier < from ? earlier : from;
        }
        var drawn = wish.Drawn.ToHashSet();
        var shown = facts.Where(f => drawn.Contains(f.BuilderId)).Take(MostBlocks).ToList();
        return new()
        {
            From = from,
            To = to,
            Now = now,
            IsLive = isLive,
            HasOlder = before is not null,
            Facts = [.. facts.Select(f => new BuildFact(f.Id, f.BuilderId, f.StartedAt, f.CompletedAt, f.Results)).OrderBy(f => f.StartedAt).ThenBy(f => f.Id)],
            Blocks = await Blocks(snapshot, [.. shown.Select(f => f.Id)], [.. shown.Where(f => f.CompletedAt is null || f.CompletedAt - f.StartedAt >= wish.StepsFrom).Select(f => f.Id)]),
            Counts = [],
            Changes = [.. changes.Where(c => c.ReceivedAt >= from).Select(c => c.ToRecord())],
        };
    }

    private static async Task<WaterfallStretch> Counted(StoreSnapshot snapshot, StretchWish wish, TimeSpan slot, (DateTimeOffset From, DateTimeOffset To, DateTimeOffset Now, bool IsLive) span)
    {
        var (from, to, now, isLive) = span;
        var (counts, changes, before) = await snapshot.Batch(Counts, new { builders = wish.Builders.ToArray(), columns = wish.Columns.ToArray(), from, to, slot, branch = wish.Branch, project = wish.Project, WaterfallParts.MostChanges }, async results =>
            (await results.List<CountRow>(), await results.List<ChangeRow>(), await results.First<DateTimeOffset?>()));
        return new()
        {
            From = from,
            To = to,
            Now = now,
            IsLive = isLive,
            HasOlder = before is not null,
            Facts = [],
            Blocks = [],
            Counts = [.. counts.Select(c => new SlotCount(c.Column, c.Slot, c.Count, c.Worst))],
            Changes = [.. changes.Select(c => c.ToRecord())],
        };
    }

    /// <summary>These builds with their steps, where asked for: one round trip.</summary>
    public static Task<IReadOnlyList<WaterfallBlock>> Blocks(StoreSnapshot snapshot, long[] shown, long[] ids) =>
        snapshot.Batch($"{BuildRows.Select} WHERE b.id = ANY(@shown) ORDER BY b.started_at DESC, b.id DESC; {WaterfallParts.Bands};", new { shown, ids }, async results =>
        {
            var builds = await results.List<BuildSummary>();
            var bands = (await results.List<BandRow>()).ToLookup(b => b.BuildId, b => b.ToBand());
            return (IReadOnlyList<WaterfallBlock>)[.. builds.Select(b => new WaterfallBlock(b, [.. bands[b.Id]]))];
        });

    private static object Parameters(StretchWish wish, DateTimeOffset from, DateTimeOffset to, int most) =>
        new { builders = wish.Builders.ToArray(), from, to, branch = wish.Branch, project = wish.Project, most, WaterfallParts.MostChanges };

    private sealed record FactRow
    {
        public long Id { get; init; }
        public long BuilderId { get; init; }
        public DateTimeOffset StartedAt { get; init; }
        public DateTimeOffset? CompletedAt { get; init; }
        public BuildResult? Results { get; init; }
    }

    private sealed record CountRow
    {
        public int Column { get; init; }
        public int Slot { get; init; }
        public int Count { get; init; }
        public BuildResult Worst { get; init; }
    }
}

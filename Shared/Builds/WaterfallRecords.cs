using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Shared.Builds;

/// <summary>What the waterfall shows of a span of time, for the builders of a filter.</summary>
public sealed record WaterfallView
{
    /// <summary>The beginning of what is shown: later than asked for when the span holds more builds than are shown at once.</summary>
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }

    /// <summary>The store's time at which this was read; running builds reach up to it.</summary>
    public required DateTimeOffset Now { get; init; }
    public required IReadOnlyList<WaterfallColumn> Columns { get; init; }
    public required IReadOnlyList<ChangeRecord> Changes { get; init; }
}

/// <summary>One builder's column: its header, the waiting requests above the now line, the builds below it (newest first).</summary>
public sealed record WaterfallColumn(BuilderSummary Builder, IReadOnlyList<RequestSummary> Waiting, IReadOnlyList<WaterfallBlock> Blocks);

/// <summary>One build of the waterfall with the bands of its steps.</summary>
public sealed record WaterfallBlock(BuildSummary Build, IReadOnlyList<StepBand> Steps);

/// <summary>A step as a band of its build's block. Times, never pixels: the viewer's zoom is his own.</summary>
public sealed record StepBand(int Number, string Name, DateTimeOffset StartedAt, DateTimeOffset? CompletedAt, BuildResult? Results);

/// <summary>Which builders of the waterfall are wanted; for the table also which span.</summary>
public sealed record WaterfallFilter
{
    public string? Project { get; init; }
    public string? Tag { get; init; }
    public string? Branch { get; init; }

    /// <summary>Names, and patterns with <c>*</c> and <c>?</c>; none: all builders.</summary>
    public IReadOnlyList<string> Builders { get; init; } = [];

    /// <summary>Only these of them, if given: a page that shows builders by their state names those it has.</summary>
    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>End of the span; null means now.</summary>
    public DateTimeOffset? To { get; init; }
    public TimeSpan Span { get; init; } = TimeSpan.FromHours(6);
}

/// <summary>What stands above the now line: every builder of a filter with its state and its queue, and what one can filter by.</summary>
public sealed record WaterfallHead
{
    public required DateTimeOffset Now { get; init; }
    public required IReadOnlyList<WaterfallBuilder> Builders { get; init; }
    public required IReadOnlyList<string> Projects { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>How many builders there are without any filter.</summary>
    public required int All { get; init; }
}

/// <summary>A builder and the first few requests that wait for it; <see cref="BuilderSummary.Waiting"/> counts all.</summary>
public sealed record WaterfallBuilder(BuilderSummary Builder, IReadOnlyList<RequestSummary> Waiting);

/// <summary>The least that is known of a shown builder, in the order of the configuration.</summary>
public sealed record BuilderPlace(long Id, string Name, string? Project);

/// <summary>A build as the common scale of time needs it.</summary>
public sealed record BuildFact(long Id, long BuilderId, DateTimeOffset StartedAt, DateTimeOffset? CompletedAt, BuildResult? Results);

/// <summary>Which stretch of time is wanted, for which builders.</summary>
public sealed record StretchWish
{
    /// <summary>All builders that are shown: the scale depends on all of them.</summary>
    public required IReadOnlyList<long> Builders { get; init; }

    /// <summary>Those whose builds are drawn.</summary>
    public IReadOnlyList<long> Drawn { get; init; } = [];
    public string? Branch { get; init; }
    public string? Project { get; init; }

    /// <summary>Where it ends; null: now, and it goes on.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Stretches begin at whole multiples of this since 1970, so that all viewers ask for the same ones.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>Steps are read for builds that lasted at least so long, and for those that run.</summary>
    public TimeSpan StepsFrom { get; init; }

    /// <summary>Set where single builds are too small to be drawn: they are counted in slots of this length instead, by columns.</summary>
    public TimeSpan? Slot { get; init; }

    /// <summary>The column of each of <see cref="Builders"/>, for the counting.</summary>
    public IReadOnlyList<int> Columns { get; init; } = [];
}

/// <summary>A stretch of time of the waterfall.</summary>
public sealed record WaterfallStretch
{
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }

    /// <summary>The store's time at which this was read.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>It reaches up to now.</summary>
    public required bool IsLive { get; init; }

    /// <summary>There is something before it.</summary>
    public required bool HasOlder { get; init; }

    /// <summary>Every build of the shown builders that overlaps the stretch, oldest first. Empty where builds are counted.</summary>
    public required IReadOnlyList<BuildFact> Facts { get; init; }
    public required IReadOnlyList<WaterfallBlock> Blocks { get; init; }
    public required IReadOnlyList<SlotCount> Counts { get; init; }
    public required IReadOnlyList<ChangeRecord> Changes { get; init; }
}

/// <summary>How many builds of a column ended in a slot, and the worst of their results.</summary>
public sealed record SlotCount(int Column, int Slot, int Count, BuildResult Worst);

/// <summary>What has changed: blocks, heads and changes as they are now, to be told to who watches.</summary>
public sealed record WaterfallUpdate(IReadOnlyList<WaterfallBlock> Blocks, IReadOnlyList<WaterfallBuilder> Builders, IReadOnlyList<ChangeRecord> Changes);

/// <summary>Reads the waterfall. Each method asks the store a fixed number of times, whatever the number of builders and builds.</summary>
public interface IWaterfallQueries
{
    Task<WaterfallHead> Head(WaterfallFilter filter, CancellationToken cancellation);
    Task<IReadOnlyList<BuilderPlace>> Places(WaterfallFilter filter, CancellationToken cancellation);
    Task<WaterfallStretch> Stretch(StretchWish wish, CancellationToken cancellation);

    /// <summary>These builds, the heads of these builders and of the builds' builders, and these changes. What is gone is left out.</summary>
    Task<WaterfallUpdate> Update(IReadOnlyCollection<long> builds, IReadOnlyCollection<long> builders, IReadOnlyCollection<long> changes, CancellationToken cancellation);

    /// <summary>Everything of a span at once, for who reads it as a table. Begins later when the span holds more builds than can be read.</summary>
    Task<WaterfallView> Table(WaterfallFilter filter, CancellationToken cancellation);
}

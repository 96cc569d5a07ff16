namespace Weir.Shared.Builds;

/// <summary>By what the overview of builders is ordered; <see cref="Place"/> is the order of the configuration, by project.</summary>
public enum BuilderSort
{
    Place,
    Name,

    /// <summary>Red ones first, the longest red at the top.</summary>
    Red,

    /// <summary>The last build first.</summary>
    Last,

    /// <summary>The longest usual duration first.</summary>
    Usual,

    /// <summary>The smallest share of good builds first.</summary>
    Success,

    /// <summary>The most waiting requests first.</summary>
    Waiting,
}

/// <summary>Which part of the overview is wanted: <see cref="After"/> is the builder that the part before ended with.</summary>
public sealed record BuilderWish
{
    public string? Filter { get; init; }
    public BuilderSort Sort { get; init; }
    public long? After { get; init; }
    public int Limit { get; init; } = 50;
}

/// <summary>As much of a builder as filters, counts and the order of the overview need.</summary>
public sealed record BuilderHead
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public string? Project { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public DateTimeOffset? RetiredAt { get; init; }
    public BuildResult? LastResult { get; init; }
    public DateTimeOffset? LastAt { get; init; }
    public int Running { get; init; }
    public int Waiting { get; init; }
    public WorkerCounts Workers { get; init; } = new(0, 0, 0, 0);

    public bool IsRed => LastResult is BuildResult.Failure or BuildResult.Exception;
    public bool IsUnmanned => Workers.Available == 0;
    public bool NeverBuilt => LastAt is null && Running == 0;

    public static BuilderHead Of(BuilderSummary builder) => new()
    {
        Id = builder.Id,
        Name = builder.Name,
        Project = builder.Project,
        Tags = builder.Tags,
        RetiredAt = builder.RetiredAt,
        LastResult = builder.Last?.Results,
        LastAt = builder.Last?.CompletedAt,
        Running = builder.Running.Count,
        Waiting = builder.Waiting,
        Workers = builder.Workers,
    };
}

/// <summary>One build of a strip.</summary>
public sealed record BuildMark(int Number, DateTimeOffset StartedAt, DateTimeOffset CompletedAt, BuildResult? Results)
{
    public TimeSpan Duration => CompletedAt - StartedAt;
    public bool IsGood => Results is BuildResult.Success or BuildResult.Warnings;

    public static BuildMark Of(BuildSummary build) => new(build.Number, build.StartedAt, build.CompletedAt ?? build.StartedAt, build.Results);
}

/// <summary>One builder of the overview: what it is and does, its last builds (newest first), and since when it is red.</summary>
public sealed record BuilderLine(BuilderSummary Builder, IReadOnlyList<BuildMark> Marks, RedBuilder? Red);

/// <summary>How many builders are in which state; one may be in several.</summary>
public sealed record BuilderCounts(int All, int Red, int Running, int Waiting, int Unmanned, int Never, int Retired)
{
    public static BuilderCounts Of(IEnumerable<BuilderHead> builders)
    {
        var all = builders.ToList();
        var used = all.FindAll(b => b.RetiredAt is null);
        return new(used.Count, used.Count(b => b.IsRed), used.Count(b => b.Running > 0), used.Count(b => b.Waiting > 0), used.Count(b => b.IsUnmanned), used.Count(b => b.NeverBuilt), all.Count - used.Count);
    }
}

/// <summary>A part of the overview of builders. Counts are over all builders; <see cref="Projects"/> over those that match.</summary>
public sealed record BuilderOverview
{
    public required IReadOnlyList<BuilderLine> Lines { get; init; }
    public required BuilderCounts Counts { get; init; }
    public required int Matching { get; init; }
    public IReadOnlyDictionary<string, BuilderCounts> Projects { get; init; } = new Dictionary<string, BuilderCounts>();

    /// <summary>How many matching ones stand before this part.</summary>
    public int Before { get; init; }
    public long? Next { get; init; }

    /// <summary>Chooses the part that is wanted from the heads of all builders; the caller reads the lines of the chosen ones.</summary>
    public static (BuilderOverview Overview, IReadOnlyList<BuilderHead> Chosen) Choose(IReadOnlyList<BuilderHead> heads, BuilderWish wish, Func<IEnumerable<BuilderHead>, IEnumerable<BuilderHead>> ordered)
    {
        var retired = BuilderFilter.AsksForRetired(wish.Filter);
        var matching = ordered(heads.Where(b => (retired || b.RetiredAt is null) && BuilderFilter.Holds(wish.Filter, b))).ToList();
        var start = wish.After is { } after ? matching.FindIndex(b => b.Id == after) + 1 : 0;
        var chosen = matching.GetRange(start, Math.Min(wish.Limit, matching.Count - start));
        return (new()
        {
            Lines = [],
            Counts = BuilderCounts.Of(heads),
            Matching = matching.Count,
            Projects = matching.GroupBy(b => b.Project ?? "").ToDictionary(g => g.Key, g => BuilderCounts.Of(g)),
            Before = start,
            Next = start + chosen.Count < matching.Count ? chosen[^1].Id : null,
        }, chosen);
    }
}

/// <summary>A builder's last days in numbers. Durations are those of good builds; waiting is from the request to its first build.</summary>
public sealed record BuilderStatistics
{
    /// <summary>The first moment that is counted: thirty days ago, or later when more than <see cref="Most"/> builds ended since.</summary>
    public DateTimeOffset? From { get; init; }
    public int Builds { get; init; }
    public int Good { get; init; }
    public int Bad { get; init; }
    public TimeSpan? Median { get; init; }
    public TimeSpan? NineInTen { get; init; }
    public TimeSpan? WaitMedian { get; init; }
    public TimeSpan? WaitNineInTen { get; init; }
    public IReadOnlyList<BuilderDay> Days { get; init; } = [];

    public const int Most = 2000;
    public const int MostDays = 30;

    public bool IsCut => Builds >= Most;

    /// <summary>Of the builds that were good or bad; what was cancelled or skipped says nothing.</summary>
    public double? SuccessRate => Good + Bad == 0 ? null : (double)Good / (Good + Bad);
}

/// <summary>One day (UTC) of a builder.</summary>
public sealed record BuilderDay(DateOnly Day, int Good, int Bad, int Other, TimeSpan? Median);

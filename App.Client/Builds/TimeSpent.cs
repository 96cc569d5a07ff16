using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Steps;

namespace Weir.App.Client.Builds;

/// <summary>A part of the time from a build's request to its end.</summary>
public sealed record TimePart(string Name, TimeSpan Time, Shown State, int? Step = null);

/// <summary>Where a finished build's time went: waiting, each step, and what lies between the steps. The parts make the whole.</summary>
public sealed record TimeSpent(TimeSpan Whole, IReadOnlyList<TimePart> Parts)
{
    private const int Most = 8;

    public static TimeSpent Of(BuildSummary build, IReadOnlyList<StepRecord> steps)
    {
        var end = build.CompletedAt ?? build.StartedAt;
        var ran = steps.Where(s => s is { StartedAt: not null, CompletedAt: not null }).Select(s => new TimePart(s.Name, s.CompletedAt!.Value - s.StartedAt!.Value, ShownStates.Of(s), s.Number)).ToList();
        var between = end - build.StartedAt - Sum(ran);
        var waited = build.Attempt == 1 ? build.StartedAt - build.SubmittedAt : TimeSpan.Zero;
        var longest = ran.OrderByDescending(p => p.Time).Take(Most).ToHashSet();
        var rest = ran.FindAll(p => !longest.Contains(p));
        TimePart?[] parts =
        [
            waited > TimeSpan.Zero ? new("waited for a worker", waited, Shown.Waiting) : null,
            .. ran.Where(longest.Contains),
            rest.Count > 0 ? new($"{rest.Count} other steps", Sum(rest), Shown.Skipped) : null,
            between > TimeSpan.Zero ? new("between the steps", between, Shown.Offline) : null,
        ];
        return new(end - build.StartedAt + waited, [.. parts.OfType<TimePart>()]);
    }

    public double Share(TimePart part) => Whole > TimeSpan.Zero ? part.Time / Whole : 0;

    private static TimeSpan Sum(IEnumerable<TimePart> parts) => parts.Aggregate(TimeSpan.Zero, (sum, part) => sum + part.Time);
}

using Weir.App.Client.Parts;
using Weir.Shared.Builds;
using Weir.Shared.Steps;

namespace Weir.App.Client.Builds;

/// <summary>A step in both builds; null where one did not have it.</summary>
public sealed record StepPair(string Name, StepRecord? Before, StepRecord? After)
{
    public TimeSpan? Slower => Time(After) - Time(Before);

    public static TimeSpan? Time(StepRecord? step) => step is { StartedAt: { } start, CompletedAt: { } end } ? end - start : null;
}

/// <summary>A fact or a property that differs.</summary>
public sealed record FactPair(string Name, string? Before, string? After);

/// <summary>Two builds of one builder side by side: what they were made of, and what came of each step.</summary>
public sealed record BuildComparison(BuildDetail Before, BuildDetail After, IReadOnlyList<FactPair> Facts, IReadOnlyList<FactPair> Properties, IReadOnlyList<StepPair> Steps)
{
    // Every build has its own of these; that they differ says nothing.
    private static readonly HashSet<string> Always = ["buildnumber", "buildid", "build", "requestid", "buildset"];

    public static BuildComparison Of(BuildDetail before, BuildDetail after)
    {
        var (a, b) = (before.Build, after.Build);
        FactPair[] facts =
        [
            .. Stamps(before).Keys.Union(Stamps(after).Keys).Order(StringComparer.Ordinal).Select(c => new FactPair(c.Length == 0 ? "Source" : c, Stamps(before).GetValueOrDefault(c), Stamps(after).GetValueOrDefault(c))),
            new("Worker", a.WorkerName, b.WorkerName),
            new("Configuration", $"revision {a.ConfigRevision}", $"revision {b.ConfigRevision}"),
            new("Reason", a.Reason, b.Reason),
        ];
        var (old, current) = (before.Properties.ToDictionary(p => p.Name, p => Words.Json(p.Value)), after.Properties.ToDictionary(p => p.Name, p => Words.Json(p.Value)));
        var properties = old.Keys.Union(current.Keys).Where(n => !Always.Contains(n)).Order(StringComparer.Ordinal).Select(n => new FactPair(n, old.GetValueOrDefault(n), current.GetValueOrDefault(n)));
        return new(before, after, [.. facts.Where(Differs)], [.. properties.Where(Differs)], Pairs(before.Steps, after.Steps));
    }

    // In the order of the later build; what only the earlier one had comes last.
    private static IReadOnlyList<StepPair> Pairs(IReadOnlyList<StepRecord> before, IReadOnlyList<StepRecord> after)
    {
        var old = before.Where(s => !s.Hidden).DistinctBy(s => s.Name).ToDictionary(s => s.Name);
        var current = after.Where(s => !s.Hidden).DistinctBy(s => s.Name).ToList();
        return [.. current.Select(s => new StepPair(s.Name, old.GetValueOrDefault(s.Name), s)), .. old.Values.Where(s => current.All(c => c.Name != s.Name)).Select(s => new StepPair(s.Name, s, null))];
    }

    private static Dictionary<string, string?> Stamps(BuildDetail build) => build.SourceStamps.DistinctBy(s => s.Codebase).ToDictionary(s => s.Codebase, s => (string?)$"{s.Branch ?? "default branch"} {Words.Revision(s.Revision ?? "newest")}");

    private static bool Differs(FactPair pair) => pair.Before != pair.After;
}

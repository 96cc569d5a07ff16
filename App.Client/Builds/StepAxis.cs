using System.Globalization;
using Weir.Shared.Builds;

namespace Weir.App.Client.Builds;

/// <summary>The stretch of time on which a build's step bars stand. Waiting is part of it unless it would squeeze the steps to nothing.</summary>
public sealed record StepAxis(DateTimeOffset From, DateTimeOffset To, bool ShowsWait)
{
    public static StepAxis Of(BuildSummary build, DateTimeOffset now)
    {
        // A running build's bars need room to grow until the next update.
        var end = build.CompletedAt ?? Later(build.ExpectedEndAt ?? now, now + (now - build.StartedAt) / 8 + TimeSpan.FromSeconds(2));
        var waited = build.StartedAt - build.SubmittedAt;
        var shows = waited > TimeSpan.FromSeconds(1) && waited <= (end - build.StartedAt) * 2;
        var from = shows ? build.SubmittedAt : build.StartedAt;
        return new(from, end > from ? end : from + TimeSpan.FromSeconds(1), shows);
    }

    /// <summary>Where a bar stands, as custom properties for the style: parts of the whole.</summary>
    public string Style(DateTimeOffset start, DateTimeOffset end) =>
        string.Create(CultureInfo.InvariantCulture, $"--x:{Part(start):0.####};--w:{Math.Max(0, Part(end) - Part(start)):0.####}");

    private double Part(DateTimeOffset at) => Math.Clamp((at - From) / (To - From), 0, 1);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

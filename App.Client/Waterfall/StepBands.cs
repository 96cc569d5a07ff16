using System.Globalization;
using System.Text;
using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>A build's steps as the rail at the left of its block: one gradient, no elements.</summary>
internal static class StepBands
{
    private const int Most = 8;

    /// <summary><c>start,end,state;…</c> in seconds after the build's start; a running step has no end. The browser draws it again as the block grows.</summary>
    public static string Data(WaterfallBlock block) =>
        string.Join(';', Bands(block).Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Start:0.#},{b.End:0.#},{b.State.Word()}")));

    public static string Gradient(WaterfallBlock block, DateTimeOffset now)
    {
        var total = Math.Max(0.1, ((block.Build.CompletedAt ?? now) - block.Build.StartedAt).TotalSeconds);
        var css = new StringBuilder("linear-gradient(to top");
        var at = 0.0;
        foreach (var band in Bands(block))
        {
            var (start, end) = (Math.Clamp(band.Start / total, at, 1), Math.Clamp((band.End ?? total) / total, at, 1));
            // A hairline between steps, so that two of one colour are two.
            css.Append(CultureInfo.InvariantCulture, $",transparent {at * 100:0.#}% {start * 100:0.#}%,var(--{band.State.Word()}-fill) {start * 100:0.#}% calc({end * 100:0.#}% - 1px),var(--surface-0) calc({end * 100:0.#}% - 1px) {end * 100:0.#}%");
            at = end;
        }
        return css.Append(CultureInfo.InvariantCulture, $",transparent {at * 100:0.#}%)").ToString();
    }

    private static IEnumerable<(double Start, double? End, Shown State)> Bands(WaterfallBlock block)
    {
        // The longest tell the story, and always those that failed or run; a block is no place for forty.
        var steps = block.Steps.Count <= Most ? block.Steps : [.. block.Steps.OrderByDescending(s => Length(s, block)).Take(Most).OrderBy(s => s.Number)];
        foreach (var step in steps)
        {
            var state = step.Results is { } r ? ShownStates.Of(r) : step.CompletedAt is null && !block.Build.Complete ? Shown.Running : Shown.Exception;
            yield return ((step.StartedAt - block.Build.StartedAt).TotalSeconds, (step.CompletedAt ?? block.Build.CompletedAt) is { } end ? (end - block.Build.StartedAt).TotalSeconds : null, state);
        }
    }

    private static TimeSpan Length(StepBand step, WaterfallBlock block) =>
        step.Results is BuildResult.Failure or BuildResult.Exception || (step.CompletedAt is null && !block.Build.Complete) ? TimeSpan.MaxValue : (step.CompletedAt ?? step.StartedAt) - step.StartedAt;
}

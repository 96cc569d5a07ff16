using Spectre.Console;
using Weir.Cli.Output;

namespace Weir.Cli.Waiting;

/// <summary>Shows on standard error how far builds are: lines that are written over at a terminal, else a line for each step that begins.</summary>
internal static class Progress
{
    private const int MostLines = 12;

    public static async Task<T> Show<T>(bool shown, UsualDurations usual, Func<Action<WatchState>, Task<T>> work)
    {
        if (!shown)
            return await work(_ => { });
        if (!Terminal.IsErrors || !Terminal.Errors.Profile.Capabilities.Ansi)
        {
            var said = new HashSet<string>();
            return await work(state =>
            {
                foreach (var line in Lines(state, usual).Select(l => l.Stable).Where(said.Add))
                    Printed.Note(line);
            });
        }
        T? result = default;
        await Terminal.Errors.Live(new Text("")).AutoClear(true).Overflow(VerticalOverflow.Crop).StartAsync(async live => result = await work(state => live.UpdateTarget(Picture(state, usual))));
        return result!;
    }

    private static Grid Picture(WatchState state, UsualDurations usual)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap().PadRight(Widths.Gap)).AddColumn(new GridColumn().NoWrap().PadRight(Widths.Gap)).AddColumn(new GridColumn().NoWrap());
        var lines = Lines(state, usual).ToArray();
        foreach (var line in lines.Take(MostLines))
            grid.AddRow(new Text(line.What, Tone.Bold.Style()), new Text(line.State, line.Tone.Style()), new Text(line.Time, Tone.Dim.Style()));
        if (lines.Length > MostLines)
            grid.AddRow($"and {lines.Length - MostLines} more");
        return grid;
    }

    private sealed record Line(string What, string State, Tone Tone, string Time)
    {
        /// <summary>Without what changes every second.</summary>
        public string Stable => $"{What}: {State}";
    }

    private static IEnumerable<Line> Lines(WatchState state, UsualDurations usual)
    {
        foreach (var build in state.Builds.Where(b => b["results"]?.GetValue<int>() != 5).Reverse())
        {
            var complete = build["complete"]!.GetValue<bool>();
            yield return new($"{Printed.Harmless(Printed.Text(build["buildername"]))}/{build["number"]}", complete ? Printed.Result(build["results"]) : Printed.Harmless(Printed.Text(build["state_string"])),
                complete ? Tones.OfResult(build["results"]?.GetValue<int>()) : Tone.Running, Moments.Took(build["started_at_ms"], build["complete_at_ms"]) + (complete || usual.Of(build) is not { } about ? "" : $" of about {Moments.Exact(about)}"));
        }
        foreach (var request in state.Waiting)
            yield return new(Printed.Harmless(Printed.Text(request["buildername"])), "waits: " + Printed.Harmless(Printed.Text(request["waiting"]?["text"])), Tone.Dim, "");
    }
}

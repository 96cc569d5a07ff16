using FsCheck;
using FsCheck.Fluent;
using Weir.App.Client.Waterfall;

namespace Weir.Client.Tests.Waterfall;

public sealed class AxisTests
{
    private const long Minute = 60_000;

    [Fact]
    public void Each_case_says_what_is_seen()
    {
        foreach (var given in AxisCases.All())
        {
            var (axis, _) = AxisCases.AxisOf(given!);
            var boxes = ColumnLayout.Place(AxisCases.Blocks(given!), axis);
            foreach (var seen in given!["see"]!.AsArray().Select(s => s!.GetValue<string>().Split(' ')))
            {
                var holds = seen switch
                {
                    ["height", var h] => Near(axis.Height, h),
                    ["folds", var n] => axis.Folds.Count == int.Parse(n),
                    ["slow", var n] => axis.Slow.Count == int.Parse(n),
                    ["clusters"] => boxes.Any(b => b.Members.Count > 1 && b.Rank == 9),
                    ["box", var id] => boxes.Any(b => b.Id == long.Parse(id)),
                    ["box", var id, var bottom, var height] => boxes.Any(b => b.Id == long.Parse(id) && Near(b.Bottom, bottom) && Near(b.Height, height)),
                    _ => throw new InvalidOperationException(string.Join(' ', seen)),
                };
                Assert.True(holds, $"{given["name"]}: expected {string.Join(' ', seen)}, is\n{AxisCases.Answer(given)}");
            }
        }
    }

    [Fact]
    public async Task TypeScript_answers_every_case_as_CSharp_does()
    {
        var said = await AxisCases.RunNode("axis-cases.ts", TestContext.Current.CancellationToken);

        var expected = string.Concat(AxisCases.All().Select(c => $"# {c!["name"]}\n{AxisCases.Answer(c)}\n"));
        Assert.Equal(expected, said.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_scripts_of_the_pages_have_no_type_errors() => Assert.Equal("", await AxisCases.CheckTypes(TestContext.Current.CancellationToken));

    [Fact]
    public void It_rises_and_what_is_drawn_never_moves_when_more_happens() => Prop.ForAll(Histories(), history =>
    {
        var (before, after) = (Make(history, history.Count / 2), Make(history, history.Count));
        var middle = history.Count == 0 ? 0 : history[Math.Max(0, history.Count / 2 - 1)].At;
        for (var i = 1; i < after.Knots.Count; i++)
        {
            if (after.Knots[i].Y < after.Knots[i - 1].Y || after.Knots[i].At < after.Knots[i - 1].At)
                return false;
        }
        return history.Take(history.Count / 2).All(e => e.At > middle || Math.Abs(before.Y(e.At) - after.Y(e.At)) < 0.01);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Blocks_of_a_lane_never_overlap_and_none_is_lost() => Prop.ForAll(Columns(), blocks =>
    {
        var events = blocks.SelectMany(b => new[] { new AxisEvent(b.Start, 1), new AxisEvent(b.End ?? long.MaxValue, -1) }).Where(e => e.At <= 600 * Minute).OrderBy(e => e.At).ThenByDescending(e => e.Running).ToList();
        var axis = new Axis(new(0, 600 * Minute, 2, 1, 0, events, []));
        var boxes = ColumnLayout.Place(blocks, axis);
        var every = boxes.SelectMany(b => b.Members).Order().SequenceEqual(blocks.Select(b => b.Id).Order());
        var apart = boxes.All(a => boxes.All(b => a == b || a.Top <= b.Bottom + 0.001 || b.Top <= a.Bottom + 0.001 || (a.Lane != b.Lane && a.Lanes > 1 && b.Lanes > 1)));
        return every && apart && boxes.All(b => b.Height >= ColumnLayout.LeastHeight && b.Lane < b.Lanes);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Ticks_stand_apart_and_none_stands_in_a_fold()
    {
        var axis = new Axis(new(0, 1440 * Minute, 2, 1, 0, [new(100 * Minute, 1), new(400 * Minute, -1), new(1300 * Minute, 1)], []));

        var ticks = Ticks.Of(axis, 0, 1440 * Minute, 2);

        Assert.NotEmpty(ticks);
        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.True(pair.Second.Y - pair.First.Y >= Ticks.Apart * 0.8));
        Assert.DoesNotContain(ticks, t => axis.Folds.Any(f => t.At > f.From + 13 * Minute && t.At < f.To));
        Assert.Equal("Thu 1", ticks[0].Day);
    }

    [Fact]
    public void The_date_of_a_short_history_does_not_stand_on_the_label_of_a_fold()
    {
        // Nothing ran from midnight on; the fold's label takes the first 24 pixels.
        var axis = new Axis(new(0, 200 * Minute, 6, 1, 0, [new(90 * Minute, 1), new(190 * Minute, -1)], []));

        var ticks = Ticks.Of(axis, 0, 200 * Minute, 6);

        Assert.Equal(0, axis.Y(axis.Folds[0].From));
        Assert.All(ticks, t => Assert.True(t.Y >= axis.Folds[0].Y));
        Assert.Equal(("Thu 1", "01:30"), (ticks[0].Day, ticks[0].Time));
    }

    private static bool Near(double is_, string expected) => Math.Abs(is_ - double.Parse(expected, System.Globalization.CultureInfo.InvariantCulture)) < 0.01;

    private static Axis Make(IReadOnlyList<AxisEvent> history, int count)
    {
        var events = history.Take(count).ToList();
        return new(new(0, (events.Count == 0 ? 0 : events[^1].At) + Minute, 2, 3, 0, events, []));
    }

    private static Arbitrary<List<AxisEvent>> Histories() => Arb.From(Gen.Select(Gen.ListOf(Gen.Choose(0, 40)), gaps =>
    {
        var (at, running) = (0L, 0);
        var events = new List<AxisEvent>();
        foreach (var gap in gaps)
        {
            at += gap * gap * 3_000L;
            var up = running == 0 || gap % 2 == 0;
            running += up ? 1 : -1;
            events.Add(new(at, up ? 1 : -1));
        }
        return events;
    }));

    private static Arbitrary<List<LayoutBlock>> Columns() => Arb.From(Gen.Select(Gen.ListOf(Gen.Two(Gen.Choose(0, 30))), pairs =>
    {
        var at = 0L;
        var blocks = new List<LayoutBlock>();
        foreach (var (gap, length) in pairs)
        {
            at += gap * 11_000L;
            blocks.Add(new(blocks.Count + 1, at, length == 30 ? null : at + length * length * 2_000L + 1, length % 9));
        }
        return blocks;
    }));
}

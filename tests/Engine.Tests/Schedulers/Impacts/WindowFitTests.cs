using Weir.Engine.Configuration.Check;
using Weir.Engine.Schedulers.Impacts;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Schedulers.Impacts;

public sealed class WindowFitTests
{
    // A Wednesday.
    private static readonly DateTimeOffset Now = new(2026, 7, 15, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("a: { availability: { windows: [ { from: '01:00', to: '04:00' } ] } }", 2, null)]
    [InlineData("a: { availability: { windows: [ { from: '01:00', to: '04:00' } ] } }", 4, 3)]
    [InlineData("a: { availability: { windows: [ { from: '01:00', to: '04:00' } ], lastStart: open } }", 4, null)]
    [InlineData("a: { availability: { windows: [ { from: '01:00', to: '04:00' } ] } }, b: {}", 4, null)]
    [InlineData("a: { availability: { windows: [ { from: '01:00', to: '04:00' } ] } }, b: { availability: { windows: [ { days: sat } ] } }", 20, null)]
    [InlineData("a: { availability: { windows: [ { days: sat } ], exceptions: [ { date: 2026-07-18, open: false }, { date: 2026-07-25, open: false } ] } }", 1, 0)]
    [InlineData("a: { availability: { windows: [ { days: sat } ], exceptions: [ { date: 2026-07-18, open: false }, { date: 2026-07-25, open: false } ], lastStart: open } }", 1, 0)]
    public void Requests_that_fit_in_no_window_are_told_with_the_longest(string workers, int usualHours, int? longestHours)
    {
        var after = Read($"weir: 1\nworkers: {{ {workers} }}\nbuilders: {{ lib: {{ steps: [ {{ run: make }} ] }} }}\n");
        var open = new OpenWork { Now = Now, Waiting = [("lib", 3)], Usual = new Dictionary<string, TimeSpan> { ["lib"] = TimeSpan.FromHours(usualHours) } };

        var unserved = WindowFit.Unserved(after, open).ToList();

        Assert.Equal(longestHours is { } longest ? [new("lib", 3, TimeSpan.FromHours(usualHours), TimeSpan.FromHours(longest))] : [], unserved);
        // Nobody waits: nothing to tell.
        Assert.Empty(WindowFit.Unserved(after, open with { Waiting = [] }));
    }

    [Fact]
    public void It_is_asked_only_of_builders_that_may_use_a_worker_whose_windows_change()
    {
        const string text = "weir: 1\nworkers: { a: { availability: { windows: [ { from: '01:00', to: '04:00' } ] } }, b: {} }\nbuilders: { lib: { workers: { names: [a] }, steps: [ { run: make } ] }, doc: { workers: { names: [b] }, steps: [ { run: make } ] } }\n";

        Assert.Empty(WindowFit.Concerned(Read(text), Read(text.Replace("run: make", "run: make all", StringComparison.Ordinal))));
        Assert.Equal(["lib"], WindowFit.Concerned(Read(text), Read(text.Replace("04:00", "03:00", StringComparison.Ordinal))));
        Assert.Equal(["doc"], WindowFit.Concerned(Read(text), Read(text.Replace("b: {}", "b: { availability: { windows: [ { days: mon } ] } }", StringComparison.Ordinal))));
    }

    [Fact]
    public void It_is_said_in_words() => Assert.Equal(
        ["1 waiting request of lib fits in no window of the workers that may run it: it usually takes 4 h 30 min, and the longest of the next two weeks is 3 h.", "2 waiting requests of doc fit in no window of the workers that may run it: it usually takes 12 minutes, and there is none in the next two weeks."],
        new Impact { Unserved = [new("lib", 1, TimeSpan.FromHours(4.5), TimeSpan.FromHours(3)), new("doc", 2, TimeSpan.FromMinutes(11.5), TimeSpan.Zero)] }.Sentences());

    private static WeirConfiguration Read(string text)
    {
        var read = ConfigurationReader.Read([new ConfigurationPart("weir.yaml", text)]);
        Assert.Empty(read.Problems);
        return read.Model!;
    }
}

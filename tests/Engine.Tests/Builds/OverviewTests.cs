using Weir.Engine.Builds;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>The overview of builders, and a builder's numbers.</summary>
public sealed class OverviewTests : IAsyncLifetime
{
    private TestStore store = null!;
    private Rows rows = null!;
    private BuilderQueries queries = null!;
    private long worker, master, revision;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        store = await TestStore.Create();
        rows = new(store);
        queries = new(store.Database, new BuilderQueriesTests.Forms());
        (master, revision, worker) = (await rows.Master(), await rows.Revision(), await rows.Worker("attic", ["linux"]));
        await rows.Session(worker, master);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private Task<long> Build(long builder, double from, double to, BuildResult? results = BuildResult.Success) => rows.Build(builder, worker, master, revision, from, to, results);

    [Fact]
    public async Task It_counts_states_over_all_builders_and_shows_those_that_match()
    {
        var good = await rows.Builder("good", "gst", ["fast"], 1);
        var red = await rows.Builder("red", "gst", position: 2);
        await rows.Builder("never", position: 3, workerTags: ["none"]);
        await rows.Builder("gone", retired: true);
        await Build(good, 0, 10);
        await Build(red, 0, 10);
        await Build(red, 10, 30, BuildResult.Failure);
        await Build(red, 30, 40, null);
        await rows.Request(await rows.Buildset(), good, waits: "SlotsFull");

        var all = await queries.Overview(new(), Now);
        var onlyRed = await queries.Overview(new() { Filter = "is:red project:gst" }, Now);

        Assert.Equal(new BuilderCounts(3, 1, 1, 1, 1, 1, 1), all.Counts);
        Assert.Equal(all.Counts, onlyRed.Counts);
        Assert.Equal(["never", "good", "red"], Names(all));
        Assert.Equal((3, null), (all.Matching, all.Next));
        Assert.Equal(2, all.Projects["gst"].All);
        var line = Assert.Single(onlyRed.Lines);
        Assert.Equal(("red", 2), (line.Builder.Name, line.Marks.Count));
        Assert.Equal([(2, BuildResult.Failure), (1, BuildResult.Success)], line.Marks.Select(m => (m.Number, m.Results!.Value)));
        Assert.Equal(TimeSpan.FromSeconds(20), line.Marks[0].Duration);
        Assert.Equal(2, line.Red!.SinceBuild.Number);
        Assert.Equal(["gone"], Names(await queries.Overview(new() { Filter = "is:retired" }, Now)));
        Assert.Equal(["good"], Names(await queries.Overview(new() { Filter = "tag:FAST" }, Now)));
        Assert.Equal(["never"], Names(await queries.Overview(new() { Filter = "is:unmanned" }, Now)));
    }

    [Fact]
    public async Task It_comes_in_parts_that_together_are_the_whole()
    {
        for (var i = 0; i < 25; i++)
            await rows.Builder($"b{i:00}", position: i);

        var seen = new List<string>();
        long? after = null;
        do
        {
            var part = await queries.Overview(new() { After = after, Limit = 10 }, Now);
            Assert.Equal((seen.Count, 25), (part.Before, part.Matching));
            seen.AddRange(Names(part));
            after = part.Next;
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"b{i:00}"), seen);
        Assert.Equal("b00", Names(await queries.Overview(new() { After = 999_999, Limit = 10 }, Now))[0]);
    }

    [Theory]
    [InlineData(BuilderSort.Name, "long-red", "never", "new-red", "slow", "waits")]
    [InlineData(BuilderSort.Red, "long-red", "new-red")]
    [InlineData(BuilderSort.Last, "waits", "slow", "new-red", "long-red", "never")]
    [InlineData(BuilderSort.Usual, "slow")]
    [InlineData(BuilderSort.Success, "long-red", "new-red")]
    [InlineData(BuilderSort.Waiting, "waits")]
    public async Task It_is_ordered_by_what_one_asks(BuilderSort sort, params string[] first)
    {
        var (waits, longRed, newRed, slow) = (await rows.Builder("waits"), await rows.Builder("long-red"), await rows.Builder("new-red"), await rows.Builder("slow"));
        await rows.Builder("never");
        await Build(longRed, 0, 10);
        await Build(longRed, 10, 20, BuildResult.Failure);
        await Build(longRed, 20, 30, BuildResult.Exception);
        await Build(newRed, 30, 40);
        await Build(newRed, 40, 50, BuildResult.Failure);
        await Build(slow, 0, 600);
        await Build(waits, 690, 700);
        await rows.Request(await rows.Buildset(), waits, waits: "SlotsFull");

        Assert.Equal(first, Names(await queries.Overview(new() { Sort = sort }, Now)).Take(first.Length));
    }

    [Fact]
    public async Task It_asks_the_store_as_often_for_many_builders_as_for_few()
    {
        await rows.Builder("one");
        await Build(await rows.Builder("red-0"), 0, 1, BuildResult.Failure);
        var few = await StoreCalls.Of(() => queries.Overview(new(), Now));
        for (var i = 1; i < 30; i++)
            await Build(await rows.Builder($"red-{i}"), 0, 1, BuildResult.Failure);

        Assert.Equal(few, await StoreCalls.Of(() => queries.Overview(new(), Now)));
        Assert.InRange(few, 1, 7);
    }

    [Fact]
    public async Task A_builders_numbers_are_those_of_thirty_days()
    {
        var builder = await rows.Builder("lib");
        foreach (var seconds in new[] { 10, 20, 30, 40, 100 })
            await Build(builder, 60, 60 + seconds);
        await Build(builder, 60, 65, BuildResult.Failure);
        await Build(builder, 60, 65, BuildResult.Cancelled);
        await Build(builder, 60, 65, null);
        await Build(builder, -40 * 86400, -40 * 86400 + 1000, BuildResult.Failure);

        var numbers = await queries.Statistics(builder, Now);

        Assert.Equal((7, 5, 1), (numbers.Builds, numbers.Good, numbers.Bad));
        Assert.Equal(5.0 / 6, numbers.SuccessRate);
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(76)), (numbers.Median, numbers.NineInTen));
        Assert.Equal(TimeSpan.FromSeconds(60), numbers.WaitMedian);
        Assert.False(numbers.IsCut);
        Assert.Equal((5, 1, 1), (numbers.Days.Sum(d => d.Good), numbers.Days.Sum(d => d.Bad), numbers.Days.Sum(d => d.Other)));
        Assert.Null((await queries.Statistics(builder + 1, Now)).SuccessRate);
    }

    private static List<string> Names(BuilderOverview overview) => [.. overview.Lines.Select(l => l.Builder.Name)];
}

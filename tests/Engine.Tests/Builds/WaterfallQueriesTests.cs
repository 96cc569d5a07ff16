using Weir.Engine.Builds;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

public sealed class WaterfallQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_are_the_builders_of_the_filter_in_the_order_of_the_configuration()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        await rows.Builder("c", "gst", ["fast", "linux"], 3);
        await rows.Builder("a", "gst", ["slow"], 2);
        await rows.Builder("b", "web", ["fast"], 1);
        await rows.Builder("old", "gst", ["fast"], 0, retired: true);

        Assert.Equal(["b", "a", "c"], await Names(new()));
        Assert.Equal(["a", "c"], await Names(new() { Project = "gst" }));
        Assert.Equal(["b", "c"], await Names(new() { Tag = "fast" }));
        Assert.Equal(["c"], await Names(new() { Tag = "fast", Project = "gst" }));
        Assert.Equal(["b", "a"], await Names(new() { Builders = ["a", "b", "old"] }));
        Assert.Equal(["b", "a", "c"], await Names(new() { Builders = ["?"] }));
        Assert.Equal(["c"], await Names(new() { Builders = ["c*", "x"] }));
        Assert.Empty(await Names(new() { Builders = ["%", "_"] }));
        Assert.Empty(await Names(new() { Project = "none" }));

        async Task<IEnumerable<string>> Names(WaterfallFilter filter) => (await Queries(store).Table(filter, Now)).Columns.Select(c => c.Builder.Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Blocks_are_the_builds_that_overlap_the_span(bool past)
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder, other) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("a", position: 1), await rows.Builder("b", position: 2));
        // The span of the past is 1000 … 2000; the one that reaches up to now begins at 1000.
        await rows.Build(builder, worker, master, revision, 500, 999);
        var touching = await rows.Build(builder, worker, master, revision, 500, 1000);
        var across = await rows.Build(builder, worker, master, revision, 900, 1100);
        var inside = await rows.Build(builder, worker, master, revision, 1200, 1300, BuildResult.Failure);
        var moment = await rows.Build(other, worker, master, revision, 1500, 1500);
        var around = await rows.Build(builder, worker, master, revision, 10, 3000);
        var end = await rows.Build(other, worker, master, revision, 1900, 2500);
        var open = await rows.Build(other, worker, master, revision, 100, results: null);
        var after = await rows.Build(builder, worker, master, revision, 2000, 2100);
        var openAfter = await rows.Build(builder, worker, master, revision, 2200, results: null);
        await rows.Step(inside, 1, "check", from: 1250, to: 1300, results: BuildResult.Failure);
        await rows.Step(inside, 0, "compile", from: 1200, to: 1250);
        await rows.Step(inside, 2, "hidden", from: 1300, to: 1300, hidden: true);
        await rows.Step(open, 0, "soak", from: 100, results: null);
        var now = (await Queries(store).Table(new(), Now)).Now;

        var view = await Queries(store).Table(past ? new() { To = rows.At(2000), Span = TimeSpan.FromSeconds(1000) } : new() { Span = now - rows.At(1000) }, Now);

        long[] a = past ? [around, inside, across] : [openAfter, after, around, inside, across];
        Assert.Equal(a, view.Columns[0].Blocks.Select(b => b.Build.Id));
        Assert.Equal([open, end, moment], view.Columns[1].Blocks.Select(b => b.Build.Id));
        Assert.DoesNotContain(touching, a);
        var block = view.Columns[0].Blocks.Single(b => b.Build.Id == inside);
        Assert.Equal([new StepBand(0, "compile", rows.At(1200), rows.At(1250), BuildResult.Success), new StepBand(1, "check", rows.At(1250), rows.At(1300), BuildResult.Failure)], block.Steps);
        Assert.Equal([new StepBand(0, "soak", rows.At(100), null, null)], view.Columns[1].Blocks[0].Steps);
        // PostgreSQL keeps microseconds.
        Assert.InRange((view.To - view.From) - (past ? TimeSpan.FromSeconds(1000) : now - rows.At(1000)), TimeSpan.FromMilliseconds(-1), TimeSpan.FromMilliseconds(1));
        Assert.Equal(past, view.To < view.Now);
        var again = Assert.Single((await Queries(store).Update([inside, openAfter + 1], [], [], Now)).Blocks);
        Assert.Equal(block.Steps, again.Steps);
        Assert.Equal(block.Build, again.Build);
        Assert.Equal(4, await StoreCalls.Of(() => Queries(store).Table(new(), Now)));
    }

    [Fact]
    public async Task A_branch_is_followed_through_builds_requests_and_changes()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder(project: "gst"));
        await rows.Run("INSERT INTO codebases (name, repository, branch, project) VALUES ('lib', 'x', 'main', 'gst')");
        var build = await rows.Build(builder, worker, master, revision, 0, 1, branch: "dev");
        await rows.Build(builder, worker, master, revision, 0, 1, branch: "main");
        await rows.Build(builder, worker, master, revision, 0, results: null, branch: null);
        var request = await rows.Request(await rows.Buildset(branch: "dev"), builder, waits: "New");
        await rows.Request(await rows.Buildset(branch: "main"), builder, waits: "New");
        var change = await rows.Change(branch: "dev", received: rows.At(10));
        var newer = await rows.Change(branch: "dev", received: rows.At(11), codebase: "unknown", project: "gst");
        await rows.Change(branch: "dev", received: rows.At(12), codebase: "web");
        await rows.Change(branch: "main", received: rows.At(13));
        await rows.Change(branch: "dev", received: rows.At(-90000));

        var view = await Queries(store).Table(new() { Branch = "dev", Project = "gst" }, Now);

        Assert.Equal([build], view.Columns[0].Blocks.Select(b => b.Build.Id));
        Assert.Equal([request], view.Columns[0].Waiting.Select(r => r.Id));
        Assert.Equal([newer, change], view.Changes.Select(c => c.Id));
        Assert.Equal(4, (await Queries(store).Table(new(), Now)).Changes.Count);
        Assert.Equal(2, (await Queries(store).Table(new(), Now)).Columns[0].Waiting.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_span_with_too_many_builds_begins_later(bool past)
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        for (var i = 0; i < 10; i++)
            await rows.Build(builder, worker, master, revision, i * 100, (i * 100) + 50);
        var open = await rows.Build(builder, worker, master, revision, 0, results: null);
        var early = await rows.Change(received: rows.At(640));
        var late = await rows.Change(received: rows.At(660));

        var view = await store.Database.Snapshot(s => WaterfallRows.Read(s, past ? new() { To = rows.At(2000), Span = TimeSpan.FromHours(1) } : new(), most: 4), Now);

        Assert.Equal([11, 10, 9, 8], view.Columns[0].Blocks.Select(b => b.Build.Number));
        Assert.Equal(open, view.Columns[0].Blocks[0].Build.Id);
        Assert.Equal(rows.At(650), view.From);
        Assert.Equal([late], view.Changes.Select(c => c.Id));
        Assert.NotEqual(early, late);
    }

    private static WaterfallQueries Queries(TestStore store) => new(store.Database);
}

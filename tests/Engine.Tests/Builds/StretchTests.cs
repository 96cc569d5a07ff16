using Weir.Engine.Builds;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>The waterfall's head, its stretches of time and its updates, read from a real store.</summary>
public sealed class StretchTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_head_has_every_builder_with_its_state_and_the_first_of_its_queue()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker) = (await rows.Master(), await rows.Revision(), await rows.Worker());
        var busy = await rows.Builder("busy", "gst", ["fast"], 1);
        await rows.Builder("never", "web", ["slow"], 2);
        await rows.Build(busy, worker, master, revision, 0, 60, BuildResult.Failure);
        var open = await rows.Build(busy, worker, master, revision, 100, results: null);
        for (var i = 0; i < 5; i++)
            await rows.Request(await rows.Buildset(), busy, priority: i, waits: "SlotsFull", text: $"reason {i}");

        var head = await Queries(store).Head(new(), Now);

        Assert.Equal(["busy", "never"], head.Builders.Select(b => b.Builder.Name));
        Assert.Equal((5, "reason 4"), (head.Builders[0].Builder.Waiting, head.Builders[0].Builder.FirstWaitReason));
        Assert.Equal(["reason 4", "reason 3", "reason 2"], head.Builders[0].Waiting.Select(w => w.Waiting!.Text));
        Assert.Equal(open, Assert.Single(head.Builders[0].Builder.Running).Id);
        Assert.Equal(BuildResult.Failure, head.Builders[0].Builder.Last!.Results);
        Assert.Null(head.Builders[1].Builder.Last);
        Assert.Equal(["gst", "web"], head.Projects);
        Assert.Equal(["fast", "slow"], head.Tags);
        Assert.Equal(2, (await Queries(store).Head(new() { Project = "none" }, Now)).All);
        Assert.Equal(["never"], (await Queries(store).Places(new() { Tag = "slow" }, Now)).Select(p => p.Name));
        Assert.Equal(2, await StoreCalls.Of(() => Queries(store).Head(new(), Now)));
    }

    [Fact]
    public async Task A_stretch_begins_at_a_border_that_all_viewers_share_and_its_neighbours_leave_no_gap()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        List<long> every = [];
        for (var i = 0; i < 40; i++)
            every.Add(await rows.Build(builder, worker, master, revision, (-i * 900) + 300, (-i * 900) + 700));

        var found = new HashSet<long>();
        DateTimeOffset? to = null;
        var stretches = new List<WaterfallStretch>();
        do
        {
            var stretch = await Queries(store).Stretch(new() { Builders = [builder], Drawn = [builder], Length = Hour, To = to }, Now);
            stretches.Add(stretch);
            Assert.Equal(0, stretch.From.ToUnixTimeMilliseconds() % 3_600_000);
            Assert.Equal(to ?? stretch.To, stretch.To);
            Assert.All(stretch.Facts, f => Assert.True(f.StartedAt < stretch.To && f.CompletedAt > stretch.From));
            Assert.Equal(stretch.Facts.Select(f => f.Id).Order(), stretch.Blocks.Select(b => b.Build.Id).Order());
            found.UnionWith(stretch.Facts.Select(f => f.Id));
            to = stretch.From;
        }
        while (stretches[^1].HasOlder);

        Assert.Equal(every.Order(), found.Order());
        Assert.True(stretches[0].IsLive);
        Assert.True(stretches[0].To - stretches[0].From >= Hour / 2);
        Assert.All(stretches.Skip(1), s => Assert.False(s.IsLive));
    }

    [Fact]
    public async Task A_stretch_in_which_nothing_was_reaches_back_to_where_something_was()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        var old = await rows.Build(builder, worker, master, revision, -40 * 86400, (-40 * 86400) + 60);

        var idle = await Queries(store).Stretch(new() { Builders = [builder], Length = Hour }, Now);
        var then = await Queries(store).Stretch(new() { Builders = [builder], Length = Hour, To = idle.From }, Now);
        var before = await Queries(store).Stretch(new() { Builders = [builder], Length = Hour, To = then.From }, Now);

        Assert.Empty(idle.Facts);
        Assert.True(idle.To - idle.From > TimeSpan.FromDays(39));
        Assert.Equal(old, Assert.Single(then.Facts).Id);
        Assert.Equal((true, false, false), (idle.HasOlder, then.HasOlder, before.HasOlder));
    }

    [Fact]
    public async Task More_builds_than_can_be_read_let_the_stretch_begin_later_and_the_next_one_has_them()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        List<long> every = [];
        for (var i = 0; i < 20; i++)
            every.Add(await rows.Build(builder, worker, master, revision, i * 30, (i * 30) + 20));
        var found = new HashSet<long>();
        DateTimeOffset? to = null;
        for (var i = 0; i < 20; i++)
        {
            var stretch = await store.Database.Snapshot(s => StretchRows.Read(s, new() { Builders = [builder], Length = TimeSpan.FromDays(7), To = to }, 6), Now);
            Assert.InRange(stretch.Facts.Count, 0, 6);
            found.UnionWith(stretch.Facts.Select(f => f.Id));
            if (!stretch.HasOlder)
                break;
            to = stretch.From;
        }

        Assert.Equal(every.Order(), found.Order());
    }

    [Fact]
    public async Task At_weeks_the_ends_of_builds_are_counted_by_column_and_slot()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, a, b, c) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("a"), await rows.Builder("b"), await rows.Builder("c"));
        var week = TimeSpan.FromDays(7);
        var from = StretchRows.Begin(DateTimeOffset.UtcNow, week, isLive: true);
        var at = (from.AddHours(10) - rows.At(0)).TotalSeconds;
        await rows.Build(a, worker, master, revision, at, at + 60);
        await rows.Build(b, worker, master, revision, at, at + 120, BuildResult.Failure);
        await rows.Build(b, worker, master, revision, at, at + 180, BuildResult.Retry);
        await rows.Build(c, worker, master, revision, at, at + 5 * 3600, BuildResult.Warnings);
        await rows.Build(c, worker, master, revision, at, results: null);

        var stretch = await Queries(store).Stretch(new() { Builders = [a, b, c], Columns = [0, 0, 1], Length = week, Slot = TimeSpan.FromHours(2) }, Now);

        Assert.Equal([new SlotCount(0, 5, 3, BuildResult.Failure), new SlotCount(1, 7, 1, BuildResult.Warnings)], stretch.Counts.Where(s => s.Slot < 12));
        Assert.Empty(stretch.Facts);
    }

    [Fact]
    public async Task However_much_there_is_the_store_is_asked_a_fixed_number_of_times()
    {
        await using var store = await TestStore.Create();
        await BigStore.Fill(store, builders: 60, buildsPerDay: 2000, days: 2, workers: 10, waiting: 50);
        var queries = Queries(store);
        var all = (await queries.Places(new(), Now)).Select(p => p.Id).ToArray();
        var some = (await queries.Stretch(new() { Builders = all, Length = Hour }, Now)).Facts.Select(f => f.Id).Take(30).ToArray();
        StretchWish wish = new() { Builders = all, Drawn = all[..25], Columns = [.. all.Select((_, i) => i)], Length = TimeSpan.FromHours(6) };

        Assert.Equal(2, await StoreCalls.Of(() => queries.Head(new(), Now)));
        Assert.Equal(3, await StoreCalls.Of(() => queries.Stretch(wish, Now)));
        Assert.Equal(3, await StoreCalls.Of(() => queries.Stretch(wish with { To = DateTimeOffset.UtcNow.AddHours(-9) }, Now)));
        Assert.Equal(2, await StoreCalls.Of(() => queries.Stretch(wish with { Slot = Hour }, Now)));
        Assert.Equal(1, await StoreCalls.Of(() => queries.Places(new(), Now)));
        Assert.Equal(3, await StoreCalls.Of(() => queries.Update(some, all, [1, 2], Now)));
    }

    [Fact]
    public async Task An_update_has_the_builds_their_builders_and_what_else_was_asked_for()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, a, b, c) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("a", position: 1), await rows.Builder("b", position: 2), await rows.Builder("c", position: 3));
        var build = await rows.Build(a, worker, master, revision, 0, results: null);
        await rows.Step(build, 0, "compile", from: 0, results: null);
        var request = await rows.Request(await rows.Buildset(), b, waits: "New");
        var change = await rows.Change();

        var update = await Queries(store).Update([build, 999], [b, 998], [change, 997], Now);

        Assert.Equal("compile", Assert.Single(Assert.Single(update.Blocks).Steps).Name);
        Assert.Equal(["a", "b"], update.Builders.Select(x => x.Builder.Name));
        Assert.Equal(request, Assert.Single(update.Builders[1].Waiting).Id);
        Assert.Equal(change, Assert.Single(update.Changes).Id);
        Assert.NotEqual(0, c);
    }

    private static WaterfallQueries Queries(TestStore store) => new(store.Database);
}

using Weir.Shared.Builds;
using Weir.Shared.Queue;
using Weir.Support;

namespace Weir.Engine.Tests.Queue;

public sealed class QueueQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waiting_requests_stand_in_the_order_in_which_they_will_be_considered()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (a, b) = (await rows.Builder("a"), await rows.Builder("b"));
        var set = await rows.Buildset("a commit", branch: "dev", revision: "123");
        var late = await rows.Request(set, a, 0, rows.At(9), "SlotsFull", "All are full.");
        var tie = await rows.Request(set, b, 0, rows.At(9), "New");
        var early = await rows.Request(set, a, 0, rows.At(1), "New");
        var urgent = await rows.Request(set, a, 7, rows.At(20), "New");
        await rows.Request(set, a, 9, claimedBy: await rows.Master());
        var queries = store.Queue;

        var waiting = await queries.Waiting(10, Now);

        Assert.Equal([urgent, early, late, tie], waiting.Select(r => r.Id));
        Assert.Equal(waiting.Take(2).Select(r => r.Id), (await queries.Waiting(2, Now)).Select(r => r.Id));
        var request = waiting[2];
        Assert.Equal((late, set, a, "a", 0, "a commit", "dev", "123", false), (request.Id, request.BuildsetId, request.BuilderId, request.BuilderName, request.Priority, request.Reason, request.Branch, request.Revision, request.WaitedFor));
        Assert.Equal(new WaitReason(WaitKind.SlotsFull, "All are full.", rows.At(9)), request.Waiting);
        Assert.Equal(rows.At(9), request.SubmittedAt);
    }

    [Fact]
    public async Task The_queue_comes_in_parts_with_the_causes_of_all_of_it()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (a, b) = (await rows.Builder("a"), await rows.Builder("b"));
        var set = await rows.Buildset();
        var expected = new List<long>();
        foreach (var priority in new[] { 5, 0, -3 })
        {
            for (var i = 0; i < 4; i++)
                expected.Add(await rows.Request(set, i % 2 == 0 ? a : b, priority, rows.At(i), i == 3 ? "New" : "SlotsFull", i == 3 ? "Alone." : "All are full."));
        }
        var queries = store.Queue;

        var seen = new List<long>();
        QueuePart part;
        long? after = null;
        do
        {
            part = await queries.Part(new() { After = after, Limit = 5 }, Now);
            Assert.Equal((12, seen.Count), (part.Total, part.Before));
            seen.AddRange(part.Requests.Select(r => r.Id));
            after = part.Next;
        }
        while (after is not null);

        Assert.Equal(expected, seen);
        Assert.Equal([("All are full.", 9), ("Alone.", 3)], part.Causes.Select(c => (c.Text, c.Requests)));
        var ofB = await queries.Part(new() { Builder = "b" }, Now);
        Assert.Equal((6, true), (ofB.Total, ofB.Requests.All(r => r.BuilderName == "b")));
        await store.Execute($"DELETE FROM open_requests WHERE request_id = {expected[4]}");
        Assert.Equal(expected[5], (await queries.Part(new() { After = expected[4], Limit = 1 }, Now)).Requests[0].Id);
        Assert.Equal(1, await StoreCalls.Of(() => queries.Part(new(), Now)));
    }

    [Fact]
    public async Task Buildsets_of_a_scheduler_stand_alone()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var first = await rows.Buildset(scheduler: "nightly");
        await rows.Buildset(scheduler: "other");
        var second = await rows.Buildset(scheduler: "nightly", results: BuildResult.Success);
        var queries = store.Queue;

        Assert.Equal([second, first], (await queries.Buildsets(new BuildsetFilter { Scheduler = "nightly" }, Now)).Items.Select(s => s.Id));
        Assert.Equal([first], (await queries.Buildsets(new BuildsetFilter { Scheduler = "nightly", Before = second }, Now)).Items.Select(s => s.Id));
        Assert.Equal([first], (await queries.Buildsets(new BuildsetFilter { Scheduler = "nightly", Complete = false }, Now)).Items.Select(s => s.Id));
    }

    [Fact]
    public async Task A_request_shows_its_builds_and_who_took_it()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        var set = await rows.Buildset();
        await rows.SourceStamp(set, "py", "other", "999");
        var id = await rows.Request(set, builder, 3, rows.At(5), claimedBy: master, results: BuildResult.Warnings);
        var first = await rows.Build(builder, worker, master, revision, 10, 20, BuildResult.Retry, (set, id));
        var second = await rows.Build(builder, worker, master, revision, 30, 40, BuildResult.Warnings, (set, id));
        var queries = store.Queue;

        var request = (await queries.Request(id, Now))!;

        Assert.Equal([first, second], request.Builds.Select(b => b.Id));
        Assert.Equal((rows.At(5), master, rows.At(65), BuildResult.Warnings, null), (request.ClaimedAt, request.ClaimedByMasterId, request.CompletedAt, request.Results, request.Waiting));
        Assert.Equal(("main", "abc", 3), (request.Branch, request.Revision, request.Priority));
        Assert.Null(await queries.Request(id + 1, Now));
        Assert.Equal(1, await StoreCalls.Of(() => queries.Request(id, Now)));
    }

    [Fact]
    public async Task Requests_are_filtered_and_paged_by_key()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        long[] builders = [await rows.Builder(), await rows.Builder()];
        var set = await rows.Buildset();
        var made = new List<(long Id, long Builder, bool Complete)>();
        for (var i = 0; i < 11; i++)
            made.Insert(0, (await rows.Request(set, builders[i % 2], results: i % 3 == 0 ? null : BuildResult.Success), builders[i % 2], i % 3 != 0));
        var queries = store.Queue;

        foreach (var (builder, complete) in from b in new long?[] { null, builders[0], builders[1] } from c in new bool?[] { null, true, false } select (b, c))
        {
            var seen = new List<long>();
            for (long? before = null; ;)
            {
                var page = await queries.Requests(builder, complete, before, 3, Now);
                seen.AddRange(page.Items.Select(r => r.Id));
                if ((before = page.Next) is null)
                    break;
            }
            Assert.Equal(made.Where(m => (builder ?? m.Builder) == m.Builder && (complete ?? m.Complete) == m.Complete).Select(m => m.Id), seen);
        }
    }

    [Fact]
    public async Task Buildsets_come_with_stamps_requests_and_builds()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, a, b) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("a"), await rows.Builder("b"));
        long[] changes = [await rows.Change(), await rows.Change()];
        var old = await rows.Buildset(results: BuildResult.Failure);
        var set = await rows.Buildset("a commit", "on-lib", changes: [changes[1], changes[0]], properties: """[{"Name": "stage", "Value": "\"edge\"", "Source": "Scheduler"}, {"Name": "a", "Value": "1", "Source": "Change"}]""", submitted: rows.At(3));
        await rows.SourceStamp(set, "py", "dev", "7");
        var (ra, rb) = (await rows.Request(set, a, claimedBy: master), await rows.Request(set, b, waits: "New"));
        var build = await rows.Build(a, worker, master, revision, 5, results: null, order: (set, ra));
        var queries = store.Queue;

        var detail = (await queries.Buildset(set, Now))!;

        Assert.Equal((set, "a commit", "on-lib", rows.At(3), null, null), (detail.Buildset.Id, detail.Buildset.Reason, detail.Buildset.Scheduler, detail.Buildset.SubmittedAt, detail.Buildset.CompletedAt, detail.Buildset.Results));
        Assert.Equal(["lib", "py"], detail.Buildset.SourceStamps.Select(s => s.Codebase));
        Assert.Equal([ra, rb], detail.Buildset.Requests.Select(r => r.Id));
        Assert.Equal([build], detail.Buildset.Requests[0].Builds.Select(x => x.Id));
        Assert.Equal(WaitKind.New, detail.Buildset.Requests[1].Waiting!.Kind);
        Assert.Equal(changes, detail.Changes.Select(c => c.Id));
        Assert.Equal([new("stage", "\"edge\"", "Scheduler"), new("a", "1", "Change")], detail.Properties);
        Assert.Equal("dev", (await queries.SourceStamp(detail.Buildset.SourceStamps[1].Id, Now))!.Branch);
        Assert.Null(await queries.Buildset(set + 1, Now));
        Assert.Equal([set, old], (await queries.Buildsets(null, null, 10, Now)).Items.Select(s => s.Id));
        Assert.Equal([set], (await queries.Buildsets(false, null, 10, Now)).Items.Select(s => s.Id));
        var done = Assert.Single((await queries.Buildsets(true, null, 10, Now)).Items);
        Assert.Equal((BuildResult.Failure, rows.At(60)), (done.Results, done.CompletedAt));
        Assert.Equal((1, set), await First());
        Assert.Equal([old], (await queries.Buildsets(null, set, 1, Now)).Items.Select(s => s.Id));
        Assert.Equal(2, await StoreCalls.Of(() => queries.Buildset(set, Now)));
        Assert.Equal(2, await StoreCalls.Of(() => queries.Buildsets(null, null, 10, Now)));

        async Task<(int, long?)> First()
        {
            var page = await queries.Buildsets(null, null, 1, Now);
            return (page.Items.Count, page.Next);
        }
    }

    [Fact]
    public async Task A_page_of_buildsets_with_very_many_requests_ends_early()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var builder = await rows.Builder();
        long[] sets = [await rows.Buildset(), await rows.Buildset(), await rows.Buildset()];
        await rows.Run("INSERT INTO requests (buildset_id, builder_id, submitted_at) SELECT s, @builder, weir_now() FROM unnest(@sets) AS s, generate_series(1, 3000)", ("builder", builder), ("sets", sets));
        var queries = store.Queue;

        var first = await queries.Buildsets(null, null, 10, Now);
        var second = await queries.Buildsets(null, first.Next, 10, Now);

        Assert.Equal([sets[2], sets[1]], first.Items.Select(s => s.Id));
        Assert.Equal([sets[0]], second.Items.Select(s => s.Id));
        Assert.Null(second.Next);
        Assert.Equal(3000, second.Items[0].Requests.Count);
    }
}

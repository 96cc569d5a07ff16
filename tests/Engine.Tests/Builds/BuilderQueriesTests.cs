using Weir.Engine.Builds;
using Weir.Shared.Builds;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

public sealed class BuilderQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_builder_shows_its_last_running_and_waiting_builds_and_its_workers()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision) = (await rows.Master(), await rows.Revision());
        var builder = await rows.Builder("lib", "gst", ["linux", "fast"], 3, ["attic", "shed-*"], ["arm", "big"], "libgst");
        var attic = await rows.Worker("attic");
        await rows.Session(attic, master);
        await rows.Session(await rows.Worker("shed-1", pausedBy: "ada"), master);
        await rows.Worker("shed-2");
        await rows.Session(await rows.Worker("board", ["big", "arm", "x"]), master);
        await rows.Session(await rows.Worker("half", ["arm"]), master);
        await rows.Worker("shed-gone", retired: true);
        await rows.Session(await rows.Worker("shed-stranger", configured: false), master);
        var good = await rows.Build(builder, attic, master, revision, 0, 100);
        var bad = await rows.Build(builder, attic, master, revision, 50, 90, BuildResult.Failure);
        var running = await rows.Build(builder, attic, master, revision, 200, results: null);
        var other = await rows.Builder("other");
        await rows.Build(other, attic, master, revision, 300, 400);
        await rows.Request(await rows.Buildset(), builder, priority: 0, waits: "SlotsFull", text: "later", submitted: rows.At(1));
        await rows.Request(await rows.Buildset(), builder, priority: 5, waits: "SlotsFull", text: "first", submitted: rows.At(2));
        var queries = Queries(store);

        var found = (await queries.Find("lib", Now))!;

        Assert.Equal((builder, "lib", "gst", "libgst", null), (found.Id, found.Name, found.Project, found.Description, found.RetiredAt));
        Assert.Equal(["linux", "fast"], found.Tags);
        Assert.Equal(good, found.Last!.Id);
        Assert.Equal([running], found.Running.Select(b => b.Id));
        Assert.Equal(rows.At(300), found.Running[0].ExpectedEndAt);
        Assert.Equal((2, "first"), (found.Waiting, found.FirstWaitReason));
        Assert.Equal(new WorkerCounts(2, 0, 1, 1), found.Workers);
        Assert.Equal([good, bad], found.Recent.Select(b => b.Id));
        Assert.Equal(TimeSpan.FromSeconds(100), found.UsualDuration);
        Assert.Equal(builder, (await queries.Find(builder, Now))!.Id);
        Assert.Null(await queries.Find("lost", Now));
        Assert.Null(await queries.Find(other + 1, Now));
        var empty = (await queries.Find("other", Now))!;
        Assert.Equal(new WorkerCounts(3, 0, 1, 1), empty.Workers);
        Assert.Equal((0, null), (empty.Waiting, empty.FirstWaitReason));
    }

    [Fact]
    public async Task Builders_stand_in_the_order_of_the_configuration_and_retired_ones_last()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        await rows.Builder("gone", position: 0, retired: true);
        await rows.Builder("third", position: 3);
        await rows.Builder("first", position: 1);
        var (master, revision, worker) = (await rows.Master(), await rows.Revision(), await rows.Worker());
        var second = await rows.Builder("second", position: 2);
        for (var i = 0; i < 35; i++)
            await rows.Build(second, worker, master, revision, i, 100 + i, BuildResult.Failure);

        var list = await Queries(store).List(Now);

        Assert.Equal(["first", "second", "third", "gone"], list.Select(b => b.Name));
        Assert.NotNull(list[3].RetiredAt);
        Assert.Equal(Enumerable.Range(6, 30).Reverse(), list[1].Recent.Select(b => b.Number));
        Assert.Equal(35, list[1].Last!.Number);
        Assert.Null(list[1].UsualDuration);
        Assert.Equal(1, await StoreCalls.Of(() => Queries(store).List(Now)));
    }

    [Fact]
    public async Task A_builders_page_has_its_queue_its_forms_and_its_part_of_the_configuration()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var builder = await rows.Builder("lib");
        await rows.InForce(await rows.Revision(parts: """[{"Name": "a.yaml", "Text": "title: x\n"}, {"Name": "b.yaml", "Text": "builders:\n  lib:\n    steps:\n      - run: make\n  pyg:\n    steps: []\n"}]"""));
        var late = await rows.Request(await rows.Buildset("late", branch: "dev", revision: "123"), builder, priority: 1, waits: "WorkersMissing", text: "Nobody is there.", submitted: rows.At(5));
        var early = await rows.Request(await rows.Buildset("early"), builder, priority: 1, waits: "New", submitted: rows.At(4));
        var urgent = await rows.Request(await rows.Buildset("urgent"), builder, priority: 2, waits: "New", submitted: rows.At(6));
        await rows.Request(await rows.Buildset(), builder, claimedBy: await rows.Master());

        var detail = (await Queries(store, new ForceForm { Scheduler = "f", Label = "F", Builders = ["lib"], Parameters = [] }, new ForceForm { Scheduler = "g", Label = "G", Builders = ["pyg"], Parameters = [] }).Detail("lib", Now))!;

        Assert.Equal([urgent, early, late], detail.Queue.Select(r => r.Id));
        Assert.Equal(new WaitReason(WaitKind.WorkersMissing, "Nobody is there.", rows.At(5)), detail.Queue[2].Waiting);
        Assert.Equal(("late", "dev", "123", "lib", 1), (detail.Queue[2].Reason, detail.Queue[2].Branch, detail.Queue[2].Revision, detail.Queue[2].BuilderName, detail.Queue[2].Priority));
        Assert.Equal("f", Assert.Single(detail.ForceForms).Scheduler);
        Assert.Equal("lib:\n  steps:\n    - run: make\n", detail.ConfigurationText);
        Assert.Equal(3, detail.Builder.Waiting);
        Assert.Null(await Queries(store).Detail("lost", Now));
    }

    private static BuilderQueries Queries(TestStore store, params ForceForm[] forms) => new(store.Database, new Forms(forms));

    internal sealed class Forms(params ForceForm[] forms) : ISchedulerQueries
    {
        public Task<IReadOnlyList<SchedulerRecord>> List(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<SchedulerRecord>>([]);

        public Task<SchedulerDetail?> Detail(string scheduler, CancellationToken cancellation) => Task.FromResult<SchedulerDetail?>(null);

        public Task<IReadOnlyList<ForceForm>> ForceForms(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ForceForm>>(forms);
    }
}

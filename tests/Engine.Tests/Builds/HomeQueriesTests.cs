using Weir.Engine.Builds;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

public sealed class HomeQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Red_begins_with_the_first_failure_after_the_last_good_build()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker) = (await rows.Master(), await rows.Revision(), await rows.Worker());
        var (red, green, always, cancelled) = (await rows.Builder("red", position: 1), await rows.Builder("green", position: 2), await rows.Builder("always", position: 3), await rows.Builder("cancelled", position: 4));
        long[] changes = [await rows.Change(), await rows.Change(), await rows.Change()];
        await rows.Build(red, worker, master, revision, 0, 10, BuildResult.Failure);
        var good = await rows.Build(red, worker, master, revision, 10, 20, BuildResult.Warnings);
        await rows.Build(red, worker, master, revision, 20, 30, BuildResult.Cancelled);
        var since = await rows.Build(red, worker, master, revision, 30, 40, BuildResult.Exception, await rows.Order(red, changes: [changes[2], changes[1]]));
        await rows.Build(red, worker, master, revision, 40, 50, BuildResult.Skipped);
        var last = await rows.Build(red, worker, master, revision, 50, 60, BuildResult.Failure, await rows.Order(red, changes: [changes[0]]));
        await rows.Step(last, 0, "compile");
        await rows.Step(last, 1, "check", results: BuildResult.Failure);
        await rows.Step(last, 2, "upload", results: BuildResult.Exception);
        await rows.Build(red, worker, master, revision, 70, results: null);
        await rows.Build(green, worker, master, revision, 0, 10, BuildResult.Failure);
        await rows.Build(green, worker, master, revision, 10, 20);
        var first = await rows.Build(always, worker, master, revision, 0, 10, BuildResult.Failure);
        await rows.Build(always, worker, master, revision, 10, 20, BuildResult.Failure);
        await rows.Build(cancelled, worker, master, revision, 0, 10, BuildResult.Failure);
        await rows.Build(cancelled, worker, master, revision, 10, 20, BuildResult.Cancelled);

        var home = await new HomeQueries(store.Database).Home(Now);

        Assert.Equal(["red", "always"], home.Red.Select(r => r.Builder.Name));
        Assert.Equal((since, changes[1], "check", good), (home.Red[0].SinceBuild.Id, home.Red[0].SinceChange!.Id, home.Red[0].FailedStep, home.Red[0].LastGood!.Id));
        Assert.Equal((first, null, null, null), (home.Red[1].SinceBuild.Id, home.Red[1].SinceChange, home.Red[1].FailedStep, home.Red[1].LastGood));
        Assert.Equal(last, home.Red[0].Builder.Last!.Id);
        Assert.InRange(await StoreCalls.Of(() => new HomeQueries(store.Database).Home(Now)), 1, 4);
    }

    [Theory]
    [InlineData("ada", "Ada Lovelace <ada@example.org>", true)]
    [InlineData("Ada Lovelace", "ada lovelace <countess@example.org>", true)]
    [InlineData("ada@example.org", "Ada Lovelace <ADA@example.org>", true)]
    [InlineData("ada", "ada@example.org", true)]
    [InlineData("ada", "ada", true)]
    [InlineData("ad", "Ada Lovelace <ada@example.org>", false)]
    [InlineData("example.org", "Ada Lovelace <ada@example.org>", false)]
    [InlineData("%", "ada", false)]
    [InlineData("ada", "<>", false)]
    public async Task A_change_belongs_to_whom_its_author_names_by_name_or_address(string user, string author, bool hers)
    {
        await using var store = await TestStore.Create();
        await new Rows(store).Change(author);

        Assert.Equal(hers ? 1 : 0, (await new HomeQueries(store.Database).Mine(user, Now)).Changes.Count);
    }

    [Fact]
    public async Task Builds_are_mine_by_my_change_or_by_my_word_and_few_are_shown()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("a"));
        var (mine, other) = (await rows.Change("Ada <ada@example.org>"), await rows.Change("bob"));
        async Task<long> Build(long[] changes, string owner, string source)
        {
            var set = await rows.Buildset(changes: changes, properties: $$"""[{"Name":"owner","Value":"\"{{owner}}\"","Source":"{{source}}"}]""");
            return await rows.Build(builder, worker, master, revision, 10, 20, order: (set, await rows.Request(set, builder)));
        }
        var ofMyChange = await Build([other, mine], "bob", "Force Build Form");
        var forced = await Build([], "ada", "Force Build Form");
        await Build([other], "bob", "Force Build Form");
        await Build([], "ada", "Change");

        var work = await new HomeQueries(store.Database).Mine("ada", Now);
        Assert.Equal([mine], work.Changes.Select(c => c.Id));
        Assert.Equal([forced, ofMyChange], work.Builds.Select(b => b.Id));

        for (var i = 0; i < 12; i++)
        {
            await rows.Change("ada");
            await Build([mine], "bob", "Scheduler");
        }
        work = await new HomeQueries(store.Database).Mine("ada", Now);
        Assert.Equal((6, 8), (work.Changes.Count, work.Builds.Count));
        Assert.InRange(await StoreCalls.Of(() => new HomeQueries(store.Database).Mine("ada", Now)), 1, 2);
    }

    [Fact]
    public async Task The_first_page_shows_what_runs_what_ended_and_what_waits()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker) = (await rows.Master(), await rows.Revision(model: """{"Title": "GStreamer CI"}"""), await rows.Worker());
        await rows.InForce(revision);
        var (builder, retired) = (await rows.Builder("a"), await rows.Builder("gone", retired: true));
        for (var i = 0; i < 25; i++)
            await rows.Build(builder, worker, master, revision, i, 100 + i);
        var one = await rows.Build(builder, worker, master, revision, 200, results: null);
        var two = await rows.Build(retired, worker, master, revision, 201, results: null);
        await rows.Request(await rows.Buildset(), builder, waits: "New", submitted: rows.At(9));
        await rows.Request(await rows.Buildset(), builder, waits: "New", submitted: rows.At(7));

        var home = await new HomeQueries(store.Database).Home(Now);

        Assert.Equal("GStreamer CI", home.Title);
        Assert.Equal(["a"], home.Builders.Select(b => b.Name));
        Assert.Equal([one, two], home.Running.Select(b => b.Id));
        Assert.Equal(Enumerable.Range(6, 20).Reverse(), home.Recent.Select(b => b.Number));
        Assert.Equal((2, rows.At(7)), (home.Waiting, home.OldestWaitingSince));
        Assert.Empty(home.Red);
    }

    [Fact]
    public async Task Attention_is_asked_for_what_is_broken_and_for_nothing_else()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var master = await rows.Master("alive");
        await rows.Master("dead", heartbeat: rows.At(100));
        await rows.Master("stopped", state: "Stopped", heartbeat: rows.At(100));
        await rows.InForce(await rows.Revision());
        var refused = await rows.Revision("Refused", model: null);
        await rows.Session(await rows.Worker("well"), master);
        await rows.Session(await rows.Worker("silent"), master, heartbeat: rows.At(200));
        await rows.Session(await rows.Worker("left"), master, heartbeat: rows.At(300), ended: rows.At(301));
        await rows.Worker("never");
        await rows.Session(await rows.Worker("resting", pausedBy: "ada", pauseReason: "new disk"), master);
        await rows.Worker("gone", retired: true);
        await rows.Worker("stranger", configured: false);
        await rows.Run("INSERT INTO change_sources (name, kind, last_poll_at, last_error, failures) VALUES ('lib-poll', 'git-poller', @at, 'no route', 3), ('well', 'git-poller', @at, NULL, 0)", ("at", rows.At(400)));

        var attention = (await new HomeQueries(store.Database).Home(Now)).Attention;

        Assert.Equal(
            [("configuration", refused.ToString(), rows.Start), ("master", "dead", rows.At(100)), ("worker", "left", rows.At(300)), ("worker", "never", (DateTimeOffset?)null),
                ("worker", "resting", rows.Start), ("worker", "silent", rows.At(200)), ("source", "lib-poll", rows.At(400))],
            attention.Select(a => (a.Kind, a.Subject, a.Since)));
        Assert.Equal("resting is paused by ada: new disk", attention[4].Text);
        Assert.Equal("lib-poll could not look for changes: no route", attention[6].Text);
        await rows.Revision("Checked");
        Assert.DoesNotContain((await new HomeQueries(store.Database).Home(Now)).Attention, a => a.Kind == "configuration");
    }
}

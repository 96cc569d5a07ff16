using Weir.Engine.Builds;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

public sealed class BuildQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_build_is_found_with_all_that_lists_show()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision) = (await rows.Master("north"), await rows.Revision());
        var builder = await rows.Builder("lib-linux", project: "gst");
        var worker = await rows.Worker("attic");
        var order = await rows.Order(builder, reason: "a commit to lib", branch: "main");
        var id = await rows.Build(builder, worker, master, revision, 10, 70, BuildResult.Failure, order, branch: "topic", text: "failed: check", attempt: 2);
        await rows.Stop(id, "grace", "wrong branch");
        var queries = new BuildQueries(store.Database);

        var build = await queries.Find(id, Now);

        Assert.Equal(new BuildSummary
        {
            Id = id,
            BuilderId = builder,
            BuilderName = "lib-linux",
            Project = "gst",
            Number = 1,
            RequestId = order.Request,
            BuildsetId = order.Buildset,
            WorkerId = worker,
            WorkerName = "attic",
            MasterId = master,
            MasterName = "north",
            SubmittedAt = rows.Start,
            StartedAt = rows.At(10),
            CompletedAt = rows.At(70),
            Results = BuildResult.Failure,
            StateText = "failed: check",
            Reason = "a commit to lib",
            Branch = "topic",
            Revision = "abc",
            ConfigRevision = revision,
            Attempt = 2,
            StopRequestedAt = rows.Start,
            StopRequestedBy = "grace",
            ExpectedEndAt = null,
        }, build);
        Assert.Equal(build, await queries.Find("lib-linux", 1, Now));
        Assert.Null(await queries.Find(id + 1, Now));
        Assert.Null(await queries.Find("lib-linux", 2, Now));
        Assert.Null(await queries.Find("other", 1, Now));
    }

    [Fact]
    public async Task A_running_build_is_expected_to_take_as_long_as_the_median_of_the_last_good_ones()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker) = (await rows.Master(), await rows.Revision(), await rows.Worker());
        var (builder, other) = (await rows.Builder(), await rows.Builder());
        await rows.Build(builder, worker, master, revision, 0, 5000);
        foreach (var seconds in new[] { 100, 300, 200 })
            await rows.Build(builder, worker, master, revision, 6000, 6000 + seconds, seconds == 200 ? BuildResult.Warnings : BuildResult.Success);
        await rows.Build(builder, worker, master, revision, 7000, 7001, BuildResult.Failure);
        await rows.Run("UPDATE builds SET completed_at = started_at + interval '200 seconds' WHERE number = 1 AND builder_id = @builder", ("builder", builder));
        var running = await rows.Build(builder, worker, master, revision, 8000, results: null);
        var first = await rows.Build(other, worker, master, revision, 8000, results: null);
        var queries = new BuildQueries(store.Database);

        Assert.Equal(rows.At(8200), (await queries.Find(running, Now))!.ExpectedEndAt);
        Assert.Null((await queries.Find(first, Now))!.ExpectedEndAt);
        Assert.False((await queries.Find(first, Now))!.Complete);
    }

    [Fact]
    public async Task A_page_of_a_build_has_everything_of_it_and_nothing_of_another()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        var changes = new[] { await rows.Change(author: "ada", comments: "One\nmore", files: ["a.c", "b.c"], properties: """{"size": 3, "tags": ["x"]}"""), await rows.Change(author: "bo") };
        var order = await rows.Order(builder, changes: changes);
        var second = await rows.SourceStamp(order.Buildset, "py", "dev", null);
        var lost = await rows.Build(builder, worker, master, revision, 0, 10, BuildResult.Retry, order);
        var id = await rows.Build(builder, worker, master, revision, 20, results: null, order: order, attempt: 2);
        await rows.Plan(id, """{"Builder": {"Name": "x", "Steps": [{"Name": "git", "kind": "git"}, {"Name": "compile", "kind": "run"}, {"Name": "check", "kind": "run"}, {"Name": "note", "kind": "set"}]}}""");
        await rows.Property(id, "branch", "\"main\"", "Build");
        await rows.Property(id, "answer", "42", "set");
        await rows.Stop(id, "grace", "enough");
        var git = await rows.Step(id, 0, "git", "git", 20, 25);
        var compile = await rows.Step(id, 1, "compile", "run", 25, results: null, hidden: true);
        var log = await rows.Log(id, compile);
        var tests = await rows.Log(id, compile, "tests.log", 't');
        await rows.LogOf(lost, [Rows.Line("gone")]);

        var detail = (await new BuildQueries(store.Database).Detail(id, Now))!;

        Assert.Equal(id, detail.Build.Id);
        Assert.Equal(["git", "compile", "check", "note"], detail.Steps.Select(s => s.Name));
        Assert.Equal([0, 1, 2, 3], detail.Steps.Select(s => s.Number));
        Assert.Equal(["git", "run", "run", "set"], detail.Steps.Select(s => s.Kind));
        Assert.Equal([git, compile, 0, 0], detail.Steps.Select(s => s.Id));
        Assert.Equal([rows.At(20), rows.At(25), null, null], detail.Steps.Select(s => s.StartedAt));
        Assert.Equal([rows.At(25), null, null, null], detail.Steps.Select(s => s.CompletedAt));
        Assert.Equal([BuildResult.Success, null, null, null], detail.Steps.Select(s => s.Results));
        Assert.Equal([false, true, false, false], detail.Steps.Select(s => s.Hidden));
        Assert.Equal(["git", "compile", "not yet", "not yet"], detail.Steps.Select(s => s.StateText));
        Assert.All(detail.Steps, s => Assert.Equal(id, s.BuildId));
        Assert.Equal([log, tests], detail.Steps[1].Logs.Select(l => l.Id));
        Assert.Equal(['s', 't'], detail.Steps[1].Logs.Select(l => l.Type));
        Assert.Empty(detail.Steps[0].Logs);
        Assert.Equal([new("answer", "42", "set"), new("branch", "\"main\"", "Build")], detail.Properties);
        Assert.Equal(changes, detail.Changes.Select(c => c.Id));
        var change = detail.Changes[0];
        Assert.Equal(("ada", "grace", "lib", "main", "dev", "One", rows.Start), (change.Author, change.Committer, change.Codebase, change.Branch, change.Category, change.Subject, change.When));
        Assert.Equal(["a.c", "b.c"], change.Files);
        Assert.Equal([new("size", "3"), new("tags", "[\"x\"]")], change.Properties);
        Assert.Equal(["lib", "py"], detail.SourceStamps.Select(s => s.Codebase));
        Assert.Equal((second, "dev", null), (detail.SourceStamps[1].Id, detail.SourceStamps[1].Branch, detail.SourceStamps[1].Revision));
        Assert.Equal([lost, id], detail.Attempts.Select(b => b.Id));
        Assert.Equal("enough", detail.StopReason);
        Assert.Equal(1, detail.Epoch);
        Assert.Null(await new BuildQueries(store.Database).Detail(id + 1, Now));
    }

    [Fact]
    public async Task A_finished_build_says_which_steps_did_not_run()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var id = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision(), results: BuildResult.Failure);
        await rows.Plan(id, """{"Builder": {"Steps": [{"Name": "a", "kind": "run"}, {"Name": "b", "kind": "run"}]}}""");
        await rows.Step(id, 0, "a", results: BuildResult.Failure);

        var detail = (await new BuildQueries(store.Database).Detail(id, Now))!;

        Assert.Equal(["a", "did not run"], detail.Steps.Select(s => s.StateText));
        Assert.Equal(0, detail.Epoch);
        Assert.Null(detail.StopReason);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged_by_key()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision) = (await rows.Master(), await rows.Revision());
        long[] builders = [await rows.Builder(), await rows.Builder()];
        long[] workers = [await rows.Worker(), await rows.Worker(), await rows.Worker()];
        BuildResult?[] results = [BuildResult.Success, BuildResult.Failure, BuildResult.Success, null, BuildResult.Exception];
        var made = new List<BuildSummary>();
        var queries = new BuildQueries(store.Database);
        for (var i = 0; i < 30; i++)
            made.Insert(0, (await queries.Find(await rows.Build(builders[i % 2], workers[i % 3], master, revision, i, i + 100 - (2 * i), results[i % 5]), Now))!);

        await Check(new(), _ => true);
        await Check(new() { BuilderId = builders[1] }, b => b.BuilderId == builders[1]);
        await Check(new() { WorkerId = workers[2] }, b => b.WorkerId == workers[2]);
        await Check(new() { WorkerId = workers[2], BuilderId = builders[0] }, b => b.WorkerId == workers[2] && b.BuilderId == builders[0]);
        await Check(new() { BuildsetId = made[4].BuildsetId }, b => b.BuildsetId == made[4].BuildsetId);
        await Check(new() { RequestId = made[5].RequestId }, b => b.RequestId == made[5].RequestId);
        await Check(new() { Complete = true }, b => b.Complete);
        await Check(new() { Complete = false }, b => !b.Complete);
        await Check(new() { Results = BuildResult.Exception }, b => b.Results == BuildResult.Exception);
        await Check(new() { Results = BuildResult.Success, BuilderId = builders[0], Complete = true }, b => b.Results == BuildResult.Success && b.BuilderId == builders[0]);
        await Check(new() { Results = BuildResult.Success, Complete = false }, _ => false);

        async Task Check(BuildFilter filter, Func<BuildSummary, bool> expected)
        {
            var seen = new List<long>();
            long? before = null;
            do
            {
                var page = await queries.List(filter with { Before = before, Limit = 4 }, Now);
                Assert.True(page.Items.Count <= 4);
                Assert.True(page.Next is null || page.Items.Count == 4);
                seen.AddRange(page.Items.Select(b => b.Id));
                before = page.Next;
            }
            while (before is not null);
            Assert.Equal(made.Where(expected).Select(b => b.Id), seen);
            Assert.Equal(made.Where(expected).Where(b => b.Id < made[10].Id).Select(b => b.Id), (await queries.List(filter with { Before = made[10].Id }, Now)).Items.Select(b => b.Id));
        }
    }

    [Fact]
    public async Task A_build_knows_its_neighbours_the_last_good_one_and_whether_its_builder_has_changed_since()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, old, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder("lib"));
        var (middle, newest, beyond) = (await rows.Revision(), await rows.Revision(), await rows.Revision());
        await rows.InForce(newest);
        foreach (var (revision, name) in new[] { (old, "lib"), (middle, "other"), (newest, "lib"), (beyond, "lib") })
            await store.Execute($"INSERT INTO config_differences (revision_id, place, kind, section, name, settings) VALUES ({revision}, 0, 'Changed', 'builder', '{name}', '[]')");
        await rows.Build(builder, worker, master, old, 0, 10);
        await rows.Build(builder, worker, master, old, 10, 20, BuildResult.Failure);
        var gone = await rows.Build(builder, worker, master, old, 20, 30, BuildResult.Failure);
        var build = await rows.Build(builder, worker, master, old, 30, 40, BuildResult.Failure);
        await rows.Build(builder, worker, master, newest, 50, 60);
        await store.Execute($"DELETE FROM builds WHERE id = {gone}");

        var detail = (await new BuildQueries(store.Database).Detail(build, Now))!;

        Assert.Equal((2, 5, 1), (detail.PreviousNumber, detail.NextNumber, detail.LastGoodNumber));
        Assert.Equal((newest, 1), (detail.RevisionInForce, detail.BuilderChangesSince));

        // What it was called counts as long as it was called that.
        await store.Execute($"""
            INSERT INTO former_names (section, name, until_revision, thing_id, renamed_at, told) VALUES ('builders', 'other', {newest}, {builder}, weir_now(), true);
            INSERT INTO config_differences (revision_id, place, kind, section, name, settings) VALUES ({newest}, 1, 'Changed', 'builder', 'other', '[]')
            """);
        Assert.Equal(2, (await new BuildQueries(store.Database).Detail(build, Now))!.BuilderChangesSince);
    }

    [Fact]
    public async Task Every_reading_is_a_fixed_number_of_calls()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var (master, revision, worker, builder) = (await rows.Master(), await rows.Revision(), await rows.Worker(), await rows.Builder());
        var id = 0L;
        for (var i = 0; i < 20; i++)
        {
            id = await rows.Build(builder, worker, master, revision, i);
            for (var step = 0; step < 10; step++)
                await rows.Log(id, await rows.Step(id, step, "s" + step));
        }
        var queries = new BuildQueries(store.Database);

        Assert.Equal(1, await StoreCalls.Of(() => queries.Find(id, Now)));
        Assert.Equal(1, await StoreCalls.Of(() => queries.List(new(), Now)));
        Assert.Equal(1, await StoreCalls.Of(() => queries.Detail(id, Now)));
    }
}

using Weir.Engine.Tests.Changes;

namespace Weir.Engine.Tests.Schedulers;

public sealed class ClassificationTests
{
    [Fact]
    public async Task Without_a_quiet_time_each_important_change_fires_alone_and_others_do_nothing()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(important: ["src/**"])));
        var first = await works.Commit("1");
        await works.Commit("2", files: ["README"]);
        var third = await works.Commit("3");
        await works.Commit("4", branch: "other");
        await works.Commit("5", codebase: "app");

        await works.Classify();

        Assert.Equal([[first], [third]], await works.Sets());
        Assert.Equal(0, await works.Count("change_work") + await works.Count("scheduler_changes") + await works.Count("timers"));
        Assert.Equal("1,3", await works.Store.Scalar<string>("SELECT string_agg(revision, ',' ORDER BY id) FROM sourcestamps"));
        Assert.Equal("a change to lib on main", await works.Store.Scalar<string>("SELECT reason FROM buildsets LIMIT 1"));
        Assert.Equal(2, await works.Store.Scalar<long>("SELECT count(*) FROM event_outbox WHERE kind = 'SchedulerChanged'"));
    }

    [Fact]
    public async Task With_a_quiet_time_important_changes_start_the_timer_and_others_only_restart_it_and_ride_along()
    {
        var quiet = TimeSpan.FromSeconds(10);
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(quiet, important: ["src/**"])));
        var early = await works.Commit("1", files: ["README"]);
        await works.Classify();
        Assert.Equal(0, await works.Count("timers")); // it waits for an important one

        var important = await works.Commit("2");
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        var late = await works.Commit("3", files: ["README"]);
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(6)); // 12 s after the important one, 6 s after the other
        await works.FireDue();
        Assert.Empty(await works.Sets());

        await works.Store.MoveClock(TimeSpan.FromSeconds(5));
        await works.FireDue();

        Assert.Equal([[early, important, late]], await works.Sets());
        Assert.Equal("3", await works.Store.Scalar<string>("SELECT revision FROM sourcestamps"));
        Assert.Equal($"main:{late}", await works.Store.Scalar<string>("SELECT identity FROM firings"));
        Assert.Equal("3 changes to lib on main", await works.Store.Scalar<string>("SELECT reason FROM buildsets"));
        Assert.Equal(0, await works.Count("scheduler_changes") + await works.Count("timers"));
    }

    [Fact]
    public async Task Each_branch_has_a_timer_of_its_own()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(TimeSpan.FromSeconds(10), branch: "**")));
        var main = await works.Commit("1");
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        var odd = await works.Commit("2", branch: "odd:name/x");
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        await works.FireDue();
        Assert.Equal([[main]], await works.Sets());
        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        await works.FireDue();
        Assert.Equal([[main], [odd]], await works.Sets());
    }

    [Fact]
    public async Task A_scheduler_that_is_switched_off_drops_changes_also_those_that_wait()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(TimeSpan.FromSeconds(1))));
        await works.Commit("1");
        await works.Classify();
        Assert.Equal(1, await works.Count("timers"));

        await works.Actions.SetEnabled("on-lib", false, Works.Ann, CancellationToken.None);
        await works.Commit("2");
        await works.Classify();
        await works.Actions.SetEnabled("on-lib", true, Works.Ann, CancellationToken.None);
        await works.Store.MoveClock(TimeSpan.FromMinutes(1));
        await works.FireDue();

        Assert.Empty(await works.Sets());
        Assert.Equal(0, await works.Count("change_work") + await works.Count("scheduler_changes") + await works.Count("timers"));
    }

    [Fact]
    public async Task A_scheduler_that_names_its_codebases_wants_no_other()
    {
        var scheduler = Configurations.OnLib() with { Changes = new() { Branches = ["main"] }, Codebases = ["lib"] };
        await using var works = await Works.With(Configurations.Of(scheduler));
        await works.Commit("1", codebase: "app");
        var own = await works.Commit("2");

        await works.Classify();

        Assert.Equal([[own]], await works.Sets());
    }

    [Fact]
    public async Task Changes_that_waited_are_due_when_the_quiet_time_is_taken_away()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(TimeSpan.FromHours(1))));
        var change = await works.Commit("1");
        await works.Classify();
        await works.PutInForce(Configurations.Of(Configurations.OnLib()));
        await works.Sync.Sync(CancellationToken.None);

        await works.FireDue();

        Assert.Equal([[change]], await works.Sets());
    }

    [Fact]
    public async Task Several_engines_classify_every_change_once()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(), Configurations.OnLib(name: "second"), Configurations.OnLib(TimeSpan.FromSeconds(1), "third", "**")));
        var ids = new List<long>();
        var engines = Enumerable.Range(0, 4).Select(_ => works.NewClassifier()).ToArray();
        using var done = new CancellationTokenSource();
        var running = engines.Select(e => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await e.ClassifyAll(CancellationToken.None);
        })).ToArray();
        for (var n = 0; n < 60; n++)
            ids.Add(await works.Commit($"{n}", branch: n % 4 == 3 ? "side" : "main"));
        await done.CancelAsync();
        await Task.WhenAll(running);
        await works.Classify();

        Assert.Equal(90, (await works.Sets()).Count);
        Assert.Equal(45, (await works.Sets()).Select(s => s.Single()).Distinct().Count());
        Assert.Equal(60, await works.Count("scheduler_changes"));
        Assert.Equal(2, await works.Count("timers"));
        foreach (var engine in engines)
            engine.Dispose();
    }
}

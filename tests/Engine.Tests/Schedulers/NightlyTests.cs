using Weir.Engine.Tests.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Schedulers;

public sealed class NightlyTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // Due half an hour from now by the store's clock, whatever the time of day.
    private static NightlyConfiguration Nightly(Works works, string name = "nightly", CatchUp catchUp = CatchUp.Once, bool onlyIfChanged = false, params string[] important)
    {
        var at = works.Store.Clock.GetUtcNow().AddMinutes(30);
        return new() { Name = name, Builders = ["lib-linux"], Cron = FormattableString.Invariant($"{at.Minute} {at.Hour} * * *"), CatchUp = catchUp, OnlyIfChanged = onlyIfChanged, Important = important };
    }

    private static async Task<Works> With(Func<Works, SchedulerConfiguration[]> schedulers)
    {
        var works = await Works.With(Configurations.Of());
        await works.PutInForce(Configurations.Of(schedulers(works)));
        await works.Sync.Sync(CancellationToken.None);
        return works;
    }

    private static async Task After(Works works, TimeSpan time)
    {
        await works.Store.MoveClock(time);
        await works.FireDue();
    }

    private static async Task<SchedulerDetail> Shown(Works works, string name = "nightly") => (await works.Queries.Detail(name, CancellationToken.None))!;

    [Fact]
    public async Task It_fires_at_its_times_and_shows_them()
    {
        await using var works = await With(w => [Nightly(w)]);
        await works.FireDue();
        Assert.Empty(await works.Sets());
        var due = (await Shown(works)).Scheduler.NextFireAt!.Value;

        await After(works, TimeSpan.FromMinutes(31));
        await works.FireDue();

        Assert.Single(await works.Sets());
        var shown = await Shown(works);
        Assert.Equal(due + Day, shown.Scheduler.NextFireAt);
        Assert.Equal(Enumerable.Range(1, 10).Select(n => due + (n * Day)), shown.Upcoming);
        var firing = Assert.Single(shown.Firings);
        Assert.Equal(due, firing.DueAt);
        Assert.NotNull(firing.BuildsetId);
        Assert.InRange(shown.Scheduler.LastLateness!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.EndsWith("UTC", await works.Store.Scalar<string>("SELECT reason FROM buildsets"));
        await After(works, Day);
        Assert.Equal(2, (await works.Sets()).Count);
    }

    [Theory]
    [InlineData(CatchUp.Once, 1)]
    [InlineData(CatchUp.Skip, 0)]
    [InlineData(CatchUp.All, 4)]
    public async Task Times_that_passed_while_all_engines_were_away_are_caught_up_with_as_it_says(CatchUp rule, int sets)
    {
        await using var works = await With(w => [Nightly(w, catchUp: rule)]);

        await After(works, (3 * Day) + TimeSpan.FromHours(1));
        await works.FireDue();

        Assert.Equal(sets, (await works.Sets()).Count);
        var shown = await Shown(works);
        Assert.True(shown.Scheduler.NextFireAt > works.Store.Clock.GetUtcNow());
        if (rule != CatchUp.All)
            Assert.Contains(shown.Firings, f => f.BuildsetId is null && f.Outcome!.StartsWith($"missed {4 - sets} times", StringComparison.Ordinal));
        await After(works, TimeSpan.FromHours(23.52));
        Assert.Equal(sets + 1, (await works.Sets()).Count); // and it goes on as if nothing had been
    }

    [Fact]
    public async Task Only_if_changed_builds_first_and_then_only_with_something_important_and_takes_all_that_came()
    {
        await using var works = await With(w => [Nightly(w, onlyIfChanged: true, important: "src/**")]);
        await After(works, TimeSpan.FromMinutes(31));
        Assert.Equal([[]], await works.Sets()); // the first time in any case

        await After(works, Day);
        var readme = await works.Commit("1", files: ["README"]);
        await works.Commit("2", branch: "topic"); // not what it builds
        await works.Commit("3", codebase: "app");
        await works.Classify();
        await After(works, Day);
        Assert.Equal(["nothing important changed", "nothing changed"], (await Shown(works)).Firings.Where(f => f.BuildsetId is null).Select(f => f.Outcome));

        var code = await works.Commit("4");
        await After(works, Day); // not classified yet: it came before all the same
        Assert.Equal([[], [readme, code]], await works.Sets());
        Assert.Equal("4", await works.Store.Scalar<string>("SELECT revision FROM sourcestamps ORDER BY id DESC LIMIT 1"));
        Assert.Equal(0, await works.Count("scheduler_changes"));
        await After(works, Day);
        Assert.Equal(2, (await works.Sets()).Count);
    }

    [Fact]
    public async Task Who_did_not_watch_knows_nothing_and_builds()
    {
        await using var works = await With(w => [Nightly(w, onlyIfChanged: true)]);
        await After(works, TimeSpan.FromMinutes(31));
        await works.Actions.SetEnabled("nightly", false, Works.Ann, CancellationToken.None);
        await works.Commit("1");
        await works.Classify(); // dropped: it is switched off
        await works.Actions.SetEnabled("nightly", true, Works.Ann, CancellationToken.None);

        await After(works, Day);

        Assert.Equal(2, (await works.Sets()).Count);
        await After(works, Day);
        Assert.Equal(2, (await works.Sets()).Count);
    }

    [Fact]
    public async Task Periodic_has_the_same_rules()
    {
        var hour = TimeSpan.FromHours(1);
        await using var works = await With(_ =>
        [
            Configurations.Every(hour, "changed") with { OnlyIfChanged = true },
            Configurations.Every(hour, "skips") with { CatchUp = CatchUp.Skip },
            Configurations.Every(hour, "all") with { CatchUp = CatchUp.All },
        ]);
        await works.FireDue();
        Assert.Equal(3, await works.Count("buildsets"));

        await After(works, TimeSpan.FromHours(4.5));

        Assert.Equal("all,all,all,all,all,changed,skips", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',' ORDER BY scheduler) FROM buildsets"));
        await After(works, TimeSpan.FromMinutes(32)); // its next time, and in time
        await works.Commit("1");
        await After(works, TimeSpan.FromMinutes(30));
        Assert.Equal("all,all,all,all,all,all,changed,changed,skips,skips", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',' ORDER BY scheduler) FROM buildsets"));
    }

    [Fact]
    public async Task Another_rule_means_another_due_time_and_the_same_one_keeps_what_is_overdue()
    {
        await using var works = await With(w => [Nightly(w)]);
        await works.Store.MoveClock(TimeSpan.FromHours(1));
        await works.PutInForce(Configurations.Of(Nightly(works) with { Cron = (await Cron())!, Priority = 5 }));
        await works.Sync.Sync(CancellationToken.None);
        await works.FireDue();
        Assert.Single(await works.Sets()); // it was due before the revision came, and still is

        await works.PutInForce(Configurations.Of(Nightly(works)));
        await works.Sync.Sync(CancellationToken.None);
        Assert.InRange((await Shown(works)).Scheduler.NextFireAt!.Value - works.Store.Clock.GetUtcNow(), TimeSpan.FromMinutes(28), TimeSpan.FromMinutes(30));

        async Task<string?> Cron() => (await Shown(works)).Scheduler.Cron;
    }

    [Fact]
    public async Task Several_engines_fire_two_schedules_of_one_minute_once_each()
    {
        await using var works = await With(w => [Nightly(w, "a"), Nightly(w, "b"), Nightly(w, "c", CatchUp.All)]);
        var engines = Enumerable.Range(0, 4).Select(_ => works.NewTimers()).ToArray();
        await works.Store.MoveClock((2 * Day) + TimeSpan.FromHours(1));

        await Task.WhenAll(engines.Select(e => e.FireDue(CancellationToken.None)));
        await works.FireDue();

        Assert.Equal("a,b,c,c,c", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',' ORDER BY scheduler) FROM buildsets"));
        foreach (var engine in engines)
            engine.Dispose();
    }

    [Fact]
    public async Task An_error_is_shown_and_the_time_it_was_meant_for_is_kept()
    {
        await using var works = await With(w => [Nightly(w, "a"), Nightly(w, "b")]);
        await works.Store.Execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.scheduler = 'a' THEN RAISE 'the sky is falling'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON buildsets FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        var due = (await Shown(works, "a")).Scheduler.NextFireAt;

        await After(works, TimeSpan.FromMinutes(31));

        Assert.Contains("the sky is falling", (await Shown(works, "a")).Scheduler.LastError);
        Assert.Equal("b", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',') FROM buildsets"));
        await works.Store.Execute("DROP TRIGGER refuse ON buildsets");
        await After(works, TimeSpan.FromMinutes(2));
        var shown = await Shown(works, "a");
        Assert.Null(shown.Scheduler.LastError);
        Assert.Equal(due, Assert.Single(shown.Firings).DueAt);
        Assert.InRange(shown.Scheduler.LastLateness!.Value, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5));
        Assert.Equal(due!.Value + Day, shown.Scheduler.NextFireAt);
    }
}

using Weir.Engine.Tests.Changes;

namespace Weir.Engine.Tests.Schedulers;

public sealed class PeriodicTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static async Task<DateTimeOffset?> Next(Works works) => (await works.Queries.List(CancellationToken.None)).Single(s => s.Name == "hourly").NextFireAt;

    [Fact]
    public async Task It_fires_at_once_and_then_every_period_and_once_after_an_outage()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(Hour)));
        Assert.True(await works.Sync.Sync(CancellationToken.None));
        Assert.False(await works.Sync.Sync(CancellationToken.None)); // for this revision it is done
        await works.FireDue();
        Assert.Single(await works.Sets());
        await works.FireDue();
        Assert.Single(await works.Sets());
        await works.Store.MoveClock(TimeSpan.FromMinutes(61));
        await works.FireDue();
        Assert.Equal(2, (await works.Sets()).Count);
        await works.Store.MoveClock(TimeSpan.FromHours(10.5));
        await works.FireDue();

        Assert.Equal(3, (await works.Sets()).Count);
        Assert.InRange((await Next(works))!.Value - works.Store.Clock.GetUtcNow(), Hour - TimeSpan.FromSeconds(20), Hour);
        var shown = Assert.Single(await works.Queries.List(CancellationToken.None));
        Assert.Equal(await works.Store.Scalar<long>("SELECT max(id) FROM buildsets"), shown.LastBuildsetId);
        Assert.NotNull(shown.LastFireAt);
        Assert.Equal("scheduler hourly, every 1h", await works.Store.Scalar<string>("SELECT reason FROM buildsets LIMIT 1"));
    }

    [Fact]
    public async Task Another_period_moves_the_due_time()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(Hour)));
        await works.Sync.Sync(CancellationToken.None);
        await works.FireDue();
        await works.PutInForce(Configurations.Of(Configurations.Every(TimeSpan.FromMinutes(10))));
        await works.Sync.Sync(CancellationToken.None);

        var due = (await Next(works))!.Value - works.Store.Clock.GetUtcNow();
        Assert.InRange(due, TimeSpan.FromMinutes(9.5), TimeSpan.FromMinutes(10));
        await works.Store.MoveClock(TimeSpan.FromMinutes(11));
        await works.FireDue();
        Assert.Equal(2, (await works.Sets()).Count);
    }

    [Fact]
    public async Task Who_is_gone_or_switched_off_has_no_timer_and_comes_back_where_it_was()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(Hour)));
        await works.Sync.Sync(CancellationToken.None);
        await works.FireDue();
        await works.Actions.SetEnabled("hourly", false, Works.Ann, CancellationToken.None);
        Assert.Equal(0, await works.Count("timers"));
        await works.Actions.SetEnabled("hourly", true, Works.Ann, CancellationToken.None);
        Assert.Equal(1, await works.Count("timers"));
        await works.FireDue();
        Assert.Single(await works.Sets()); // not at once again

        await works.PutInForce(Configurations.Of());
        await works.Sync.Sync(CancellationToken.None);
        Assert.Equal(0, await works.Count("timers"));
        await works.PutInForce(Configurations.Of(Configurations.Every(Hour) with { Enabled = false }));
        await works.Sync.Sync(CancellationToken.None);
        Assert.Equal(0, await works.Count("timers"));
    }

    [Fact]
    public async Task Several_engines_fire_each_time_once()
    {
        await using var works = await Works.With(Configurations.Of([.. Enumerable.Range(0, 8).Select(n => Configurations.Every(Hour, $"hourly{n}"))]));
        var engines = Enumerable.Range(0, 4).Select(_ => works.NewTimers()).ToArray();
        await works.Sync.Sync(CancellationToken.None);
        for (var round = 1; round <= 5; round++)
        {
            await Task.WhenAll(engines.Select(e => e.FireDue(CancellationToken.None)));
            await works.FireDue();
            Assert.Equal(8 * round, await works.Count("buildsets"));
            Assert.Equal(8 * round, await works.Count("firings"));
            await works.Store.MoveClock(TimeSpan.FromMinutes(61));
        }
        foreach (var engine in engines)
            engine.Dispose();
    }

    [Fact]
    public async Task An_error_in_one_schedule_is_shown_there_and_stops_no_other()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(Hour, "a"), Configurations.Every(Hour, "b")));
        await works.Store.Execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.scheduler = 'a' THEN RAISE 'the sky is falling'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON buildsets FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        await works.Sync.Sync(CancellationToken.None);

        await works.FireDue();

        var shown = await works.Queries.List(CancellationToken.None);
        Assert.Contains("the sky is falling", shown[0].LastError);
        Assert.Null(shown[1].LastError);
        Assert.Equal("b", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',') FROM buildsets"));
        await works.Store.Execute("DROP TRIGGER refuse ON buildsets");
        await works.Store.MoveClock(TimeSpan.FromSeconds(61));
        await works.FireDue();
        Assert.Equal("a,b", await works.Store.Scalar<string>("SELECT string_agg(scheduler, ',' ORDER BY scheduler) FROM buildsets"));
        Assert.Null((await works.Queries.List(CancellationToken.None))[0].LastError);
    }
}

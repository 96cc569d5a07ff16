using Weir.Engine.Builds;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Queue;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Shared.Queue;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers.Availability;

/// <summary>Windows at work: in a real engine, on a real store, with the times of the windows moved to where the test is.</summary>
public sealed class WindowLifeTests : IAsyncLifetime
{
    private static readonly EndedFrame Good = new() { Kind = EndKind.Exited, ExitCode = 0 };
    private static CancellationToken Now => TestContext.Current.CancellationToken;
    private World world = null!;

    public async ValueTask InitializeAsync() => world = await World.Create(World.Builders(("lib", [World.Run("compile")]), ("app", [World.Run("link")])));

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_request_waits_for_the_window_says_until_when_and_starts_when_it_opens()
    {
        var (engine, worker) = await Connected();
        await Window(opens: "3 hours", closes: "5 hours");

        var request = (await world.Request("lib"))[0];
        var until = await world.Sql<DateTime>("SELECT opens_at FROM workers");
        var text = $"Worker w1 is away, outside its windows, until {WaitWords.At(until)}.";
        await world.Eventually(async () => await Waiting(request) is { Kind: WaitKind.WorkersAway } reason && reason.Text == text, "the reason");
        var shown = (await new WorkerQueries(world.Store.Database).Find("w1", Now))!;
        Assert.Equal((WorkerState.Away, "Its window is closed.", until), (shown.State, shown.StateReason, shown.Until!.Value.UtcDateTime));

        await Window(opens: "1 second", closes: "1 hour");
        await worker.Running();
        Assert.True(await world.Sql<bool>("SELECT started_at >= opens_at FROM builds, workers"));
        Assert.Equal(until, shown.NextChangeAt!.Value.UtcDateTime);
        Assert.Single(engine.Sessions.All);
    }

    [Fact]
    public async Task A_closing_window_ends_no_build_unless_it_says_so()
    {
        var (_, worker) = await Connected();
        await Window(opens: "-1 hour", closes: "1 hour");
        var request = (await world.Request("lib"))[0];
        var command = await worker.Running();
        await Window(opens: "-1 hour", closes: "200 milliseconds");

        await world.Eventually(async () => (await new WorkerQueries(world.Store.Database).Find("w1", Now))!.State == WorkerState.Away, "the window to close");
        var late = (await world.Request("app"))[0];
        await world.Eventually(async () => await Waiting(late) is { Kind: WaitKind.WorkersAway }, "the reason of who came late");
        Assert.Empty(worker.Interrupts);
        await worker.End(command, Good);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM builds"));
    }

    [Fact]
    public async Task A_closing_window_that_interrupts_queues_the_build_again_as_the_same_attempt()
    {
        var (_, worker) = await Connected();
        await Window(opens: "-1 hour", closes: "1 hour", AtClose.Interrupt);
        var request = (await world.Request("lib"))[0];
        await worker.Running();
        await Window(opens: "-1 hour", closes: "200 milliseconds", AtClose.Interrupt);

        await world.Eventually(async () => await world.Sql<long>("SELECT count(*) FROM builds WHERE results = 5 AND state_text = 'interrupted: the window of worker w1 closed'") == 1, "the build to end");
        Assert.Contains("the window of worker w1 closed", worker.Interrupts);
        Assert.Equal(1, await world.Sql<int>("SELECT attempt FROM open_requests WHERE request_id = @request", new { request }));
        await world.Eventually(async () => await Waiting(request) is { Kind: WaitKind.WorkersAway }, "the reason");
        await Window(opens: "-1 second", closes: "1 hour");
        await worker.End(await worker.Running(), Good);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal("5:1,0:1", await world.Sql<string>("SELECT string_agg(results || ':' || attempt, ',' ORDER BY id) FROM builds"));
    }

    [Fact]
    public async Task Who_stops_an_interrupted_build_for_good_is_heard()
    {
        var (engine, worker) = await Connected();
        // Stopping takes a while on it.
        await Window(opens: "-1 hour", closes: "1 hour", AtClose.Interrupt);
        var request = (await world.Request("lib"))[0];
        await worker.Running();
        await world.Sql<int?>("INSERT INTO build_stops (build_id, requested_at, requested_by, reason, requeue) SELECT id, weir_now(), 'weir', 'the window closed', true FROM builds");

        Assert.IsType<Shared.ActionOutcome.Done>(await engine.Get<IBuildActions>().Stop(await world.Sql<long>("SELECT id FROM builds"), "no more", new Actor("ada", new HashSet<string>()), Now));

        Assert.Equal(BuildResult.Cancelled, await world.ResultOf(request));
        Assert.Equal("stopped by ada: no more", await world.Sql<string>("SELECT state_text FROM builds"));
    }

    // The engine that decided has not heard of it: the claim's own transaction is what counts.
    [Theory]
    [InlineData("UPDATE workers SET closes_at = weir_now()")]
    [InlineData("UPDATE workers SET opens_at = weir_now() + interval '1 hour'")]
    [InlineData("UPDATE workers SET quarantined_at = weir_now(), quarantined_until = weir_now() + interval '1 hour'")]
    [InlineData("UPDATE worker_sessions SET away_at = weir_now()")]
    [InlineData("UPDATE worker_sessions SET stopping_at = weir_now()")]
    public async Task A_claim_that_was_decided_before_takes_nothing(string what)
    {
        var (engine, worker) = await Connected();
        await world.Sql<int?>(what);
        var request = (await world.Request("lib"))[0];
        var revision = (await engine.Get<ConfigurationInForce>().Read(Now))!;
        var builder = await world.Sql<long>("SELECT builder_id FROM requests");

        var begun = await engine.Get<Starting>().Start([new Claim(request, builder, revision.Builder("lib")!, worker.Session!)], revision, Now);

        Assert.Empty(begun);
        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM builds"));
        await world.Sql<int?>("UPDATE workers SET opens_at = '-infinity', closes_at = 'infinity', quarantined_until = NULL; UPDATE worker_sessions SET away_at = NULL, stopping_at = NULL");
        world.Nudge("queue");
        await worker.Running();
    }

    [Fact]
    public async Task What_usually_takes_longer_than_the_window_is_open_waits_for_the_next()
    {
        var (_, worker) = await Connected();
        worker.Behaviour = _ => ("", Good);
        var first = (await world.Request("lib"))[0];
        await world.ResultOf(first);
        await world.Sql<int?>("UPDATE builds SET started_at = completed_at - interval '40 minutes'");
        await Window(opens: "-1 hour", closes: "30 minutes");

        var request = (await world.Request("lib"))[0];
        await world.Eventually(async () => await Waiting(request) is { Kind: WaitKind.WouldNotFit } reason && reason.Text.StartsWith("It would not fit before the window of worker w1 closes at", StringComparison.Ordinal)
            && reason.Text.EndsWith("it usually takes 40 min.", StringComparison.Ordinal), "the reason");
        await world.ResultOf((await world.Request("app"))[0]); // nobody knows how long it takes

        await Window(opens: "-1 second", closes: "41 minutes");
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
    }

    [Fact]
    public async Task The_next_stretch_is_written_when_one_is_over_by_one_of_the_engines()
    {
        await Connected();
        await world.StartEngine("two");
        var rule = new AvailabilityConfiguration { TimeZone = "Europe/Budapest", Windows = [new() { Days = Weekdays.All, From = new(19, 0), To = new(7, 0) }] };
        await world.Sql<int?>("UPDATE workers SET availability = @rule::jsonb, opens_at = weir_now() - interval '2 days', closes_at = weir_now() - interval '1 day', changes_at = weir_now() + interval '300 milliseconds'",
            new { rule = ConfigurationJson.Write(rule) });
        var events = await world.Sql<long>("SELECT count(*) FROM events WHERE kind = 'WorkerChanged'");
        world.Nudge("workers");

        await world.Eventually(async () => await world.Sql<bool>("SELECT closes_at > weir_now() FROM workers"), "the next stretch");
        var (opens, closes, now) = (await world.Rows<(DateTime, DateTime, DateTime)>("SELECT opens_at, closes_at, weir_now() FROM workers"))[0];
        var expected = OpeningHours.Of(rule).StretchAt(new DateTimeOffset(now, TimeSpan.Zero));
        Assert.Equal((expected.From.UtcDateTime, expected.Until.UtcDateTime), (opens, closes));
        Assert.Equal(opens > now ? opens : closes, await world.Sql<DateTime>("SELECT changes_at FROM workers"));
        await Task.Delay(500, Now);
        Assert.Equal(events + 1, await world.Sql<long>("SELECT count(*) FROM events WHERE kind = 'WorkerChanged'"));
    }

    private async Task<(World.Engine, FakeWorker)> Connected()
    {
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        return (engine, worker);
    }

    // As the row would be in a window; the rule is one that never opens, so that what comes afterwards is nothing.
    private async Task Window(string opens, string closes, AtClose atClose = AtClose.Finish)
    {
        var rule = new AvailabilityConfiguration { AtClose = atClose };
        await world.Sql<int?>("""
            UPDATE workers SET availability = @rule::jsonb, opens_at = weir_now() + @opens::interval, closes_at = weir_now() + @closes::interval,
                changes_at = weir_now() + CASE WHEN @opens::interval > interval '0' THEN @opens::interval ELSE @closes::interval END, longest_open = @closes::interval - @opens::interval
            """, new { rule = ConfigurationJson.Write(rule), opens, closes });
        world.Nudge("workers");
    }

    private async Task<WaitReason?> Waiting(long request) => (await world.Store.Queue.Request(request, Now))!.Waiting;
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Server.Events;

namespace Weir.Server.Tests.Events;

/// <summary><c>/api/v2/events</c> over a real master and store.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
    private TestMaster _master = null!;

    public async ValueTask InitializeAsync() => _master = await TestMaster.Start();

    public ValueTask DisposeAsync() => _master.DisposeAsync();

    [Fact]
    public async Task An_event_comes_with_its_number_its_ids_and_the_resource_as_REST_shows_it()
    {
        using var stream = await Open("?topics=changes");
        await stream.Begun();

        var change = await SendChange("One");
        var message = (await stream.Next())!;

        Assert.Equal("message", message.Event);
        Assert.Equal("text/event-stream", stream.Answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(message.Id, ((long)message.Json["number"]!).ToString(CultureInfo.InvariantCulture));
        Assert.Equal("change_added", (string?)message.Json["kind"]);
        Assert.Equal(change, (long)message.Json["ids"]!["changeid"]!);
        Assert.Equal(("changes", change), ((string?)message.Json["collection"], (long)message.Json["id"]!));
        var rest = (await (await _master.Anonymous().GetAsync($"/api/v2/changes/{change}")).Json())["changes"]![0]!;
        Assert.Equal(rest.ToJsonString(), message.Json["resource"]!.ToJsonString());
    }

    [Fact]
    public async Task Who_comes_back_with_the_last_number_gets_each_event_behind_it_once_also_from_another_master()
    {
        await using var other = await TestMaster.Start(_master.Store);
        using var first = await Open("?topics=changes");
        await first.Begun();
        await SendChange("One");
        var last = (await first.Next())!.Id;
        first.Dispose();
        var missed = new[] { await SendChange("Two"), await SendChange("Three") };

        using var second = await SseReader.Open(other.Anonymous(), "/api/v2/events?topics=changes", last);
        var replayed = await second.Take(2);
        var live = await SendChange("Four");

        Assert.Equal(missed, replayed.Select(m => (long)m.Json["id"]!));
        Assert.Equal(live, (long)(await second.Next())!.Json["id"]!);
    }

    [Fact]
    public async Task Numbers_rise_without_a_gap_while_many_write_and_a_client_comes_and_goes()
    {
        using var begin = await Open();
        var after = (await begin.Begun()).ToString(CultureInfo.InvariantCulture);
        const int events = 400;
        var writers = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < events / 8; i++)
                await _master.Store.Execute($"INSERT INTO event_outbox (kind, master_id) VALUES ('MasterChanged', 1)");
        })));
        Nudge();

        var seen = new List<long>();
        while (seen.Count < events)
        {
            using var stream = await Open("?topics=masters", after);
            foreach (var message in await stream.Take(Math.Min(37, events - seen.Count)))
                seen.Add((long)message.Json["number"]!);
            after = stream.LastId!;
        }
        await writers;

        Assert.Equal(seen.Distinct().Order(), seen);
        Assert.Equal(events, seen.Count);
        Assert.Equal(Enumerable.Range(0, events).Select(i => seen[0] + i), seen);
    }

    [Fact]
    public async Task A_number_that_is_no_longer_kept_is_answered_with_where_to_begin()
    {
        await SendChange("One");
        using (var stream = await Open("?after=0&topics=changes"))
            await stream.Next();
        await _master.Store.Execute("DELETE FROM events WHERE number <= (SELECT last FROM event_counter)");
        await SendChange("Two");
        var kept = await Eventually(() => _master.Store.Scalar<long>("SELECT coalesce(min(number), 0) FROM events"));

        var answer = await _master.Anonymous().GetAsync("/api/v2/events?after=0");
        var problem = await answer.Json();

        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(kept, (long)problem["oldest"]!);
        Assert.Contains($"after={problem["begin"]}", (string?)problem["detail"]);
        Assert.Equal(HttpStatusCode.Gone, (await _master.Anonymous().GetAsync("/api/v2/events?after=999999")).StatusCode);
        using var again = await Open($"?after={kept - 1}&topics=changes");
        Assert.Equal("Two", (string?)(await again.Next())!.Json["resource"]!["comments"]);
    }

    [Fact]
    public async Task A_browser_that_comes_back_too_late_is_told_of_the_gap_and_goes_on()
    {
        await SendChange("One");
        using (var stream = await Open("?after=0&topics=changes"))
            await stream.Next();
        await _master.Store.Execute("DELETE FROM events WHERE number <= (SELECT last FROM event_counter)");

        using var late = await Open("?topics=changes", "0");
        var gap = (await late.Next())!;
        await SendChange("Two");

        Assert.Equal("gap", gap.Event);
        Assert.True((long)gap.Json["oldest"]! > 1);
        Assert.Equal("Two", (string?)(await late.Next())!.Json["resource"]!["comments"]);
    }

    [Fact]
    public async Task Topics_narrow_to_collections_and_to_everything_that_names_one_thing()
    {
        using var stream = await Open("?topics=builds,workers.7&topics=builders.3");
        await stream.Begun();
        await _master.Store.Execute("""
            INSERT INTO event_outbox (kind, build_id, builder_id, worker_id, step_id) VALUES
                ('StepStarted', 1, 1, 1, 1), ('BuildStarted', 2, 1, 1, NULL), ('StepStarted', 3, 3, 1, 2), ('WorkerChanged', NULL, NULL, 8, NULL), ('WorkerChanged', NULL, NULL, 7, NULL)
            """);
        Nudge();

        Assert.Equal(["build_started", "step_started", "worker_changed"], (await stream.Take(3)).Select(m => (string)m.Json["kind"]!));
    }

    [Theory]
    [InlineData("?topics=bulids", "topics")]
    [InlineData("?topics=builds.x", "topics")]
    [InlineData("?after=x", "after")]
    [InlineData("?after=-1", "after")]
    [InlineData("?topic=builds", "topic")]
    public async Task What_cannot_be_understood_is_refused_with_its_field(string query, string field)
    {
        var answer = await _master.Anonymous().GetAsync("/api/v2/events" + query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]![field]);
    }

    [Fact]
    public async Task However_many_listen_an_event_is_read_and_rendered_once()
    {
        var streams = new List<SseReader>();
        for (var i = 0; i < 100; i++)
            streams.Add(await Open("?topics=changes"));
        await Task.WhenAll(streams.Select(s => s.Begun()));
        var before = await Rendered();

        for (var i = 0; i < 5; i++)
            await SendChange($"Change {i}");
        var all = await Task.WhenAll(streams.Select(s => s.Take(5)));

        Assert.All(all, messages => Assert.Equal(5, messages.Count));
        Assert.Equal(5, await Rendered() - before);
        streams.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_cut_and_the_others_are_not_held_up()
    {
        using var idle = new TcpClient { ReceiveBufferSize = 4096 };
        var address = new Uri(_master.Url);
        await idle.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await idle.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/v2/events?topics=masters HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"), TestContext.Current.CancellationToken);
        using var reading = await Open("?topics=masters");
        await reading.Begun();
        var streams = _master.Services.GetRequiredService<EventStreams>();
        await Eventually(() => Task.FromResult(streams.Count == 2 ? 1L : 0));

        const int flood = 20_000;
        await _master.Store.Execute($"INSERT INTO event_outbox (kind, master_id) SELECT 'MasterChanged', 1 FROM generate_series(1, {flood})");
        Nudge();
        var taken = await reading.Take(flood);

        Assert.Equal(flood, taken.Count);
        await Eventually(() => Task.FromResult(streams.Count == 1 ? 1L : 0));
        Assert.Contains("weir_events_streams_cut_total{form=\"events\"} 1", await _master.Anonymous().GetStringAsync("/metrics"));
    }

    private Task<SseReader> Open(string query = "", string? lastId = null) => SseReader.Open(_master.Anonymous(), "/api/v2/events" + query, lastId);

    private async Task<long> SendChange(string comments)
    {
        var answer = await _master.Admin().PostJson("/api/v2/changes", $$"""{"author":"Ada","comments":"{{comments}}","repository":"https://x/r","branch":"main"}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (long)(await answer.Json())["changes"]![0]!["changeid"]!;
    }

    // Rows that a test writes by hand wake nobody.
    private void Nudge() => _master.Services.GetRequiredService<Weir.Engine.Storage.Wakeups>().Signal(["events"]);

    private async Task<long> Rendered() =>
        (await _master.Anonymous().GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith("weir_events_rendered_total ", StringComparison.Ordinal)).Select(l => long.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture)).FirstOrDefault();

    private static async Task<long> Eventually(Func<Task<long>> question)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await question() is not 0 and var found)
                return found;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("Waited 30 s in vain.");
    }
}

using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Server.Limits;
using Weir.Server.Tests.Events;

namespace Weir.Server.Tests.Limits;

public sealed partial class RequestLimitTests
{
    [Fact]
    public async Task Every_endpoint_has_a_limit_but_those_of_health()
    {
        await using var master = await TestMaster.Start();

        var without = Endpoints(master).Where(e => RequestLimits.Of(e) == LimitPolicy.None).Select(Path).Order();

        Assert.Equal(["/healthz", "/readyz"], without);
    }

    [Fact]
    public async Task What_stays_open_is_limited_in_number_too()
    {
        await using var master = await TestMaster.Start();

        var lasting = Endpoints(master).Where(e => RequestLimits.Of(e) is LimitPolicy.Streams or LimitPolicy.Workers).Select(Path).ToHashSet();

        Assert.Superset(new HashSet<string> { "/api/v2/events", "/ws", "/api/v2/ws", "/sse/listen/{**path}", "/sse/{**path}", "/hubs/browser", "/hubs/worker" }, lasting);
    }

    [Fact]
    public async Task Every_endpoint_refuses_with_429_and_when_to_come_again_once_the_limit_is_reached()
    {
        await using var master = await TestMaster.Start(null, ("Limits:Loopback:PerSecond", "1"), ("Limits:Loopback:Burst", "1"));
        using var client = master.Anonymous();
        // Whatever comes first uses up the bucket.
        await client.GetAsync("/api/v2/masters");
        foreach (var endpoint in Endpoints(master).Where(e => RequestLimits.Of(e) != LimitPolicy.None))
        {
            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.FirstOrDefault() ?? "GET";
            using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(Path(endpoint), "1"));
            HttpResponseMessage answer;
            // A token comes back each second, and one of them may be in the bucket just now.
            for (var tries = 0; (answer = await client.SendAsync(Copy(request), HttpCompletionOption.ResponseHeadersRead)).StatusCode != HttpStatusCode.TooManyRequests && tries < 3; tries++)
                answer.Dispose();
            Assert.True(answer.StatusCode == HttpStatusCode.TooManyRequests, $"{method} {Path(endpoint)}: {answer.StatusCode}");
            Assert.True(answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1), Path(endpoint));
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
        var refused = await client.GetAsync("/api/v2/builds");
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Contains("1 a second", (string?)(await refused.Json())["detail"]);
        var page = await client.GetAsync("/builders");
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Open_streams_of_one_client_are_counted_and_come_free_when_it_goes()
    {
        await using var master = await TestMaster.Start(null, ("Limits:StreamsFromLoopback", "2"));
        var streams = new List<SseReader> { await SseReader.Open(master.Anonymous(), "/api/v2/events"), await SseReader.Open(master.Anonymous(), "/sse/listen") };
        await streams[0].Begun();

        var refused = await master.Anonymous().GetAsync("/api/v2/events", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        // Another client has its own.
        using (var admin = await SseReader.Open(master.Admin(), "/api/v2/events"))
            await admin.Begun();

        streams[1].Dispose();
        for (var tries = 0; ; tries++)
        {
            using var again = await SseReader.Open(master.Anonymous(), "/api/v2/events");
            if (again.Answer.StatusCode == HttpStatusCode.OK)
                break;
            Assert.True(tries < 100, "The slot did not come free.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        streams[0].Dispose();
    }

    [Fact]
    public async Task A_thousand_requests_from_this_machine_are_not_hindered()
    {
        await using var master = await TestMaster.Start();
        using var client = master.Anonymous();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var refused = 0;
            for (var i = 0; i < 100; i++)
                refused += (await client.GetAsync("/healthz")).StatusCode == HttpStatusCode.OK && (await client.GetAsync("/badges/none.svg")).StatusCode == HttpStatusCode.NotFound ? 0 : 1;
            return refused;
        }));

        Assert.Equal(0, answers.Sum());
    }

    [Fact]
    public async Task Only_a_proxy_that_is_named_is_believed_on_where_a_request_comes_from()
    {
        await using var open = await TestMaster.Start(null, ("Limits:Anonymous:PerSecond", "1"), ("Limits:Anonymous:Burst", "1"));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], await Three(open));

        await using var behind = await TestMaster.Start(null, ("Limits:Anonymous:PerSecond", "1"), ("Limits:Anonymous:Burst", "1"), ("Proxies", "127.0.0.1"));
        Assert.Contains(HttpStatusCode.TooManyRequests, await Three(behind));
    }

    [Theory]
    [InlineData("Limits:Anonymous:Burst", "0")]
    [InlineData("Limits:Streams", "many")]
    [InlineData("Proxies", "proxy.example")]
    public async Task A_setting_that_cannot_be_stops_the_start_with_its_name(string key, string value)
    {
        var refused = await Assert.ThrowsAsync<Weir.App.Server.Hosting.HostException>(() => TestMaster.Start(null, (key, value)));

        Assert.Contains(key, refused.Message);
        Assert.Contains(value, refused.Message);
    }

    [Fact]
    public void A_bucket_gives_what_it_holds_and_then_so_many_a_second()
    {
        var clock = new Clock();
        var buckets = new TokenBuckets(clock);
        var rate = new Rate(10, 3);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.Null(buckets.TryTake("a", rate)));
        Assert.Equal(TimeSpan.FromMilliseconds(100), buckets.TryTake("a", rate));
        Assert.Null(buckets.TryTake("b", rate));
        clock.Now += TimeSpan.FromMilliseconds(150);
        Assert.Null(buckets.TryTake("a", rate));
        Assert.Equal(50, buckets.TryTake("a", rate)!.Value.TotalMilliseconds, 1.0);
    }

    [Fact]
    public void Clients_without_end_do_not_fill_the_memory()
    {
        var buckets = new TokenBuckets(new Clock());

        for (var i = 0; i < 120_000; i++)
            buckets.TryTake($"client {i}", new(1, 1));

        Assert.InRange(buckets.Count, 1, 50_000);
    }

    private static async Task<HttpStatusCode[]> Three(TestMaster master)
    {
        using var client = master.Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
            answers.Add((await client.GetAsync("/api/v2/masters")).StatusCode);
        return [.. answers];
    }

    private static HttpRequestMessage Copy(HttpRequestMessage request) => new(request.Method, request.RequestUri);

    private static List<RouteEndpoint> Endpoints(TestMaster master) => [.. master.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static string Path(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}

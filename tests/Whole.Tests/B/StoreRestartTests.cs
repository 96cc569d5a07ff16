using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Weir.Whole.Tests.B;

/// <summary>B1, E6: PostgreSQL goes away three times while builds are ordered and run. Readiness goes red and green again, nothing is lost, nothing is done twice.</summary>
public sealed class StoreRestartTests
{
    private const int Orders = 9;
    private const int Lines = 15;
    private static readonly TimeSpan BetweenOrders = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan BetweenStrikes = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$$"""
        weir: 1
        workers: { w1: { maxBuilds: 3, missingAfter: 10m } }
        schedulers:
          force: { type: force, builders: [load], parameters: [ { name: ticket, type: string, required: true } ] }
        builders:
          load:
            steps:
              - name: count
                run: |
                  echo "${{ properties.ticket }}" >> {{{ledger}}}
                  i=0
                  while [ $i -lt {{{Lines}}} ]; do echo "line $i of ${{ properties.ticket }}"; i=$((i+1)); sleep 0.1; done
        """);

    [Fact]
    public async Task PostgreSQL_restarts_under_load()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var master = await weir.StartMaster("own", ownStore: true);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        using var enough = new CancellationTokenSource();
        var seen = new ConcurrentQueue<HttpStatusCode>();
        var watching = Watch(master, seen, enough.Token);

        var ordering = Order(master);
        for (var strike = 0; strike < 3; strike++)
        {
            await Task.Delay(BetweenStrikes, Cancellation);
            // The whole server; the second time one of its sessions alone, upon which it restarts by itself.
            var servers = StoreCrashTests.Servers(weir.Directory);
            foreach (var server in strike == 1 ? servers.TakeLast(1) : servers)
                server.Kill();
        }
        var sets = await ordering;

        foreach (var (ticket, set) in sets)
        {
            await Installation.Eventually(async () => await Get(master, $"/api/v2/buildsets/{set}") is { } json && json.GetProperty("buildsets")[0].GetProperty("complete").GetBoolean(), $"the end of {ticket}", () => master.Process.Output, 90);
            var build = Assert.Single((await Get(master, $"/api/v2/buildsets/{set}/builds"))!.Value.GetProperty("builds").EnumerateArray().ToArray());
            Assert.Equal(0, build.GetProperty("results").GetInt32());
            var log = (await Get(master, $"/api/v2/builds/{build.GetProperty("buildid").GetInt64()}/logs"))!.Value.GetProperty("logs")[0].GetProperty("logid").GetInt64();
            Assert.Equal(string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i} of {ticket}\n")), await master.Http.GetStringAsync($"/logs/{log}/raw", Cancellation));
        }
        Assert.Equal(sets.Select(s => s.Ticket).Order(), (await File.ReadAllLinesAsync(ledger, Cancellation)).Order());
        Assert.Equal(Orders, (await Get(master, "/api/v2/builds"))!.Value.GetProperty("builds").GetArrayLength());
        Assert.All((await Get(master, "/api/v2/store/checks"))!.Value.GetProperty("checks").EnumerateArray(), c => Assert.True(c.GetProperty("broken").GetInt64() == 0, c.ToString()));
        await enough.CancelAsync();
        await watching;
        Assert.Contains(HttpStatusCode.ServiceUnavailable, seen);
        Assert.Equal(HttpStatusCode.OK, (await master.Http.GetAsync("/readyz", Cancellation)).StatusCode);
        Assert.Equal(0, await master.Process.Terminate(30));
        File.Delete(ledger);
    }

    // As a script orders that loses its answers: the same key until it hears one.
    private static async Task<IReadOnlyList<(string Ticket, long Set)>> Order(Installation.Master master)
    {
        var sets = new List<(string, long)>();
        for (var n = 1; n <= Orders; n++)
        {
            var ticket = string.Create(CultureInfo.InvariantCulture, $"T-{n}");
            await Installation.Eventually(async () =>
            {
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v2/forceschedulers/force/actions/force") { Content = JsonContent.Create(new { ticket }), Headers = { { "Idempotency-Key", ticket } } };
                    using var answer = await master.Http.SendAsync(request, Cancellation);
                    if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                        return false;
                    var text = await answer.Content.ReadAsStringAsync(Cancellation);
                    Assert.True(answer.IsSuccessStatusCode, text);
                    using var json = JsonDocument.Parse(text);
                    sets.Add((ticket, json.RootElement.GetProperty("result")[0].GetInt64()));
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            }, "an order to be taken", () => master.Process.Output);
            await Task.Delay(BetweenOrders, Cancellation);
        }
        return sets;
    }

    private static async Task Watch(Installation.Master master, ConcurrentQueue<HttpStatusCode> seen, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            seen.Enqueue((await master.Http.GetAsync("/readyz", Cancellation)).StatusCode);
            await Task.Delay(50, Cancellation);
        }
    }

    private static async Task<JsonElement?> Get(Installation.Master master, string path)
    {
        using var answer = await master.Http.GetAsync(path, Cancellation);
        if (!answer.IsSuccessStatusCode)
            return null;
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        return json.RootElement.Clone();
    }
}

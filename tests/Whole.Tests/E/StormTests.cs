using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Weir.Whole.Tests.E;

/// <summary>
/// The promises B1 to B4 and E1 to E5 at once: for a while, masters are killed, frozen and shut down by chance, worker programs are killed, the store's sessions are cut and its server made to crash, while
/// builds are ordered all the time. Afterwards every order has been built once, every log is whole, and the store is sound. <c>WEIR_STORM_SECONDS</c> says how long, <c>WEIR_STORM_SEED</c> with which dice.
/// </summary>
[Trait("Category", "Slow")]
public sealed class StormTests(ITestOutputHelper output)
{
    private const int Lines = 30;

    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$$"""
        weir: 1
        workers:
          w1: { maxBuilds: 3, missingAfter: 10m }
          w2: { maxBuilds: 3, missingAfter: 10m }
        schedulers:
          force:
            type: force
            builders: [storm]
            parameters:
              - { name: ticket, type: string, required: true }
        builders:
          storm:
            steps:
              - name: first
                run: echo "first ${{ properties.ticket }}" >> {{{ledger}}}
              - name: count
                run: |
                  echo "count ${{ properties.ticket }}" >> {{{ledger}}}
                  i=0
                  while [ $i -lt {{{Lines}}} ]; do echo "line $i of ${{ properties.ticket }}"; i=$((i+1)); sleep 0.05; done
              - name: last
                run: echo "last ${{ properties.ticket }}" >> {{{ledger}}}
        """);

    [Fact]
    public async Task Whatever_is_killed_every_order_is_built_once_and_whole()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("WEIR_STORM_SECONDS") ?? "60", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("WEIR_STORM_SEED") ?? Random.Shared.Next(100000).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var dice = new Random(seed);
        output.WriteLine($"Seed {seed}, {seconds} s.");
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var site = await Site.Start(weir);

        using var enough = new CancellationTokenSource();
        var tickets = new ConcurrentBag<string>();
        var ordering = Order(site, tickets, enough.Token);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(seconds);)
        {
            await Task.Delay(dice.Next(300, 2500));
            output.WriteLine($"{watch.Elapsed.TotalSeconds,6:F1} {await site.Strike(dice)}");
        }
        await site.Calm();
        await enough.CancelAsync();
        await ordering;

        await weir.Until(async () => await weir.Sql<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") == 0 ? 1L : (long?)null, $"the end of all {tickets.Count} orders (seed {seed})", 180);
        var written = (await File.ReadAllLinesAsync(ledger)).GroupBy(l => l).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(tickets.Count, await weir.Sql<long>("SELECT count(*) FROM requests"));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM requests WHERE results <> 0"));
        // A second attempt is told with what became of the first: which step, and why.
        Assert.Equal("", await weir.Sql<string>("""
            SELECT COALESCE(string_agg(format('build %s of request %s, from %s to %s: %s %s', b.id, b.request_id, b.started_at, b.completed_at, b.state_text,
                (SELECT string_agg(s.name || ' ' || s.state_text, '; ' ORDER BY s.number) FROM steps s WHERE s.build_id = b.id)), chr(10)), '')
            FROM builds b WHERE b.request_id IN (SELECT request_id FROM builds GROUP BY request_id HAVING count(*) > 1)
            """));
        Assert.Equal(tickets.Count, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.All(tickets, ticket => Assert.All(["first", "count", "last"], step => Assert.Equal((step, ticket, 1), (step, ticket, written.GetValueOrDefault($"{step} {ticket}")))));
        foreach (var log in await weir.Sql<long[]>("SELECT array_agg(l.id) FROM logs l JOIN steps s ON s.id = l.step_id WHERE s.name = 'count'"))
        {
            var ticket = JsonSerializer.Deserialize<string>(await weir.Sql<string>("SELECT p.value::text FROM build_properties p JOIN logs l ON l.build_id = p.build_id WHERE l.id = @log AND p.name = 'ticket'", new { log }));
            Assert.Equal(string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i} of {ticket}\n")), await weir.RawLog(site.Pages, log));
        }
        output.WriteLine($"{tickets.Count} orders, {await weir.Sql<long>("SELECT sum(session) FROM worker_sessions")} hellos.");
        File.Delete(ledger);
    }

    // An order whose answer was lost is asked again under its key, at whichever master of pages answers: it is one order.
    private static async Task Order(Site site, ConcurrentBag<string> tickets, CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var ticket = string.Create(CultureInfo.InvariantCulture, $"t{i:0000}");
            while (true)
            {
                try
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v2/forceschedulers/force/actions/force") { Content = JsonContent.Create(new { properties = new { ticket } }) };
                    request.Headers.Add("Idempotency-Key", ticket);
                    using var answer = await site.Pages.Http.SendAsync(request, CancellationToken.None);
                    if (answer.IsSuccessStatusCode)
                        break;
                    if ((int)answer.StatusCode < 500)
                        Assert.Fail(await answer.Content.ReadAsStringAsync(CancellationToken.None));
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
                {
                    // It may have arrived: the key tells.
                }
                await Task.Delay(200, CancellationToken.None);
            }
            tickets.Add(ticket);
            await Task.Delay(400, CancellationToken.None);
        }
    }

    private sealed class Site(Installation weir)
    {
        private readonly int[] ports = [Installation.FreePort(), Installation.FreePort(), Installation.FreePort()];
        private readonly Installation.Master[] masters = new Installation.Master[3];
        private readonly ProgramProcess[] workers = new ProgramProcess[2];
        private readonly string[] tokens = new string[2];

        public Installation.Master Pages => Volatile.Read(ref masters[2]);

        public static async Task<Site> Start(Installation weir)
        {
            var site = new Site(weir);
            for (var i = 0; i < 3; i++)
                await site.StartMaster(i);
            for (var i = 0; i < 2; i++)
            {
                site.tokens[i] = await weir.WorkerToken(site.Pages, $"w{i + 1}");
                site.StartWorker(i);
            }
            return site;
        }

        public async Task<string> Strike(Random dice)
        {
            var (m, w) = (dice.Next(3), dice.Next(2));
            switch (dice.Next(8))
            {
                case 0 or 1:
                    await masters[m].Process.Kill();
                    await Task.Delay(dice.Next(1500));
                    await StartMaster(m);
                    return $"killed master {m}";
                case 2:
                    await masters[m].Process.Terminate(90);
                    await StartMaster(m);
                    return $"shut master {m} down";
                case 3:
                    var frozen = masters[dice.Next(2)].Process;
                    frozen.Freeze();
                    await Task.Delay(dice.Next(1000, 16000));
                    frozen.Thaw();
                    return "froze an engine";
                case 4 or 5:
                    await workers[w].Kill();
                    await Task.Delay(dice.Next(1500));
                    StartWorker(w);
                    return $"killed worker {w + 1}";
                case 6:
                    var cut = await weir.Sql<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'weir/' || current_schema()");
                    return $"cut {cut} sessions of the store";
                default:
                    return await Crash() ? "crashed PostgreSQL" : "found nothing to crash";
            }
        }

        /// <summary>All are there again.</summary>
        public async Task Calm()
        {
            for (var i = 0; i < 3; i++)
            {
                masters[i].Process.Thaw();
                if (!masters[i].Process.Alive)
                    await StartMaster(i);
            }
        }

        // A backend killed by force makes the server throw all sessions out and recover from its log.
        private async Task<bool> Crash()
        {
            var pid = await weir.Sql<int?>("SELECT pid FROM pg_stat_activity WHERE application_name = 'weir/' || current_schema() LIMIT 1");
            if (pid is not { } backend)
                return false;
            try
            {
                Process.GetProcessById(backend).Kill();
            }
            catch (ArgumentException)
            {
                return false;
            }
            await Task.Delay(500);
            await Installation.Eventually(async () =>
            {
                try
                {
                    return await weir.Sql<int>("SELECT 1") == 1;
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            }, "PostgreSQL to recover");
            return true;
        }

        private async Task StartMaster(int i) =>
            Volatile.Write(ref masters[i], await weir.StartMaster($"m{i}", roles: i == 2 ? "ui" : "engine", port: ports[i]));

        private void StartWorker(int i) => workers[i] = weir.StartWorker($"w{i + 1}", tokens[i], $"http://127.0.0.1:{ports[0]},http://127.0.0.1:{ports[1]}");
    }
}

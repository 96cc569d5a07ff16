using System.Globalization;
using System.Net.Http.Json;

namespace Weir.Whole.Tests.E;

/// <summary>Workers are shared out between engines while builds run; limited engines get those that they can use.</summary>
public sealed class SpreadTests
{
    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$$"""
        weir: 1
        workers:
          "w*": { maxBuilds: 1, missingAfter: 10m }
        schedulers:
          force:
            type: force
            builders: [soak]
            parameters:
              - { name: ticket, type: string, required: true }
        builders:
          soak:
            steps:
              - name: count
                run: |
                  echo "count ${{ properties.ticket }}" >> {{{ledger}}}
                  for i in 1 2 3 4 5 6 7 8; do echo "line $i of ${{ properties.ticket }}"; sleep 0.1; done
              - name: last
                run: echo "last ${{ properties.ticket }}" >> {{{ledger}}}
        """);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Six_workers_become_three_and_three_all_go_to_the_other_when_one_is_killed_and_are_shared_out_again_when_it_comes_back()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var (portOne, portTwo) = (Installation.FreePort(), Installation.FreePort());
        var pages = await weir.StartMaster("pages", roles: "ui");
        var one = await weir.StartMaster("one", roles: "engine", port: portOne);
        for (var i = 1; i <= 6; i++)
            weir.StartWorker($"w{i}", await weir.WorkerToken(pages, $"w{i}"), one.Url);
        await Placed(weir, "one:6");
        using var enough = new CancellationTokenSource();
        var ordering = Order(weir, pages, enough.Token);

        await weir.StartMaster("two", roles: "engine", port: portTwo);
        await Placed(weir, "one:3 two:3");
        await one.Process.Kill();
        await Placed(weir, "two:6");
        await weir.StartMaster("one", roles: "engine", port: portOne);
        await Placed(weir, "one:3 two:3");
        // It stays so, and nobody is sent to and fro.
        var hellos = await weir.Sql<long>("SELECT sum(session)::bigint FROM worker_sessions");
        await Task.Delay(6000);
        Assert.Equal("one:3 two:3", await Placement(weir));
        Assert.Equal(hellos, await weir.Sql<long>("SELECT sum(session)::bigint FROM worker_sessions"));

        await enough.CancelAsync();
        var ordered = await ordering;
        await weir.Until(async () => await weir.Sql<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") == 0 ? 1L : (long?)null, "the end of all orders", 120);
        var written = (await File.ReadAllLinesAsync(ledger)).GroupBy(l => l).ToDictionary(g => g.Key, g => g.Count());
        Assert.InRange(ordered, 20, 10_000);
        Assert.Equal(ordered, await weir.Sql<long>("SELECT count(*) FROM builds WHERE results = 0 AND attempt = 1"));
        Assert.Equal(ordered, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.All(Enumerable.Range(0, ordered), t => Assert.Equal((t, 1, 1), (t, written.GetValueOrDefault($"count t{t}"), written.GetValueOrDefault($"last t{t}"))));
        File.Delete(ledger);
    }

    private static async Task<int> Order(Installation weir, Installation.Master pages, CancellationToken enough)
    {
        var ordered = 0;
        while (!enough.IsCancellationRequested)
        {
            // Half of the slots are busy, so that there are idle workers.
            if (await weir.Sql<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") < 3)
            {
                var answer = await pages.Http.PostAsJsonAsync("/api/v2/forceschedulers/force/actions/force", new { properties = new { ticket = string.Create(CultureInfo.InvariantCulture, $"t{ordered}") } }, CancellationToken.None);
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(CancellationToken.None));
                ordered++;
            }
            await Task.Delay(150, CancellationToken.None);
        }
        return ordered;
    }

    private static Task<string> Placement(Installation weir) => weir.Sql<string>("""
        SELECT coalesce(string_agg(name || ':' || n, ' ' ORDER BY name), '') FROM (
            SELECT m.name, count(*) AS n FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE s.ended_at IS NULL AND s.heartbeat_at > weir_now() - interval '30 seconds' GROUP BY m.name) p
        """);

    private static Task Placed(Installation weir, string expected) => weir.Until(async () => await Placement(weir) == expected ? 1L : (long?)null, $"the workers to be placed {expected}", 90);
}

using System.Globalization;

namespace Weir.Whole.Tests.E;

/// <summary>E3: masters are replaced one after the other while builds come and run; nothing is lost, nothing is run twice, nobody has to do anything.</summary>
public sealed class RollingTests
{
    internal static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          w1: { maxBuilds: 2 }
          w2: { maxBuilds: 2 }
        schedulers:
          force: { type: force, builders: [short, long] }
        builders:
          short:
            steps:
              - run: echo short >> {{ledger}}
          long:
            steps:
              - name: count
                run: |
                  echo long >> {{ledger}}
                  for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i"; sleep 0.4; done
              - run: echo last
        """);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Three_masters_are_replaced_under_load()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var ports = new[] { Installation.FreePort(), Installation.FreePort() };
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engines = new[] { await weir.StartMaster("one", roles: "engine", port: ports[0]), await weir.StartMaster("two", roles: "engine", port: ports[1]) };
        foreach (var (name, engine) in new[] { ("w1", engines[0]), ("w2", engines[1]) })
            weir.StartWorker(name, await weir.WorkerToken(pages, name), engine.Url);

        using var enough = new CancellationTokenSource();
        var master = pages;
        var requests = new List<long>();
        var load = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                requests.Add(await weir.Force(Volatile.Read(ref master), i % 4 == 0 ? "long" : "short"));
                await Task.Delay(250);
            }
        });
        await Task.Delay(2000);
        foreach (var (name, i) in new[] { ("one", 0), ("two", 1) })
        {
            Assert.Equal(0, await engines[i].Process.Terminate(30));
            engines[i] = await weir.StartMaster(name, roles: "engine", port: ports[i]);
            await Task.Delay(1000);
        }
        var next = await weir.StartMaster("pages-2", roles: "ui");
        Volatile.Write(ref master, next);
        await Task.Delay(500);
        Assert.Equal(0, await pages.Process.Terminate(30));
        await enough.CancelAsync();
        await load;

        foreach (var request in requests)
            Assert.Equal(0, await weir.ResultOf(request, 120));
        Assert.Equal(requests.Count, (await File.ReadAllLinesAsync(ledger)).Length);
        Assert.Equal(requests.Count, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(1, await weir.Sql<int>("SELECT max(attempt) FROM builds"));
        var lines = await weir.Sql<long[]>("SELECT array_agg(DISTINCT l.line_count) FROM logs l JOIN steps s ON s.id = l.step_id WHERE s.name = 'count'");
        Assert.Single(lines); // every log of the long step is as long as every other
        File.Delete(ledger);
    }
}

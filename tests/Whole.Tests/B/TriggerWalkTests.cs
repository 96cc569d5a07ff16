using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>A build sets another one off, waits for it, and lends it the only slot of the only worker, while one engine after the other dies at its next commit.</summary>
public sealed class TriggerWalkTests
{
    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          w1: { maxBuilds: 1, missingAfter: 10m }
        schedulers:
          force: { type: force, builders: [whole] }
          parts: { type: triggerable, builders: [left, right] }
        builders:
          whole:
            steps:
              - run: echo whole >> {{ledger}}
              - trigger: { scheduler: parts, wait: true }
              - run: echo last >> {{ledger}}
          left: &part
            steps:
              - name: count
                run: |
                  echo part >> {{ledger}}
                  for i in 1 2 3 4 5 6 7 8; do echo "line $i"; sleep 0.1; done
          right: *part
        """);

    [Fact]
    public async Task What_a_step_sets_off_is_set_off_once_wherever_its_engines_die()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port);
        var token = await weir.WorkerToken(pages, "w1");
        var request = await weir.Force(pages, "whole");
        await engine.Process.Kill();
        // Behind the commits of the start: around those of the claim, of the steps, of the claims of what was set off.
        var points = new Queue<string>(Enumerable.Range(4, 8).SelectMany(n => new[] { $"store.commit.before:{n}", $"store.commit.after:{n}" }).ToArray().Or("store.commit.after:5", "store.commit.before:7", "store.commit.after:9"));
        weir.StartWorker("w1", token, $"http://127.0.0.1:{port}");
        var deaths = 0;
        while (!await weir.Sql<bool>("SELECT completed_at IS NOT NULL FROM requests WHERE id = @request", new { request }))
        {
            if (engine.Process.Alive)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
                continue;
            }
            deaths++;
            engine = await weir.StartMaster("one", roles: "engine", port: port, crash: points.TryDequeue(out var next) ? next : null);
        }

        Assert.Equal(0, await weir.ResultOf(request));
        Assert.True(deaths >= 3, $"Only {deaths} engines died.");
        var written = (await File.ReadAllLinesAsync(ledger, TestContext.Current.CancellationToken)).CountBy(l => l).ToDictionary();
        Assert.Equal((1, 2, 1), (written["whole"], written["part"], written["last"]));
        Assert.Equal((3, 1), (await weir.Sql<int>("SELECT count(*) FROM builds"), await weir.Sql<int>("SELECT max(attempt) FROM builds")));
        Assert.Equal((2, 1), (await weir.Sql<int>("SELECT count(*) FROM buildsets"), await weir.Sql<int>("SELECT count(*) FROM triggers WHERE NOT waiting")));
        foreach (var log in await weir.Sql<long[]>("SELECT array_agg(l.id) FROM logs l JOIN steps s ON s.id = l.step_id WHERE s.name = 'count'"))
            Assert.Equal(string.Concat(Enumerable.Range(1, 8).Select(i => $"line {i}\n")), await weir.RawLog(pages, log));
        File.Delete(ledger);
    }
}

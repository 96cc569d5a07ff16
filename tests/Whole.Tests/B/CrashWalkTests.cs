using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>An engine dies before and after every commit, order and acknowledgement of a build's life, and so does the one that takes over.</summary>
public sealed class CrashWalkTests
{
    [Fact]
    public void Every_point_of_the_source_is_walked() =>
        Assert.Equal(CrashPoints.InSource(), new[] { CrashPoints.OfBuilds, CrashPoints.OfLocks, CrashPoints.OfOrders, CrashPoints.OfDrains, CrashPoints.OfHandovers, CrashPoints.OfHeldRevisions, CrashPoints.OfDroppedRevisions, CrashPoints.OfStoppedWorkers }.SelectMany(p => p).Order(StringComparer.Ordinal));

    /// <summary>Each heir dies in its turn, at the next point, with the builds of all before it in its hands.</summary>
    [Fact]
    public async Task Every_heir_dies_at_the_next_point_and_no_build_minds()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port, crash: "ingest.store.after:1");
        weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engine.Url);
        var requests = new List<long>();
        // The first one's own point, and those of its heirs. A commit is anybody's: the seventh is behind those of the start.
        foreach (var next in CrashPoints.OfBuilds.Or("command.send.after", "ingest.store.before", "hello.adopt.before", "store.commit.after", "locks.grant.after").Select(p => p.StartsWith("store", StringComparison.Ordinal) ? p + ":7" : p + ":1").Append(null))
        {
            requests.Add(await weir.Force(pages, "soak"));
            await Died(engine);
            engine = await weir.StartMaster("one", roles: "engine", port: port, crash: next);
        }

        await AreWhole(weir, pages, requests, ledger);
    }

    /// <summary>Every hit of every point, each alone, until a build gets through without meeting one.</summary>
    [Theory]
    [MemberData(nameof(Points))]
    [Trait("Category", "Slow")]
    public async Task The_engine_dies_at_every_hit_of(string point)
    {
        for (var (hit, hits) = (1, 40); hits > 0; hit++, hits--)
        {
            if (!await Walk($"{point}:{hit}"))
                return;
        }
    }

    public static TheoryData<string> Points => [.. CrashPoints.OfBuilds];

    internal static Task Died(Installation.Master engine) => Installation.Eventually(() => Task.FromResult(!engine.Process.Alive), "the engine to die", () => engine.Process.Output);

    /// <summary>A worker w1, and a builder of which one step takes its lock and another is given one of two boards, whose step notes its start in a ledger and prints numbered lines, each build twelve pauses long.</summary>
    internal static string Config(string ledger, string pause = "0.05") => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          "w*": { maxBuilds: 4, missingAfter: 10m }
        locks: { db: { capacity: 2 }, boards: { pool: { b1: [], b2: [] } } }
        schedulers:
          force: { type: force, builders: [soak, never] }
        builders:
          soak:
            steps:
              - run: echo first
              - name: count
                locks: db
                run: |
                  echo count >> {{ledger}}
                  i=0
                  while [ $i -lt {{Lines}} ]; do echo "line $i of the step"; i=$((i+1)); [ $((i % 10)) -eq 0 ] && sleep {{pause}}; done
                  printf 'no newline at the end'
              - { run: "echo last >> {{ledger}}", locks: [boards] }
          never:
            workers: { names: [w-never] }
            steps: [ { run: "true" } ]
        """);

    private const int Lines = 120;
    private static readonly string Expected = string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i} of the step\n")) + "no newline at the end";

    /// <summary>Each of the requests was built once, ran once, and lost no byte of its output.</summary>
    internal static async Task AreWhole(Installation weir, Installation.Master master, IReadOnlyCollection<long> requests, string ledger)
    {
        foreach (var request in requests)
            Assert.Equal(0, await weir.ResultOf(request));
        var written = (await File.ReadAllLinesAsync(ledger)).CountBy(l => l).ToDictionary();
        Assert.Equal((requests.Count, requests.Count), (written["count"], written["last"]));
        Assert.Equal(requests.Count, await weir.Sql<long>("SELECT count(*) FROM builds WHERE results = 0"));
        Assert.Equal(requests.Count, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM build_owners"));
        foreach (var log in await weir.Sql<long[]>("SELECT array_agg(l.id) FROM logs l JOIN steps s ON s.id = l.step_id WHERE s.name = 'count'"))
            Assert.Equal(Expected, await weir.RawLog(master, log));
        File.Delete(ledger);
    }

    // False when the build went through without the engine dying.
    private static async Task<bool> Walk(string crash)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger).Replace("sleep 0.1", "sleep 0.01", StringComparison.Ordinal));
        var port = Installation.FreePort();
        var calm = await weir.StartMaster("one", port: port);
        var token = await weir.WorkerToken(calm, "w1");
        var request = await weir.Force(calm, "soak");
        await calm.Process.Kill();

        var doomed = await weir.StartMaster("one", port: port, crash: crash);
        weir.StartWorker("w1", token, $"http://127.0.0.1:{port}");
        await Installation.Eventually(async () => !doomed.Process.Alive || await weir.Sql<bool>("SELECT completed_at IS NOT NULL FROM requests WHERE id = @request", new { request }), "death or the end of the build");
        var died = !doomed.Process.Alive;
        var master = died ? await weir.StartMaster("one", port: port) : doomed;

        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, master, ledger);
        return died;
    }
}

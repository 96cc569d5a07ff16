using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>
/// Builds that hold locks over what they have set off, steps that stand in a line, a worker with one slot that is lent, and builds that give theirs up: an engine dies between deciding and doing, each heir takes up what it finds, and all ends as if nobody had died.
/// </summary>
public sealed class LockWalkTests
{
    // whole holds a over its triggered builds, which run one after the other in its slot, each asking for db, for which the others on the second worker stand in line.
    private static string Config(string ledger) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          w1: { maxBuilds: 1, missingAfter: 10m }
          w2: { maxBuilds: 3, missingAfter: 10m }
        locks: { a: {}, db: {}, boards: { pool: { b1: [] } } }
        schedulers:
          force: { type: force, builders: [whole, other, moves] }
          parts: { type: triggerable, builders: [left, right] }
          sides: { type: triggerable, builders: [side] }
        builders:
          whole:
            workers: { names: [w1] }
            locks: [a]
            steps:
              - run: echo whole >> {{ledger}}
              - trigger: { scheduler: parts, wait: true }
              - run: echo last >> {{ledger}}
          moves:
            workers: { names: [w1] }
            steps:
              - trigger: { scheduler: sides, wait: true, release: worker }
              - run: echo moved >> {{ledger}}
          side: { workers: { names: [w2] }, steps: [ { run: "echo side >> {{ledger}}", locks: [boards] } ] }
          left: &part
            workers: { names: [w1] }
            steps:
              - run: "true"
              - { run: "echo part >> {{ledger}}; sleep 0.2; echo part ends >> {{ledger}}", locks: [db] }
          right: *part
          other:
            workers: { names: [w2] }
            steps:
              - run: "true"
              - { run: "echo other >> {{ledger}}; sleep 0.2; echo other ends >> {{ledger}}", locks: [db] }
        """);

    /// <summary>Each heir dies in its turn, at the next point: one of each kind.</summary>
    [Fact]
    public async Task Every_heir_dies_at_the_next_point_and_nobody_who_waits_is_forgotten()
    {
        string[] points = ["trigger.begun:1", "claim.after:1", "locks.asked:1", "trigger.over:1", "slot.asked:1", "slot.grant.before:1", "slot.grant.after:1"];

        Assert.Equal(points.Length, await Walk(points, wholes: 2));
    }

    /// <summary>Every hit of every point, each alone, until all get through without meeting one; of the commits, which are many, every third.</summary>
    [Theory]
    [MemberData(nameof(Points))]
    [Trait("Category", "Slow")]
    public async Task The_engine_dies_at_every_hit_of(string point)
    {
        for (var hit = 1; hit < 100; hit += point.StartsWith("store", StringComparison.Ordinal) ? 3 : 1)
        {
            if (await Walk([$"{point}:{hit}"], wholes: 1) == 0)
                return;
        }
    }

    public static TheoryData<string> Points => [.. CrashPoints.OfLocks, "locks.grant.before", "locks.grant.after", "store.commit.before", "store.commit.after"];

    private static async Task<int> Walk(string[] points, int wholes)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var next = new Queue<string>(points);
        var calm = await weir.StartMaster("one", roles: "engine", port: port);
        var tokens = new[] { await weir.WorkerToken(pages, "w1"), await weir.WorkerToken(pages, "w2") };
        var (whole, others, moves) = (new List<long>(), new List<long>(), new List<long>());
        for (var i = 0; i < wholes; i++)
        {
            whole.Add(await weir.Force(pages, "whole"));
            others.AddRange([await weir.Force(pages, "other"), await weir.Force(pages, "other")]);
            moves.Add(await weir.Force(pages, "moves"));
        }
        await calm.Process.Kill();
        var engine = await weir.StartMaster("one", roles: "engine", port: port, crash: next.Dequeue());
        weir.StartWorker("w1", tokens[0], engine.Url);
        weir.StartWorker("w2", tokens[1], engine.Url);
        var deaths = 0;
        await Installation.Eventually(async () =>
        {
            if (!engine.Process.Alive)
            {
                deaths++;
                engine = await weir.StartMaster("one", roles: "engine", port: port, crash: next.TryDequeue(out var point) ? point : null);
                // Each has something to begin and somebody to let wait; the last, something to set off as well.
                if (wholes > 1)
                {
                    others.AddRange([await weir.Force(pages, "other"), await weir.Force(pages, "other")]);
                    moves.Add(await weir.Force(pages, "moves"));
                }
                if (wholes > 1 && next.Count == 0)
                    whole.Add(await weir.Force(pages, "whole"));
            }
            return await weir.Sql<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") == 0;
        }, "the end of all", () => engine.Process.Output, 240);

        foreach (var request in whole.Concat(others).Concat(moves))
            Assert.Equal(0, await weir.ResultOf(request));
        var lines = await File.ReadAllLinesAsync(ledger, TestContext.Current.CancellationToken);
        var written = lines.CountBy(l => l).ToDictionary();
        Assert.Equal((whole.Count, whole.Count, 2 * whole.Count, others.Count), (written["whole"], written["last"], written["part"], written["other"]));
        Assert.Equal((moves.Count, moves.Count), (written["moved"], written["side"]));
        Assert.Equal((whole.Count * 3) + others.Count + (moves.Count * 2), await weir.Sql<int>("SELECT count(*) FROM builds"));
        Assert.Equal(1, await weir.Sql<int>("SELECT max(attempt) FROM builds"));
        // Nobody was beside another one under the lock.
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i] is "part" or "other")
                Assert.Equal(lines[i] + " ends", lines.Skip(i + 1).First(l => l is not ("whole" or "last" or "moved" or "side")));
        }
        Assert.Equal(0, await weir.Sql<int>("SELECT count(*) FROM lock_claims"));
        File.Delete(ledger);
        return deaths;
    }
}

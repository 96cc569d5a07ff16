using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>B4: whoever is killed in mid-step, the log is complete to the byte, the step ran once, the build ends once.</summary>
public sealed class SurvivalTests
{
    private const int Lines = 400;

    /// <summary>A step that notes its start in a ledger and prints numbered lines: forty pauses long.</summary>
    internal static string Config(string ledger, string pause = "0.1") => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers:
          w1: { maxBuilds: 2, missingAfter: 10m }
        schedulers:
          force: { type: force, builders: [soak] }
        builders:
          soak:
            steps:
              - name: first
                run: echo first
              - name: count
                run: |
                  echo $$ >> {{ledger}}
                  i=0
                  while [ $i -lt {{Lines}} ]; do echo "line $i of the step"; i=$((i+1)); [ $((i % 10)) -eq 0 ] && sleep {{pause}}; done
                  printf 'no newline at the end'
              - name: last
                run: echo last >> {{ledger}}
        """);

    internal static string Expected { get; } = string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i} of the step\n")) + "no newline at the end";

    [Theory]
    [InlineData("engine")]
    [InlineData("worker")]
    [InlineData("engine and worker")]
    [InlineData("engine, another takes over")]
    public async Task Killed_in_mid_step(string who)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var port = Installation.FreePort();
        var other = Installation.FreePort();
        var master = await weir.StartMaster("one", port: port);
        var urls = $"http://127.0.0.1:{port},http://127.0.0.1:{other}";
        var token = await weir.WorkerToken(master, "w1");
        var worker = weir.StartWorker("w1", token, urls);
        var request = await weir.Force(master, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

        if (who.Contains("engine"))
            await master.Process.Kill();
        if (who.Contains("worker"))
            await worker.Kill();
        await Task.Delay(500);
        if (who.Contains("another"))
            master = await weir.StartMaster("two", port: other);
        else if (who.Contains("engine"))
            master = await weir.StartMaster("one", port: port);
        if (who.Contains("worker"))
            weir.StartWorker("w1", token, urls);

        Assert.Equal(0, await weir.ResultOf(request));
        await AssertWhole(weir, master, ledger);
    }

    [Fact]
    public async Task The_connections_to_the_store_cut_again_and_again()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var request = await weir.Force(master, "soak");
        for (var i = 0; i < 12; i++)
        {
            await Task.Delay(300);
            await weir.Sql<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'weir/' || current_schema()");
        }

        Assert.Equal(0, await weir.ResultOf(request));
        await AssertWhole(weir, master, ledger);
    }

    [Fact]
    public async Task An_engine_frozen_beyond_the_grace_does_no_harm_when_it_wakes_up()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(Config(ledger));
        var one = await weir.StartMaster("one");
        var two = await weir.StartMaster("two");
        weir.StartWorker("w1", await weir.WorkerToken(one, "w1"), $"{one.Url},{two.Url}");
        var request = await weir.Force(one, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");
        var first = await weir.Sql<long>("SELECT master_id FROM build_owners");
        var (owner, heir) = await weir.Sql<string>("SELECT name FROM masters WHERE id = @first", new { first }) == "one" ? (one, two) : (two, one);

        owner.Process.Freeze();
        await weir.Until(async () => await weir.Sql<long?>("SELECT 1::bigint WHERE EXISTS (SELECT FROM worker_sessions WHERE master_id <> @first)", new { first }), "the other engine to take over");
        owner.Process.Thaw();

        Assert.Equal(0, await weir.ResultOf(request));
        await AssertWhole(weir, heir, ledger);
    }

    internal static async Task AssertWhole(Installation weir, Installation.Master master, string ledger)
    {
        Assert.Equal(2, (await File.ReadAllLinesAsync(ledger)).Length);
        var log = await weir.Sql<long>("SELECT l.id FROM logs l JOIN steps s ON s.id = l.step_id WHERE s.name = 'count'");
        Assert.Equal(Expected, await weir.RawLog(master, log));
        Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM build_owners"));
        File.Delete(ledger);
    }
}

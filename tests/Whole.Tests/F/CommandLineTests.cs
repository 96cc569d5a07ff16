using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.F;

/// <summary>F3, F4 from the command line: waiting, following and ending builds, whatever happens meanwhile.</summary>
public sealed class CommandLineTests
{
    private const string Configuration = """
        weir: 1
        workers:
          w1: { maxBuilds: 2 }
        schedulers:
          force: { type: force, builders: [fine, broken, slow, gated] }
        builders:
          fine:
            steps:
              - name: greet
                run: echo hello; echo 'a needle in it'; printf 'no newline'
          broken:
            steps:
              - name: fail
                run: echo oh; exit 3
          slow:
            steps:
              - name: nap
                run: echo asleep; sleep 60
          gated:
            steps:
              - name: pass
                run: |
                  echo before
                  while [ ! -e GATE ]; do sleep 0.1; done
                  i=0
                  while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); [ $((i % 100)) -eq 0 ] && sleep 0.5; done
        """;

    [Fact]
    public async Task Waiting_ends_with_the_result_and_every_verb_of_builds_works()
    {
        await using var weir = await Installation.Create(Configuration);
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();

        var fine = await shell.Run("force", "-b", "fine", "--wait", "--json");
        Ended(0, fine);
        Assert.Equal("fine", (string?)fine.Json["builds"]![0]!["buildername"]);
        Ended(1, await shell.Run("force", "-b", "broken", "--wait"));
        var followed = await shell.Run("force", "-b", "fine", "--follow");
        Assert.StartsWith("── fine/2 greet: stdio ──\n$ /bin/sh -c ", followed.Output);
        Assert.Matches("(?s)\nhello\na needle in it\nno newline\nended with exit code 0 after .*\nfine/2  success", followed.Output);
        Ended(0, await shell.Run("rebuild", "fine/1", "--wait"));

        Assert.Equal(["fine/3", "fine/2", "broken/1", "fine/1"], (await shell.Run("builds")).Lines.Select(l => l.Split('\t')[1]));
        Assert.Equal(["broken/1"], (await shell.Run("builds", "--result", "failure", "--since", "1h")).Lines.Select(l => l.Split('\t')[1]));
        // What a script writes into one file stands there one after the other.
        var file = Path.Combine(weir.Directory, "builds.txt");
        using (var script = shell.StartIn("sh", "-c", """{ dotnet "$0" builds; dotnet "$0" builds; } > "$1" """, Shell.Program, file))
            Ended(0, await Shell.End(script));
        Assert.Equal(8, (await File.ReadAllLinesAsync(file)).Length);
        Assert.Equal("fail", (string?)(await shell.Run("build", "broken", "--json")).Json["steps"]![0]!["name"]);
        Assert.Equal("hello\na needle in it\nno newline", (await shell.Run("log", "fine", "--raw")).Output);
        Assert.Equal("no newline\n", (await shell.Run("log", "fine/1", "--tail", "1", "--raw")).Output);
        var found = await shell.Run("log", "fine", "--search", "NEEDLE");
        Ended(0, found);
        // The first hit is in the command, which Weir writes above what it prints.
        Assert.Equal((2, "greet:4: a needle in it"), (found.Lines.Length, found.Lines[^1]));
        Ended(1, await shell.Run("log", "fine", "--search", "hay"));
        Assert.Contains("Did you mean \"greet\"?", (await shell.Run("log", "fine", "--step", "geret")).Errors);

        Ended(6, await shell.Run("force", "-b", "slow", "--timeout", "3s"));
        Ended(0, await shell.Run("stop", "slow", "--reason", "enough"));
        Ended(1, await shell.Run("build", "slow", "--wait"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ctrl_C_leaves_the_build_running_and_says_so()
    {
        await using var weir = await Installation.Create(Configuration);
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();
        using var waiting = shell.Start("force", "-b", "slow", "--follow");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 0 ? 1L : (long?)null, "the first line");
        await Task.Delay(1500);

        using (var kill = Process.Start("kill", ["-INT", $"{waiting.Id}"]))
            await kill.WaitForExitAsync();
        var ended = await Shell.End(waiting);

        Assert.Equal(130, ended.Code);
        Assert.Contains("it goes on without us", ended.Errors);
        Assert.Contains("asleep\n", ended.Output);
        Assert.True(await weir.Sql<bool>("SELECT completed_at IS NULL FROM builds"));
        Ended(0, await shell.Run("stop", "slow"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_server_that_is_killed_and_started_again_costs_a_follower_no_byte()
    {
        var gate = Path.GetTempFileName();
        File.Delete(gate);
        await using var weir = await Installation.Create(Configuration.Replace("GATE", gate, StringComparison.Ordinal));
        var port = Installation.FreePort();
        var master = await weir.StartMaster("one", port: port);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();
        var request = await weir.Force(master, "gated");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 0 ? 1L : (long?)null, "the first line");
        var connections = Connections(port);
        using var waiter = shell.Start("build", "gated", "--wait");
        using var follower = shell.Start("log", "gated", "--follow", "--raw");
        Assert.Equal("before", await follower.StandardOutput.ReadLineAsync());
        await Installation.Eventually(() => Task.FromResult(Connections(port) >= connections + 2), "both to ask");
        // What was connected has yet to hear its first answer.
        await Task.Delay(1500);

        await master.Process.Kill();
        await File.WriteAllTextAsync(gate, "open");
        await Task.Delay(1500);
        await weir.StartMaster("one", port: port);

        var (followed, waited) = (await Shell.End(follower), await Shell.End(waiter));
        Assert.Equal(0, await weir.ResultOf(request));
        Ended(0, followed);
        Assert.Equal(string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i}\n")), followed.Output);
        Ended(0, waited);
        Assert.Contains("answers again", waited.Errors);
        File.Delete(gate);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_store_that_goes_away_in_mid_wait_is_sat_out()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var master = await weir.StartMaster("own", ownStore: true);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();
        using var waiter = shell.Start("force", "-b", "soak", "--follow");
        await Installation.Eventually(async () => (await (await master.Http.GetAsync("/api/v2/logs/2")).Content.ReadAsStringAsync()) is var text && text.Contains("num_lines", StringComparison.Ordinal) && (long)JsonNode.Parse(text)!["logs"]![0]!["num_lines"]! > 50, "the first lines", () => master.Process.Output);

        foreach (var server in StoreCrashTests.Servers(weir.Directory))
            server.Kill();

        var ended = await Shell.End(waiter);
        Ended(0, ended);
        Assert.Contains($"/soak\n{SurvivalTests.Expected}\nended with exit code 0 after ", ended.Output);
        Assert.Equal(0, await master.Process.Terminate(30));
        File.Delete(ledger);
    }

    private static void Ended(int code, Shell.Result result) => Assert.True(code == result.Code, $"{result.Code} instead of {code}: {result.Errors}");

    private static int Connections(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(c => c.RemoteEndPoint.Port == port && c.State == TcpState.Established);
}

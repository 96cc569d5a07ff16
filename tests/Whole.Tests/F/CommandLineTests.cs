using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.F;

/// <summary>F3, F4 from the command line: waiting, following and ending builds, whatever happens meanwhile.</summary>
[Trait("Category", "Slow")]
public sealed class CommandLineTests
{
    private const string Configuration = """
        weir: 1
        workers:
          w1: { maxBuilds: 2 }
        schedulers:
          force: { type: force, builders: [fine, broken, slow] }
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
        Assert.True(fine.Code == 0, fine.Errors);
        Assert.Equal("fine", (string?)fine.Json["builds"]![0]!["buildername"]);
        Assert.Equal(1, (await shell.Run("force", "-b", "broken", "--wait")).Code);
        var followed = await shell.Run("force", "-b", "fine", "--follow");
        // The command stands above what it wrote.
        Assert.StartsWith("── fine/2 greet: stdio ──\n$ /bin/sh -c ", followed.Output, StringComparison.Ordinal);
        Assert.Contains("\nhello\na needle in it\nno newline\n", followed.Output);
        Assert.StartsWith("fine/2  success", followed.Lines[^1], StringComparison.Ordinal);
        var again = await shell.Run("rebuild", "fine/1", "--wait");
        Assert.True(again.Code == 0, again.Errors);

        Assert.Equal(["fine/3", "fine/2", "broken/1", "fine/1"], (await shell.Run("builds")).Lines.Select(l => l.Split('\t')[1]));
        Assert.Equal(["broken/1"], (await shell.Run("builds", "--result", "failure", "--since", "1h")).Lines.Select(l => l.Split('\t')[1]));
        Assert.Equal("fail", (string?)(await shell.Run("build", "broken", "--json")).Json["steps"]![0]!["name"]);
        Assert.Equal("hello\na needle in it\nno newline", (await shell.Run("log", "fine", "--raw")).Output);
        Assert.Equal("no newline\n", (await shell.Run("log", "fine/1", "--tail", "2", "--raw")).Output);
        Assert.Matches("^greet:[0-9]+: a needle in it$", (await shell.Run("log", "fine", "--search", "a NEEDLE in it")).Lines[^1]);
        Assert.Equal(1, (await shell.Run("log", "fine", "--search", "hay")).Code);
        Assert.Contains("Did you mean \"greet\"?", (await shell.Run("log", "fine", "--step", "geret")).Errors);

        Assert.Equal(6, (await shell.Run("force", "-b", "slow", "--timeout", "3s")).Code);
        Assert.Equal(0, (await shell.Run("stop", "slow", "--reason", "enough")).Code);
        Assert.Equal(1, (await shell.Run("build", "slow", "--wait")).Code);
    }

    [Fact]
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
        Assert.Equal(0, (await shell.Run("stop", "slow")).Code);
    }

    [Fact]
    public async Task A_server_that_is_killed_and_started_again_costs_a_follower_no_byte()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var port = Installation.FreePort();
        var master = await weir.StartMaster("one", port: port);
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var shell = new Shell(weir, master);
        await shell.SignIn();
        var request = await weir.Force(master, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 20 ? 1L : (long?)null, "the first lines");
        using var follower = shell.Start("log", "soak", "--follow", "--raw", "--step", "count");
        using var waiter = shell.Start("build", "soak", "--wait");
        // Programs take their time to start; what is not there yet cannot sit anything out.
        var begun = await follower.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 120 ? 1L : (long?)null, "more lines");

        await master.Process.Kill();
        await Task.Delay(1500);
        await weir.StartMaster("one", port: port);

        var (followed, waited) = (await Shell.End(follower), await Shell.End(waiter));
        Assert.Equal(0, await weir.ResultOf(request));
        Assert.Equal(SurvivalTests.Expected + "\n", begun + "\n" + followed.Output);
        Assert.Equal((0, 0), (followed.Code, waited.Code));
        Assert.Contains("answers again", waited.Errors);
        File.Delete(ledger);
    }

    [Fact]
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
        Assert.True(ended.Code == 0, ended.Errors);
        Assert.Contains($"── soak/1 count: stdio ──\n{SurvivalTests.Expected}\n── ", ended.Output + "── ");
        Assert.Equal(0, await master.Process.Terminate(30));
        File.Delete(ledger);
    }

    /// <summary>The <c>weir</c> command, signed in, with a home of its own.</summary>
    private sealed class Shell(Installation weir, Installation.Master master)
    {
        public sealed record Result(int Code, string Output, string Errors)
        {
            public JsonNode Json => JsonNode.Parse(Output)!;

            public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        public async Task SignIn()
        {
            using var login = Start("login", "--password-stdin");
            await login.StandardInput.WriteLineAsync(Installation.Password);
            Assert.Equal(0, (await End(login)).Code);
        }

        public async Task<Result> Run(params string[] arguments)
        {
            using var process = Start(arguments);
            return await End(process);
        }

        public Process Start(params string[] arguments)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "../../Cli/debug/weir.dll"), .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = new UTF8Encoding(false),
            };
            start.Environment["XDG_CONFIG_HOME"] = weir.Directory;
            start.Environment["WEIR_SERVER"] = master.Url;
            start.Environment.Remove("WEIR_TOKEN");
            return Process.Start(start)!;
        }

        public static async Task<Result> End(Process process)
        {
            process.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = await process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, errors);
        }
    }
}

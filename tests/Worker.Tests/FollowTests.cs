using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>Files that grow while a command runs come whole into logs of their own.</summary>
public sealed class FollowTests(Running running) : IClassFixture<Running>
{
    private readonly string directory = $"follow-{Guid.NewGuid():N}";

    private RunSpec Spec(string shell, params string[] files) => new()
    {
        Directory = directory,
        Arguments = ["/bin/sh", "-c", shell],
        Logs = [.. files.Select(f => new FollowedLog(f.Replace('/', '-'), f))],
    };

    private async Task<StoredCommand> Run(string shell, params string[] files)
    {
        var command = running.Engine.Order(Spec(shell, files));
        var end = await command.End();
        Assert.True(end is { Kind: EndKind.Exited, ExitCode: 0 }, $"{end}\n{command.Headers}");
        return command;
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(running.Worker.Work, directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Fact]
    public async Task A_file_that_comes_later_is_followed_while_the_command_runs()
    {
        var command = running.Engine.Order(Spec("sleep 0.3; mkdir out; echo one > out/a.log; while [ ! -e go ]; do sleep 0.05; done; printf 'two\\nthree' >> out/a.log; echo done", "out/a.log"));
        await Eventually.Holds(() => command.Log("out-a.log") == "one\n", "the first line comes before the command ends");
        Write("go", "");
        await command.End();

        Assert.Equal("one\ntwo\nthree", command.Log("out-a.log"));
        Assert.Equal("done\n", command.Text());
    }

    [Fact]
    public async Task What_stood_in_it_before_is_not_read()
    {
        Write("a.log", "old\n");
        Write("b.log", "old\n");
        Write("c.log", "old\n");
        var command = await Run("echo new >> a.log; echo newer > b.log", "a.log", "b.log", "c.log");

        Assert.Equal("new\n", command.Log("a.log"));
        Assert.Equal("newer\n", command.Log("b.log"));
        Assert.Equal("", command.Log("c.log"));
        Assert.Contains("c.log is from before, and did not change", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_short_written_anew_and_replaced()
    {
        var command = await Run("""
            i=0; while [ $i -lt 5 ]; do echo "cut $i"; i=$((i+1)); done > a.log; sleep 0.4
            echo short > a.log; sleep 0.4
            i=0; while [ $i -lt 50 ]; do echo "longer $i"; i=$((i+1)); done > a.log; sleep 0.4
            mv a.log a.log.1; echo late >> a.log.1; echo rotated > a.log
            """, "a.log");

        Assert.Equal(
            string.Concat(Enumerable.Range(0, 5).Select(i => $"cut {i}\n")) + "short\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"longer {i}\n")) + "late\nrotated\n",
            command.Log("a.log"));
        Assert.Contains("was written anew", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_file_or_never_comes_is_said()
    {
        var command = await Run("mkdir dir; mkfifo pipe", "none.log", "dir", "pipe");

        Assert.Contains("The log none.log is empty: the file none.log was never there.", command.Headers, StringComparison.Ordinal);
        Assert.Contains("The file dir cannot be followed: it is no ordinary file", command.Headers, StringComparison.Ordinal);
        Assert.Contains("The file pipe cannot be followed: it is no ordinary file", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_bytes_and_very_many_of_them()
    {
        var command = await Run("head -c 100000 /dev/urandom > bin.log; seq 1 1500000 > big.log; sha256sum big.log", "bin.log", "big.log");
        var big = command.Log("big.log");

        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(big))), command.Text()[..64]);
        Assert.Equal(new FileInfo(Path.Combine(running.Worker.Work, directory, "big.log")).Length, big.Length);
    }

    [Fact]
    public async Task Its_growth_is_output_for_the_time_out()
    {
        var end = await running.Engine.Order(Spec("for i in 1 2 3 4 5 6; do echo $i >> a.log; sleep 0.4; done", "a.log") with { TimeoutMs = 1_500 }).End();

        Assert.Equal((EndKind.Exited, 0), (end.Kind, end.ExitCode));
    }

    [Fact]
    public async Task A_secret_in_it_is_masked()
    {
        var command = running.Engine.Order(
            Spec("echo \"$KEY\" > a.log", "a.log") with { SecretEnv = new Dictionary<string, IReadOnlyList<TextPart>> { ["KEY"] = [new(null, "NAME")] } },
            secrets: new() { ["NAME"] = "canary-in-a-file" });
        await command.End();

        Assert.Equal("***\n", command.Log("a.log"));
    }

    [Fact]
    public async Task A_path_that_leads_out_is_refused()
    {
        var end = await running.Engine.Order(Spec("true", "../../etc/passwd")).End();

        Assert.Equal(EndKind.CouldNotStart, end.Kind);
    }

    [Fact]
    public async Task No_line_is_lost_or_doubled_when_the_worker_program_is_killed_or_the_connection_cut()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Order(Spec("i=1; while [ $i -le 400 ]; do echo line $i; echo file $i >> a.log; i=$((i+1)); [ $((i % 40)) = 0 ] && sleep 0.2; done", "a.log"));
        await Eventually.Holds(() => command.Log("a.log").Contains("file 50\n", StringComparison.Ordinal), "the file is followed");
        engine.Cut();
        await Eventually.Holds(() => command.Log("a.log").Contains("file 100\n", StringComparison.Ordinal), "the file is followed again");
        await worker.KillAgent();
        worker.Start();
        await command.End();

        Assert.Equal(string.Concat(Enumerable.Range(1, 400).Select(i => $"file {i}\n")), command.Log("a.log"));
        Assert.Equal(string.Concat(Enumerable.Range(1, 400).Select(i => $"line {i}\n")), command.Text());
        Assert.Empty(engine.Complaints);
    }
}

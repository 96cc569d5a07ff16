using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class EnvironmentTests(Running running) : IClassFixture<Running>
{
    private FakeEngine Engine => running.Engine;

    [Fact]
    public async Task The_environment_is_the_workers_with_what_the_order_says_and_without_secrets()
    {
        var command = Engine.Order(new RunSpec
        {
            Directory = "b",
            Arguments = ["env"],
            Env = new Dictionary<string, string?> { ["ADDED"] = "a value\nof two lines", ["TO_REMOVE"] = null, ["CI"] = "1" },
        });
        await command.End();
        var lines = command.Text().Split('\n');

        Assert.Contains("FROM_WORKER=yes", lines);
        Assert.Contains("ADDED=a value", lines);
        Assert.Contains("CI=1", lines);
        Assert.Contains("WEIR=1", lines);
        Assert.Contains($"WEIR_COMMAND={command.Id}", lines);
        Assert.DoesNotContain(lines, l => l.StartsWith("TO_REMOVE", StringComparison.Ordinal) || l.StartsWith("WEIR_WORKER_TOKEN", StringComparison.Ordinal));
        Assert.DoesNotContain(FakeEngine.Token, command.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_is_not_in_the_keepers_environment_either()
    {
        await Engine.Run("true").End();
        var environment = await File.ReadAllTextAsync($"/proc/{running.Worker.Keeper}/environ", TestContext.Current.CancellationToken);

        Assert.DoesNotContain(FakeEngine.Token, environment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_is_found_by_the_path_it_will_have()
    {
        Directory.CreateDirectory(Path.Combine(running.Worker.Work, "b", "tools"));
        var tool = Path.Combine(running.Worker.Work, "b", "tools", "my-tool");
        await File.WriteAllTextAsync(tool, "#!/bin/sh\necho mine $1\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var command = Engine.Order(new RunSpec { Directory = "b", Arguments = ["my-tool", "x"], Env = new Dictionary<string, string?> { ["PATH"] = "tools:/usr/bin:/bin" } });
        await command.End();

        Assert.Equal("mine x\n", command.Text());
    }

    [Fact]
    public async Task Signals_are_as_a_shell_gives_them_and_there_is_nothing_to_read()
    {
        var command = Engine.Shell("wc -c; echo $(ls /proc/self/fd); yes | head -1; ps -o sid= -o pid= -p $$ | awk '{print $1 == $2}'; grep -E 'SigIgn|SigBlk' /proc/self/status");
        await command.End();
        var lines = command.Text().Split('\n');

        Assert.Equal(["0", "0 1 2 3", "y", "1"], lines[..4]); // 3 is the directory that ls reads
        Assert.All(lines[4..6], line => Assert.Equal(0, Convert.ToInt64(line[^16..], 16) & 0x7fff_ffff)); // above 31 the C library keeps two for itself
    }

    [Fact]
    public async Task Outputs_are_the_lines_of_the_output_file()
    {
        var command = Engine.Shell("""
            echo "version=1.2=3" >> $WEIR_OUTPUT
            echo nonsense >> $WEIR_OUTPUT
            echo "name=old" >> $WEIR_OUTPUT
            printf 'empty=\n\nname=Grüße' >> $WEIR_OUTPUT
            """);
        var end = await command.End();

        Assert.Equal(new Dictionary<string, string> { ["version"] = "1.2=3", ["name"] = "Grüße", ["empty"] = "" }, end.Outputs);
        Assert.Contains("Line 2 of $WEIR_OUTPUT is not name=value", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_long_outputs_are_cut_at_a_line_and_fit()
    {
        var command = Engine.Shell("i=0; while [ $i -lt 3000 ]; do printf 'n%d=\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\001\\n' $i; i=$((i+1)); done > $WEIR_OUTPUT");
        var end = await command.End();

        Assert.InRange(end.Outputs.Count, 1_000, 2_999);
        Assert.Contains("longer than 64 KiB", command.Headers, StringComparison.Ordinal);
        Assert.All(end.Outputs.Values, v => Assert.Equal(18, v.Length));
    }

    [Fact]
    public async Task Standard_output_is_kept_on_request()
    {
        var command = Engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "echo kept; echo not >&2"], Capture = true });
        Assert.Equal("kept\n", (await command.End()).Output);

        var other = Engine.Shell("echo dropped");
        Assert.Null((await other.End()).Output);

        var big = Engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "head -c 100000 /dev/zero"], Capture = true });
        var end = await big.End();
        Assert.InRange(end.Output!.Length, 16_000, 65_536);
        Assert.Equal(100_000, big.Bytes(LogStream.Stdout).Length);
    }

    [Fact]
    public async Task A_header_can_be_typed_into_a_shell()
    {
        var command = Engine.Run("echo", "plain", "two words", "it's", "", "$HOME");
        await command.End();

        Assert.Contains("$ echo plain 'two words' 'it'\\''s' '' '$HOME'", command.Headers, StringComparison.Ordinal);
    }
}

using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>Warnings, further attempts, and how a command is ended.</summary>
public sealed class RunOptionsTests(Running running) : IClassFixture<Running>
{
    private static RunSpec Shell(string text) => new() { Directory = "options", Arguments = ["/bin/sh", "-c", text] };

    private string Tree => Directory.CreateDirectory(Path.Combine(running.Worker.Work, "options")).FullName;

    [Fact]
    public async Task Warnings_are_counted_copied_and_suppressed()
    {
        await File.WriteAllTextAsync(Path.Combine(Tree, "known.txt"), "# known ones\n\nold\\.c:\n[\n", TestContext.Current.CancellationToken);
        var command = running.Engine.Order(Shell("echo a.c:1: warning: x; echo fine; echo 'b.c:2: warning: y' >&2; echo old.c:3: warning: z; printf 'c.c: warning: end'") with { Warnings = new("warning:", "known.txt") });
        var end = await command.End();

        Assert.Equal(3, end.Warnings);
        Assert.Equal("a.c:1: warning: x\nb.c:2: warning: y\nc.c: warning: end\n", string.Join('\n', command.Log(WarningRule.Log).Split('\n').Order(StringComparer.Ordinal).SkipWhile(l => l.Length == 0)) + "\n");
        Assert.Contains("Line 4 of ", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_could_take_for_ever_is_refused_and_a_missing_file_is_said()
    {
        var refused = await running.Engine.Order(Shell("true") with { Warnings = new("(?=x)y", null) }).End();
        Assert.Equal(EndKind.CouldNotStart, refused.Kind);

        var command = running.Engine.Order(Shell("echo warning: 1") with { Warnings = new("warning", "nowhere.txt") });
        Assert.Equal(1, (await command.End()).Warnings);
        Assert.Contains("No warnings are suppressed: ", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_million_hostile_lines_are_matched_in_bounded_time()
    {
        var command = running.Engine.Order(Shell("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | head -300000") with { Warnings = new("(a+)+$", null) });
        command.Keep = false;

        Assert.Equal(0, (await command.End()).Warnings);
    }

    [Fact]
    public async Task A_further_attempt_waits_and_says_which_it_is()
    {
        var command = running.Engine.Order(Shell("echo again") with { Heading = "Attempt 2 of 3; the one before: exit code 1.", DelayMs = 700, MaxTimeMs = 600 });
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 0), (end.Kind, end.ExitCode));
        Assert.True(end.DurationMs >= 700, $"{end.DurationMs}");
        Assert.StartsWith("Attempt 2 of 3; the one before: exit code 1.\nWaiting 700 ms before it.\n", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pause_before_an_attempt_can_be_stopped()
    {
        var command = running.Engine.Order(Shell("echo never") with { DelayMs = 3_600_000 });
        await Eventually.Holds(() => command.Headers.Contains("Waiting", StringComparison.Ordinal), "it waits");
        await running.Engine.Interrupt(command, "stopped by ada");
        var end = await command.End();

        Assert.Equal((EndKind.Interrupted, "stopped by ada"), (end.Kind, end.Reason));
        Assert.Equal("", command.Text());
    }

    [Theory]
    [InlineData("INT", "got INT")]
    [InlineData("USR1", "got USR1")]
    [InlineData(null, "got TERM")]
    public async Task It_is_ended_with_the_signal_that_was_asked_for(string? signal, string said)
    {
        var command = running.Engine.Order(Shell("for s in INT TERM USR1; do trap \"echo got $s; exit 3\" $s; done; echo up; while :; do sleep 0.05; done") with { InterruptSignal = signal });
        await Eventually.Holds(() => command.Text().Contains("up", StringComparison.Ordinal), "it runs");
        await running.Engine.Interrupt(command, "enough");
        var end = await command.End();

        Assert.Equal((EndKind.Interrupted, 3), (end.Kind, end.ExitCode));
        Assert.Contains(said, command.Text(), StringComparison.Ordinal);
        Assert.Contains($"Ending it: {signal ?? "TERM"}, after 10 s KILL.", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_grace_it_is_killed()
    {
        var command = running.Engine.Order(Shell("trap '' INT; echo up; while :; do sleep 0.05; done") with { InterruptSignal = "INT", KillGraceMs = 300 });
        await Eventually.Holds(() => command.Text().Contains("up", StringComparison.Ordinal), "it runs");
        await running.Engine.Interrupt(command, "enough");

        Assert.Equal((EndKind.Interrupted, 9), ((await command.End()).Kind, (await command.End()).Signal));
    }
}

using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class SecretTests(Running running) : IClassFixture<Running>
{
    private const string Secret = "canary-7f3a9c-of-the-mine";

    private static RunSpec Shell(string text) => new()
    {
        Directory = "secrets",
        Arguments = ["/bin/sh", "-c", text],
        SecretEnv = new Dictionary<string, IReadOnlyList<TextPart>> { ["KEY"] = [new("Bearer ", null), new(null, "NAME")] },
    };

    private static Dictionary<string, string> Values => new() { ["NAME"] = Secret };

    [Fact]
    public async Task A_secret_reaches_the_command_and_nothing_that_is_written()
    {
        // As it is, in pieces with pauses, on both streams, over lines, as base64, as a property and as an argument of another program.
        var command = running.Engine.Order(Shell("""
            test "$KEY" = "Bearer canary-7f3""a9c-of-the-mine" && echo as it should be
            echo "$KEY"; echo "$KEY" >&2
            printf canary-7f3; sleep 0.3; printf 'a9c-of-the-mine\n'
            printf 'canary-7f3\na9c-of-the-mine\n'
            printf %s "$KEY" | base64 -w 10
            echo "out=$KEY" >> "$WEIR_OUTPUT"
            sh -c "$KEY"
            head -c 65530 /dev/zero | tr '\0' x; echo "$KEY"
            """) with { Capture = true }, secrets: Values);
        var end = await command.End();
        var all = string.Join('\n', command.Lines.Select(l => l.Text));

        Assert.Contains("as it should be", command.Text(), StringComparison.Ordinal);
        Assert.True(command.Lines.Count(l => l.Text.Contains("***", StringComparison.Ordinal)) >= 8, all);
        Assert.Equal("Bearer ***", end.Outputs["out"]);
        foreach (var text in new[] { all, string.Concat(command.Lines.Select(l => l.Text)), end.Output!, end.ToString(), running.Worker.Output })
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("7f3a9c", text, StringComparison.Ordinal);
        }
        // In the middle of the base64 of "Bearer canary-7f3a9c-of-the-mine".
        Assert.DoesNotContain("N2YzYTlj", command.Text().Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_holds_the_secrets_name_only()
    {
        var command = running.Engine.Order(Shell("echo go; sleep 30"), secrets: Values);
        await Eventually.Holds(() => command.Text().Length > 0, "the command prints");
        // What a command gives out as its output stands in its directory until its end is known everywhere.
        await Eventually.Holds(() => Directory.GetDirectories(Path.Combine(running.Worker.Work, ".weir", "commands")).Length == 1, "the files of earlier commands are gone");
        var files = Directory.EnumerateFiles(Path.Combine(running.Worker.Work, ".weir"), "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is not (".lock" or ".sock")).Select(File.ReadAllText).ToList();
        await running.Engine.Interrupt(command, "enough");
        await command.End();

        Assert.Contains(files, f => f.Contains("\"NAME\"", StringComparison.Ordinal));
        Assert.DoesNotContain(files, f => f.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_without_the_value_says_which_one_is_missing()
    {
        var end = await running.Engine.Order(Shell("true")).End();

        Assert.Equal(EndKind.CouldNotStart, end.Kind);
        Assert.Equal("The order came without the value of the secret NAME.", end.Reason);
    }

    [Fact]
    public async Task A_command_that_was_accepted_and_not_begun_gets_its_secrets_again()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start("agent.start.before-keeper:1");
        var command = engine.Order(Shell("echo run >> ../ledger; echo \"$KEY\""), secrets: Values);
        await worker.Agent.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        worker.Start();
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 0), (end.Kind, end.ExitCode));
        Assert.Equal("Bearer ***\n", command.Text());
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(worker.Work, "ledger"), TestContext.Current.CancellationToken));
        Assert.Contains(engine.Hellos, h => h.Commands.Any(c => c.NeedsSecrets));
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task A_worker_says_what_it_can_do() => await Eventually.Holds(
        () => running.Engine.Hellos is [var hello, ..] && hello.Abilities.SequenceEqual(WorkerAbilities.All), "a hello with the abilities");
}

using System.Text.Json.Nodes;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class SurvivalTests
{
    private const int Count = 300;
    private static readonly string Numbers = string.Concat(Enumerable.Range(1, Count).Select(i => $"line {i}\n"));

    // Writes its ledger line once per run, then numbered lines for about a second.
    private const string Work = "echo run >> ../ledger; i=1; while [ $i -le 300 ]; do echo line $i; i=$((i+1)); [ $((i % 30)) = 0 ] && sleep 0.1; done; exit 5";

    private static int Runs(WorkerUnderTest worker) => File.Exists(Path.Combine(worker.Work, "ledger")) ? File.ReadAllLines(Path.Combine(worker.Work, "ledger")).Length : 0;

    private static Task Prints(StoredCommand command, int line = 40) => Eventually.Holds(() => command.Text().Contains($"line {line}\n", StringComparison.Ordinal), $"line {line}");

    private static async Task RanOnceAndWhole(StoredCommand command, WorkerUnderTest worker)
    {
        var end = await command.End();
        Assert.Equal((EndKind.Exited, 5), (end.Kind, end.ExitCode));
        Assert.Equal(Numbers, command.Text());
        Assert.Equal(1, Runs(worker));
    }

    [Fact]
    public async Task The_agent_dies_and_a_new_one_takes_the_command_up()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell(Work);
        await Prints(command);
        await worker.KillAgent();
        worker.Start();

        await RanOnceAndWhole(command, worker);
        Assert.Single(engine.Hellos.Select(h => h.Boot).Distinct());
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task What_ends_while_the_agent_is_dead_arrives_later()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell(Work);
        await Prints(command, 1);
        await worker.KillAgent();
        await Eventually.Holds(() => worker.Marked().Count == 0, "the command ends");
        worker.Start();

        await RanOnceAndWhole(command, worker);
    }

    [Fact]
    public async Task Ended_gracefully_the_agent_leaves_commands_running_and_an_idle_keeper_leaves_with_it()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell(Work);
        await Prints(command);
        Assert.Equal(0, await worker.Terminate());
        Assert.Contains("1 command(s) run on in the keeper", worker.Output, StringComparison.Ordinal);
        worker.Start();
        await RanOnceAndWhole(command, worker);

        await Eventually.Holds(() => worker.Kept().Count == 0, "all is acknowledged");
        Assert.Equal(0, await worker.Terminate());
        await Eventually.Holds(() => worker.Keeper is null, "the keeper leaves");
    }

    [Fact]
    public async Task A_connection_that_is_cut_again_and_again_loses_and_repeats_nothing()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var random = new Random(20_261_121);
        var nasty = 0;
        engine.OnPiece = _ =>
        {
            if (nasty >= 12 || random.Next(3) != 0)
                return Nastiness.None;
            return (Nastiness)(1 + (nasty++ % 3));
        };
        var command = engine.Shell("head -c 6000000 /dev/urandom | tee copy; exit 0");
        var end = await command.End();

        Assert.Equal(0, end.ExitCode);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(worker.Work, "b", "copy"), TestContext.Current.CancellationToken), command.Bytes(Shared.Logs.LogStream.Stdout));
        Assert.True(nasty >= 8, $"only {nasty} nasty answers");
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task Another_engine_on_the_same_store_takes_over()
    {
        var first = await FakeEngine.Start();
        await using var second = await FakeEngine.Start(beside: first);
        await using var worker = new WorkerUnderTest(first, second).Start();
        var command = first.Shell(Work);
        await Prints(command);
        await first.DisposeAsync();

        await RanOnceAndWhole(command, worker);
        Assert.True(second.Session >= 2);
    }

    [Fact]
    public async Task An_engine_that_sends_away_names_another()
    {
        await using var first = await FakeEngine.Start();
        await using var second = await FakeEngine.Start(beside: first);
        await using var worker = new WorkerUnderTest(first).Start();
        var command = first.Shell(Work);
        await Prints(command);
        await first.Client.Leave("I am being stopped.", [second.Address.ToString()]);
        await Eventually.Holds(() => second.Ready, "the worker is at the other engine");

        await RanOnceAndWhole(command, worker);
        Assert.Contains("sends us away: I am being stopped.", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keepers_death_is_told_honestly_and_nothing_of_it_lives_on()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell("echo run >> ../ledger; i=1; (trap '' TERM; sleep 600) & while :; do echo line $i; i=$((i+1)); sleep 0.02; done");
        await Prints(command, 20);
        await worker.KillKeeper();
        var end = await command.End();

        Assert.Equal(EndKind.Lost, end.Kind);
        Assert.Contains("keeper process was killed", end.Reason, StringComparison.Ordinal);
        Assert.Equal(1, Runs(worker));
        await Eventually.Holds(() => worker.Marked().Count == 0, "its processes are ended");
        Assert.Equal(2, engine.Hellos.Select(h => h.Boot).Distinct().Count());
        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
        Assert.Empty(engine.Complaints);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_power_cut_the_commands_are_lost_and_a_torn_file_ends_whole(bool behindTheEngine)
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell("i=1; while :; do echo line $i; i=$((i+1)); sleep 0.02; done");
        await Prints(command, 20);
        var stored = command.Applied;
        await worker.KillAgent();
        await worker.KillKeeper();
        var folder = Assert.Single(worker.Kept());
        var order = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "order.json"), TestContext.Current.CancellationToken))!;
        order["machine"] = "before the power cut";
        await File.WriteAllTextAsync(Path.Combine(folder, "order.json"), order.ToJsonString(), TestContext.Current.CancellationToken);
        // The killed keeper may hold its lock for a moment longer; sharing asks for none.
        using (var frames = new FileStream(Path.Combine(folder, "frames"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            frames.SetLength(behindTheEngine ? stored - 7 : frames.Length - 3);
        worker.Start();
        var end = await command.End();

        Assert.Equal((EndKind.Lost, "The worker's machine was restarted."), (end.Kind, end.Reason));
        Assert.Equal(Numbers[..command.Text().Length], command.Text());
        await Eventually.Holds(() => worker.Kept().Count == 0, "it is forgotten");
        Assert.Empty(engine.Complaints);
    }

    [Fact]
    public async Task An_order_is_obeyed_once_however_often_it_comes()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell(Work);
        var order = new StartOrder { Session = 1, Command = command.Id, Epoch = 1, Spec = command.Spec };
        await Prints(command, 1);
        await engine.Client.Start(order with { Session = engine.Session });
        await engine.Client.Start(order with { Session = engine.Session, Epoch = 0 });
        await RanOnceAndWhole(command, worker);
        await Eventually.Holds(() => worker.Kept().Count == 0, "it is forgotten");
        await engine.Client.Start(order with { Session = engine.Session });
        await Eventually.Holds(() => engine.Refusals.Count == 2, "the repeated order is refused");
        Assert.Contains("of epoch 0", engine.Refusals[0].Reason, StringComparison.Ordinal);
        Assert.Contains("run and finished before", engine.Refusals[1].Reason, StringComparison.Ordinal);

        Assert.Equal(0, await worker.Terminate());
        worker.Start();
        await Eventually.Holds(() => engine.Ready && engine.Session == 2, "it is back");
        await engine.Client.Start(order with { Session = 2 });
        await Eventually.Holds(() => engine.Refusals.Count == 3, "it still knows the id");
        Assert.Equal(1, Runs(worker));
    }

    [Fact]
    public async Task Orders_of_an_older_session_or_epoch_are_not_obeyed()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var command = engine.Shell(Work);
        await Prints(command, 1);
        engine.Cut();
        await Eventually.Holds(() => engine.Ready && engine.Session == 2, "it is back");
        await engine.Client.Start(new() { Session = 1, Command = 77, Epoch = 1, Spec = new RunSpec { Directory = "b", Arguments = ["touch", "../stale"] } });
        await engine.Client.Interrupt(new(1, command.Id, command.Epoch, "old session"));
        await engine.Client.Interrupt(new(2, command.Id, command.Epoch - 1, "old epoch"));
        await Eventually.Holds(() => engine.Refusals.Count == 1, "the order is refused");

        await RanOnceAndWhole(command, worker);
        Assert.Equal(77, engine.Refusals[0].Command);
        Assert.False(File.Exists(Path.Combine(worker.Work, "stale")));
    }

    [Fact]
    public async Task A_master_that_offers_a_session_of_the_past_is_not_obeyed()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Shell("true").End();
        engine.Greet = _ => new Welcome { Protocol = 1, Session = 0, Master = "frozen", Store = "store-1" };
        engine.Cut();
        await Eventually.Holds(() => worker.Output.Contains("offers session 0; 1 has been in force already", StringComparison.Ordinal), "it says so");
        engine.Greet = null;

        Assert.Equal(0, (await engine.Shell("true").End()).ExitCode);
    }

    [Fact]
    public async Task What_the_engine_does_not_know_is_ended_and_forgotten()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        var one = engine.Shell("trap '' TERM; while :; do echo line 1; sleep 0.05; done");
        var two = engine.Shell("while :; do echo line 1; sleep 0.05; done");
        await Prints(one, 1);
        await Prints(two, 1);
        await engine.Client.Forget(engine.Session, two.Id);
        await Eventually.Holds(() => worker.Kept().Count == 1, "the second is forgotten");
        one.End(new() { Kind = EndKind.Lost }); // the store has closed it, without the worker
        engine.Cut();

        await Eventually.Holds(() => worker.Kept().Count == 0 && worker.Marked().Count == 0, "the first is forgotten too");
    }

    [Fact]
    public async Task Another_store_is_a_new_beginning()
    {
        var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine).Start();
        await engine.Shell("true").End();
        var old = engine.Shell("echo line 1; sleep 600");
        await Prints(old, 1);
        var port = engine.Address.Port;
        await engine.DisposeAsync();
        await using var other = await FakeEngine.Start(port, store: "store-2");
        var fresh = other.Shell("echo run >> ../ledger; echo new");
        var end = await fresh.End();

        Assert.Equal((EndKind.Exited, "new\n", 1), (end.Kind, fresh.Text(), Runs(worker)));
        Assert.Empty(worker.Marked());
        Assert.All(other.Complaints, c => Assert.Contains("has seen session", c, StringComparison.Ordinal)); // of the old store, at the first hello
    }

    [Fact]
    public async Task Too_much_that_nobody_took_stops_the_output_and_the_clocks()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine) { More = ["--journal-limit", "1048576"] }.Start();
        var command = engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "echo line 1; sleep 0.7; head -c 6000000 /dev/urandom | tee copy"], TimeoutMs = 1_500 });
        await Prints(command, 1);
        await worker.KillAgent();
        var frames = Path.Combine(Assert.Single(worker.Kept()), "frames");
        await Eventually.Holds(() => new FileInfo(frames).Length >= 1 << 20, "the journal is full");
        await Task.Delay(2_500, TestContext.Current.CancellationToken);
        Assert.InRange(new FileInfo(frames).Length, 1 << 20, 1_900_000);
        worker.Start();
        var end = await command.End();

        Assert.Equal((EndKind.Exited, 0), (end.Kind, end.ExitCode));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(worker.Work, "b", "copy"), TestContext.Current.CancellationToken), command.Bytes(Shared.Logs.LogStream.Stdout)["line 1\n".Length..]);
    }

    [Fact]
    public async Task An_interrupt_reaches_a_command_that_waits_for_room_in_the_journal()
    {
        await using var engine = await FakeEngine.Start();
        await using var worker = new WorkerUnderTest(engine) { More = ["--journal-limit", "1048576"] }.Start();
        var swallow = true;
        engine.OnPiece = _ => swallow ? Nastiness.Swallow : Nastiness.None;
        var command = engine.Order(new RunSpec { Directory = "b", Arguments = ["/bin/sh", "-c", "cat /dev/urandom"], KillGraceMs = 500 });
        await Eventually.Holds(() => worker.Kept().Any(k => File.Exists(Path.Combine(k, "frames")) && new FileInfo(Path.Combine(k, "frames")).Length >= 1 << 20), "the journal is full");
        await engine.Interrupt(command, "enough");
        swallow = false;
        engine.Cut();
        var end = await command.End();

        Assert.Equal(EndKind.Interrupted, end.Kind);
    }
}

using Weir.Engine.Builds;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Builds;

/// <summary>Engines and workers that go away and come back, at each point of a command's life.</summary>
public sealed class AdoptionTests
{
    private static readonly EndedFrame Well = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private static WeirConfiguration TwoSteps => World.Builders(("hull", [World.Run("compile"), World.Run("check")]));

    private static async Task<(World World, FakeWorker Worker, long Request)> Begun(World.Engine? engine = null, World? world = null)
    {
        world ??= await World.Create(TwoSteps);
        engine ??= await world.StartEngine("one");
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        var request = (await world.Request("hull"))[0];
        return (world, worker, request);
    }

    private static async Task FinishBoth(FakeWorker worker)
    {
        for (var i = 0; i < 2; i++)
        {
            var command = await worker.Running();
            await worker.Print(command, $"last {i}");
            await worker.End(command, Well);
        }
    }

    [Fact]
    public async Task A_build_that_is_ours_and_that_nobody_drives_is_taken_up()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();

        // As after a claim whose commit was done and never answered.
        one.Get<OwnedBuilds>().All.Single().Drop();
        await worker.Print(command, "said to nobody");
        await FinishBoth(worker);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.All(worker.Starts.Values, n => Assert.Equal(1, n));
        Assert.Equal(2, worker.Starts.Count);
    }

    [Fact]
    public async Task What_is_still_on_its_way_under_an_epoch_is_over_when_it_has_been_raised()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, _) = await Begun(one, world);
        await worker.Running();
        var (build, epoch) = (await world.Rows<(long, long)>("SELECT build_id, epoch FROM build_owners"))[0];
        var state = await one.Get<BuildLoading>().Load(build, CancellationToken.None);
        var raising = Task.FromResult<long?>(null);
        await world.Store.Database.Write(async unit =>
        {
            await unit.Execute("SELECT FROM build_owners WHERE build_id = @build AND epoch = @epoch FOR SHARE", new { build, epoch });
            raising = one.Get<Transitions>().RaiseEpoch(state!, CancellationToken.None);
            await Task.WhenAny(raising, Task.Delay(300));
            Assert.False(raising.IsCompleted);
            await unit.Execute("UPDATE builds SET state_text = 'stored late' WHERE id = @build", new { build });
        }, CancellationToken.None);

        Assert.Equal(epoch + 1, await raising);
        Assert.Equal("stored late", await world.Sql<string>("SELECT state_text FROM builds WHERE id = @build", new { build }));
        await Assert.ThrowsAsync<OwnershipLostException>(() => one.Get<Transitions>().EndUnsent(state!, state!.Current!.Commands[0], "too late", CancellationToken.None));
    }

    [Theory]
    [InlineData("disconnected")]
    [InlineData("stopped")]
    [InlineData("still there")]
    public async Task Another_engine_takes_the_build_over_and_no_line_is_missing(string oldEngine)
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();
        await worker.Print(command, "a\nb");
        if (oldEngine == "disconnected")
            await worker.Disconnect();
        if (oldEngine == "stopped")
            await one.Stop();
        await worker.Print(command, "c\nd", ship: false);

        var two = await world.StartEngine("two");
        await worker.Connect(two);
        await FinishBoth(worker);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.All(worker.Starts.Values, n => Assert.Equal(1, n));
        Assert.Equal(2, worker.Starts.Count);
        Assert.Equal([5L, 1L], await world.Rows<long>("SELECT line_count FROM logs ORDER BY id"));
        Assert.Equal(1, await world.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task What_the_old_engine_still_writes_after_the_take_over_is_refused()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();
        await worker.Print(command, "a");
        await world.Eventually(() => Task.FromResult(command.Applied > 0 && command.Applied == command.File.Count), "the first line stored");
        var (oldSession, from) = (worker.Session!, command.Applied);
        var two = await world.StartEngine("two");
        await worker.Connect(two);

        // The frozen engine wakes up with a piece in its hands.
        var late = FrameCodec.Encode(Well);
        await one.Sessions.Append(oldSession, new Piece(oldSession.Number, command.Id, from, late), CancellationToken.None);
        await Task.Delay(200);

        Assert.Equal(0, await world.Sql<long>("SELECT count(*) FROM commands WHERE ended IS NOT NULL"));
        await FinishBoth(worker);
        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task An_order_that_never_arrived_is_sent_again()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();
        worker.Commands.Clear();

        await worker.Connect(one);
        await FinishBoth(worker);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(2, worker.Starts[command.Id]);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_command_of_another_boot_or_instance_is_lost_and_the_request_is_tried_again(bool boot, bool instance)
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        await worker.Running();
        await worker.Disconnect();
        worker.Commands.Clear();
        if (boot)
            worker.Boot = "boot-2";
        if (instance)
            worker.Instance = Guid.NewGuid();

        await worker.Connect(one);
        await world.Eventually(() => world.Sql<long>("SELECT count(*) FROM builds WHERE results = 5"), "the lost build");
        await world.Store.MoveClock(TimeSpan.FromSeconds(30));
        await one.Get<StoreClock>().Measure(await world.Store.Database.Open(CancellationToken.None), CancellationToken.None);
        world.Nudge(WakeTopic.Queue);
        worker.Behaviour = _ => ("again", Well);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal([1, 2], await world.Rows<int>("SELECT attempt FROM builds ORDER BY id"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Another_installation_under_the_same_name_is_refused_while_the_first_is_there()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var worker = await world.AddWorker();
        await worker.Connect(one);
        var twin = new FakeWorker(world, worker.Name) { Id = worker.Id };

        var welcome = await twin.Connect(one);

        Assert.Contains("Another installation", welcome.Refusal);
        await worker.Disconnect();
        Assert.Null((await twin.Connect(one)).Refusal);
    }

    [Fact]
    public async Task Pieces_that_come_twice_or_with_a_gap_are_put_right()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();
        for (var i = 0; i < 20; i++)
        {
            await worker.Print(command, $"line {i}", ship: false);
            command.Sent = i % 3 == 0 ? 0 : command.Sent;
            if (i % 4 == 0)
            {
                // A piece from too far ahead.
                var session = worker.Session!;
                await one.Sessions.Append(session, new Piece(session.Number, command.Id, command.File.Count + 100, FrameCodec.Encode(Well)), CancellationToken.None);
            }
            await worker.Ship(command);
        }
        await worker.End(command, Well);
        var second = await worker.Running(c => c.Id != command.Id);
        await worker.End(second, Well);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal(20, await world.Sql<long>("SELECT line_count FROM logs ORDER BY id LIMIT 1"));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Garbage_in_a_commands_file_loses_the_command_and_not_the_engine()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, _) = await Begun(one, world);
        var command = await worker.Running();
        await world.Eventually(() => Task.FromResult(command.Applied > 0), "the first frame stored");

        var session = worker.Session!;
        await one.Sessions.Append(session, new Piece(session.Number, command.Id, command.Applied, [9, 1, 0, 0, 0, 7]), CancellationToken.None);

        await world.Eventually(() => world.Sql<long>("SELECT count(*) FROM builds WHERE results = 5"), "the lost build");
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Outputs_that_the_store_cannot_hold_are_made_storable()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var worker = await world.AddWorker(maxBuilds: 2);
        worker.Behaviour = _ => null;
        await worker.Connect(one);
        var requests = new[] { (await world.Request("hull"))[0], (await world.Request("hull"))[0] };
        var poisoned = await worker.Running();
        var healthy = await worker.Running(c => c.Id != poisoned.Id);

        poisoned.File.AddRange(FrameCodec.Encode(new LinesFrame("stdio", 1, 1, 0, 0, new byte[] { 0 })));
        poisoned.File.AddRange(FrameCodec.Encode(Well with { Outputs = new Dictionary<string, string> { ["x"] = "a\0b" }, Output = "\0" }));
        poisoned.Ended = true;
        await worker.Ship(poisoned);
        await worker.Print(healthy, "fine");
        await worker.End(healthy, Well);
        worker.Behaviour = _ => ("", Well);
        foreach (var next in worker.Commands.Values.Where(c => !c.Ended))
            await worker.End(next, Well);

        foreach (var request in requests)
            Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal("a\uFFFDb", await world.Sql<string>("SELECT outputs->>'x' FROM steps WHERE outputs ? 'x'"));
    }

    [Fact]
    public async Task A_build_whose_worker_never_comes_back_is_given_up_and_tried_again()
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        await worker.Running();
        await worker.Disconnect();
        await one.Stop();
        await world.Store.MoveClock(TimeSpan.FromMinutes(11));

        var two = await world.StartEngine("two");
        await world.Eventually(() => world.Sql<long>("SELECT count(*) FROM builds WHERE results = 5"), "the lost build");
        var other = await world.AddWorker("w2");
        other.Behaviour = _ => ("", Well);
        await other.Connect(two);
        await world.Store.MoveClock(TimeSpan.FromMinutes(1));
        await two.Get<StoreClock>().Measure(await world.Store.Database.Open(CancellationToken.None), CancellationToken.None);
        world.Nudge(WakeTopic.Queue);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Empty(await world.BrokenInvariants());
    }

    [Fact]
    public async Task Without_any_notification_everything_still_happens()
    {
        await using var world = await World.Create(TwoSteps, notifications: false);
        var one = await world.StartEngine("one");
        var worker = await world.AddWorker();
        worker.Behaviour = _ => ("x", Well);
        await worker.Connect(one);

        Assert.Equal(BuildResult.Success, await world.ResultOf((await world.Request("hull"))[0]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_command_that_the_worker_finished_before_the_store_was_set_back_makes_a_new_attempt_under_new_numbers(long applied)
    {
        await using var world = await World.Create(TwoSteps);
        var one = await world.StartEngine("one");
        var (_, worker, request) = await Begun(one, world);
        var command = await worker.Running();
        // The store as a dump of this moment has it; the worker as it is later: it has finished the command and forgotten it.
        await worker.Disconnect();
        await world.Store.Execute($"UPDATE commands SET applied = {applied}");
        worker.Commands.TryRemove(command.Id, out _);
        (worker.Refuses, worker.RefusesWith) = (true, WorkerProtocol.FinishedBefore);
        await worker.Connect(one);

        await world.Eventually(() => world.Sql<long>("SELECT count(*) FROM builds WHERE completed_at IS NOT NULL"), "the end of the first attempt");
        worker.Refuses = false;
        await FinishBoth(worker);

        Assert.Equal(BuildResult.Success, await world.ResultOf(request));
        Assert.Equal([(1, BuildResult.Retry), (2, BuildResult.Success)], (await world.Rows<(int, short)>("SELECT attempt, results FROM builds ORDER BY attempt")).Select(b => (b.Item1, (BuildResult)b.Item2)));
        Assert.All(worker.Starts.Keys.Where(id => id != command.Id), id => Assert.True(id > command.Id + 1000, $"Command {id} has a number that may have been given out before."));
    }
}

using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Queue;

/// <summary>What the configuration's check excludes, put in force behind its back: it is found, said and over when somebody breaks it.</summary>
public sealed class StandstillTests
{
    private static readonly Actor Ada = new("ada", new HashSet<string> { Right.Admin });
    private static readonly EndedFrame Done = new() { Kind = EndKind.Exited, ExitCode = 0 };

    private static BuilderConfiguration Builder(string name, string first, string second) =>
        new() { Name = name, Locks = [new() { Name = first }], Steps = [World.Run("one", "one"), World.Run("two", "two") with { Locks = [new() { Name = second }] }] };

    [Fact]
    public async Task Builds_that_wait_for_one_another_for_ever_are_said_and_go_on_when_one_is_stopped()
    {
        await using var world = await World.Create(new()
        {
            Builders = [Builder("x", "a", "b"), Builder("y", "b", "a")],
            Workers = [new() { Name = "*", MaxBuilds = 4 }],
            Locks = [new() { Name = "a" }, new() { Name = "b" }],
        });
        var engine = await world.StartEngine();
        var worker = await world.AddWorker();
        worker.Behaviour = _ => null;
        await worker.Connect(engine);
        await world.Request("x", "y");
        await world.Eventually(() => Task.FromResult(worker.Commands.Count == 2), "both builds");
        worker.Behaviour = _ => ("", Done);
        foreach (var command in worker.Commands.Values.ToList())
            await worker.End(command, Done);

        var text = await world.Eventually(() => world.Sql<string?>("SELECT text FROM standstills"), "the circle");

        Assert.Equal("x #1 waits at a step for the lock b, which y #1 holds; y #1 waits at a step for the lock a, which x #1 holds.", text);
        await world.Eventually(() => Task.FromResult(world.Log.ToString().Contains("please report this: x #1 waits", StringComparison.Ordinal)), "the line in the log");
        var rules = await new StoreCheck(world.Store.Database).Run(TestContext.Current.CancellationToken);
        Assert.Equal([text], rules.Single(r => r.Broken > 0).Examples);
        await engine.Get<IBuildActions>().Stop(await world.Sql<long>("SELECT min(build_id) FROM build_owners"), "a circle", Ada, TestContext.Current.CancellationToken);
        await world.Eventually(() => world.Sql<bool>("SELECT NOT EXISTS (SELECT FROM build_owners) AND NOT EXISTS (SELECT FROM standstills)"), "the end of it");
    }
}

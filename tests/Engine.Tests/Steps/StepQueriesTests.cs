using Weir.Engine.Steps;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Steps;

public sealed class StepQueriesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_come_with_their_logs()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        var second = await rows.Step(build, 1, "check", from: 10, to: 20, results: BuildResult.Failure);
        var first = await rows.Step(build, 0, "git", "git", 0, 10);
        var (stdio, tests, other) = (await rows.Log(build, second), await rows.Log(build, second, "tests.log", 't', new DateOnly(2031, 5, 6)), await rows.Log(build, first));
        await rows.Append(tests, [Rows.Line("one"), Rows.Line("two")]);
        var queries = new StepQueries(store.Database);

        var steps = await queries.OfBuild(build, Now);

        Assert.Equal([first, second], steps.Select(s => s.Id));
        Assert.Equal([other], steps[0].Logs.Select(l => l.Id));
        Assert.Equal([stdio, tests], steps[1].Logs.Select(l => l.Id));
        var step = (await queries.Find(second, Now))!;
        Assert.Equal((build, 1, "check", "run", "check", rows.At(10), rows.At(20), BuildResult.Failure), (step.BuildId, step.Number, step.Name, step.Kind, step.StateText, step.StartedAt, step.CompletedAt, step.Results));
        var log = step.Logs[1];
        Assert.Equal(("tests.log", "tests.log", 't', 2, 8, new DateOnly(2031, 5, 6), build, second), (log.Name, log.Slug, log.Type, log.LineCount, log.ByteCount, log.ExpiresOn, log.BuildId, log.StepId));
        Assert.Equal((rows.Start, null), (log.StartedAt, log.CompletedAt));
        Assert.Null(await queries.Find(second + 100, Now));
        Assert.Empty(await queries.OfBuild(build + 1, Now));
        Assert.Equal(1, await StoreCalls.Of(() => queries.OfBuild(build, Now)));
    }
}

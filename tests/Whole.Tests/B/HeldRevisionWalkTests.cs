using System.Globalization;

namespace Weir.Whole.Tests.B;

/// <summary>A revision is held back until a build has ended that could meet its own in a circle, and the engines that are to put it in force die before and after they did.</summary>
public sealed class HeldRevisionWalkTests
{
    private static string Config(string first, string second, int seconds) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers: { w1: { missingAfter: 10m } }
        locks: { a: {}, b: {} }
        schedulers: { force: { type: force, builders: [both] } }
        builders:
          both: { locks: {{first}}, steps: [ { run: sleep {{seconds}} }, { run: "true", locks: {{second}} } ] }
        """);

    [Fact]
    public async Task It_comes_in_force_once_and_by_itself_wherever_its_engines_die()
    {
        await using var weir = await Installation.Create(Config("a", "b", 6));
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port);
        weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engine.Url);
        var before = await weir.Force(pages, "both");
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM commands WHERE applied > 0)"), "the build to run", () => engine.Process.Output);
        await File.WriteAllTextAsync(weir.Configuration, Config("b", "a", 0), TestContext.Current.CancellationToken);
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM config_revisions WHERE state = 'HeldBack')"), "the revision to be held back", () => engine.Process.Output);
        await engine.Process.Kill();

        foreach (var point in CrashPoints.OfHeldRevisions)
        {
            engine = await weir.StartMaster("one", roles: "engine", port: port, crash: point + ":1");
            await Installation.Eventually(() => Task.FromResult(!engine.Process.Alive), $"the engine to die at {point}", () => engine.Process.Output);
        }
        Assert.Equal(0, await weir.ResultOf(before));
        engine = await weir.StartMaster("one", roles: "engine", port: port);
        var after = await weir.Force(pages, "both");

        Assert.Equal(0, await weir.ResultOf(after));
        var counts = await weir.Sql<int[]>("SELECT ARRAY[(SELECT count(*) FROM config_revisions WHERE state = 'InForce'), (SELECT count(*) FROM audit WHERE action = 'config.in_force'), (SELECT count(*) FROM config_revisions WHERE state = 'HeldBack')]::int[]");
        Assert.Equal([1, 1, 0], counts);
        var began = await weir.Sql<int[]>("SELECT array_agg(config_revision_id::int ORDER BY id) FROM builds");
        Assert.Equal([1, 2], began);
        Assert.Equal(0, await weir.Sql<int>("SELECT count(*) FROM lock_claims"));
    }
}

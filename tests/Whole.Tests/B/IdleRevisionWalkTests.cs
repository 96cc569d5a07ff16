using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Weir.Whole.Tests.B;

/// <summary>A revision waits until everything is idle, and the engines that are to put it in force, or to drop it, die before and after they did.</summary>
public sealed class IdleRevisionWalkTests
{
    private static string Config(int seconds) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers: { w1: { missingAfter: 10m } }
        schedulers: { force: { type: force, builders: [sleeper] } }
        builders:
          sleeper: { steps: [ { run: sleep {{seconds}} } ] }
        """);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Asked for at a master of pages: the engine does it, and dies.
    private static async Task<(Installation Weir, Installation.Master Pages, int Port, long Request, long Revision)> Waiting(int seconds, Func<object> terms)
    {
        var weir = await Installation.Create(Config(seconds));
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port);
        weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engine.Url);
        var request = await weir.Force(pages, "sleeper");
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM commands WHERE applied > 0)"), "the build to run", () => engine.Process.Output);
        var body = JsonSerializer.SerializeToNode(terms())!.AsObject();
        body["parts"] = JsonSerializer.SerializeToNode(new[] { new { name = "more.yaml", text = "weir: 1\nlocks: { board: {} }\n" } });
        var answer = await pages.Http.PostAsJsonAsync("/api/v2/config/apply", body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM config_revisions WHERE state = 'WaitingForIdle')"), "the revision to wait", () => engine.Process.Output);
        await engine.Process.Kill();
        return (weir, pages, port, request, await weir.Sql<long>("SELECT id FROM config_revisions WHERE state = 'WaitingForIdle'"));
    }

    private static async Task<Installation.Master> DieAt(Installation weir, int port, string[] points)
    {
        foreach (var point in points)
        {
            var engine = await weir.StartMaster("one", roles: "engine", port: port, crash: point + ":1");
            await Installation.Eventually(() => Task.FromResult(!engine.Process.Alive), $"the engine to die at {point}", () => engine.Process.Output);
        }
        return await weir.StartMaster("one", roles: "engine", port: port);
    }

    [Fact]
    public async Task It_comes_in_force_once_when_the_build_has_ended_wherever_its_engines_die()
    {
        var (weir, pages, port, before, revision) = await Waiting(6, () => new { when_idle = true });
        await using var _ = weir;
        var after = await weir.Force(pages, "sleeper");

        await DieAt(weir, port, CrashPoints.OfHeldRevisions);

        Assert.Equal((0, 0), (await weir.ResultOf(before), await weir.ResultOf(after)));
        Assert.Equal($"1 {revision}", await weir.Sql<string>("SELECT string_agg(config_revision_id::text, ' ' ORDER BY id) FROM builds"));
        Assert.Equal("1 1 0", await weir.Sql<string>("SELECT concat_ws(' ', (SELECT count(*) FROM config_revisions WHERE state = 'InForce'), (SELECT count(*) FROM audit WHERE action = 'config.in_force'), (SELECT count(*) FROM config_revisions WHERE state = 'WaitingForIdle'))"));
    }

    [Fact]
    public async Task It_is_dropped_once_at_its_deadline_wherever_its_engines_die()
    {
        var (weir, _, port, before, revision) = await Waiting(40, () => new { when_idle = new[] { "sleeper" }, deadline = DateTimeOffset.UtcNow.AddSeconds(9).ToUnixTimeSeconds(), at_deadline = "drop" });
        await using var _ = weir;

        await DieAt(weir, port, CrashPoints.OfDroppedRevisions);

        Assert.Equal("Superseded", await weir.Sql<string>("SELECT state FROM config_revisions WHERE id = @revision", new { revision }));
        Assert.Equal("1 1 0", await weir.Sql<string>("SELECT concat_ws(' ', (SELECT revision_id FROM config_in_force), (SELECT count(*) FROM audit WHERE action = 'config.cancel'), (SELECT count(*) FROM config_sources WHERE parts::text LIKE '%board%'))"));
        Assert.Equal(0, await weir.ResultOf(before));
    }
}

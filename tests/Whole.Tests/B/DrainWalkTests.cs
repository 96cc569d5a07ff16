using System.Net.Http.Json;

namespace Weir.Whole.Tests.B;

/// <summary>An engine that was told to go, that hands a worker over, or whose worker is being stopped, dies on the way.</summary>
public sealed class DrainWalkTests
{
    private static Task<long> Lines(Installation weir) => weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs");

    private static async Task<long> BuildPrints(Installation weir, Installation.Master pages)
    {
        var before = await Lines(weir);
        var request = await weir.Force(pages, "soak");
        await weir.Until(async () => await Lines(weir) > before + 20 ? 1L : (long?)null, "the build's first lines");
        return request;
    }

    private static Task<string> Place(Installation weir) => weir.Sql<string>("SELECT coalesce((SELECT m.name FROM worker_sessions s JOIN masters m ON m.id = s.master_id JOIN workers w ON w.id = s.worker_id WHERE w.name = 'w1' AND s.ended_at IS NULL), '')");

    /// <summary>Two engines take turns: where the worker is, the engine is told to go and dies at its point; the other, which will die at the next, takes over.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Wherever_a_draining_engine_dies_the_other_goes_on_with_its_builds()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(CrashWalkTests.Config(ledger, "0.15"));
        var pages = await weir.StartMaster("pages", roles: "ui");
        var ports = new Dictionary<string, int> { ["one"] = Installation.FreePort(), ["two"] = Installation.FreePort() };
        var points = new Queue<string>(CrashPoints.OfDrains.Select(p => p + ":1"));
        var engines = new Dictionary<string, Installation.Master>();
        foreach (var name in ports.Keys)
            engines[name] = await Start(name);
        weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engines["one"].Url);
        var requests = new List<long>();

        for (var round = 0; round < CrashPoints.OfDrains.Length; round++)
        {
            await Installation.Eventually(async () => await Place(weir) != "", "the worker somewhere");
            requests.Add(await BuildPrints(weir, pages));
            var name = await Place(weir);
            var told = await pages.Http.PostAsJsonAsync($"/api/v2/masters/{await weir.Sql<long>("SELECT id FROM masters WHERE name = @name", new { name })}/actions/shutdown", new { reason = "upgrade" });
            Assert.True(told.IsSuccessStatusCode, await told.Content.ReadAsStringAsync());
            await CrashWalkTests.Died(engines[name]);
            await Installation.Eventually(async () => await Place(weir) is { Length: > 0 } place && place != name, "the worker at the other engine");
            Assert.Equal(0, await weir.ResultOf(requests[^1]));
            engines[name] = await Start(name);
        }

        await CrashWalkTests.AreWhole(weir, pages, requests, ledger);

        Task<Installation.Master> Start(string name) => weir.StartMaster(name, roles: "engine", port: ports[name], crash: points.TryDequeue(out var point) ? point : null);
    }

    public static TheoryData<string> Handovers => [.. CrashPoints.OfHandovers.Or("handover.tell.after")];

    [Theory]
    [MemberData(nameof(Handovers))]
    public async Task An_engine_that_dies_while_it_hands_an_idle_worker_over_leaves_it_to_the_other(string point)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(CrashWalkTests.Config(ledger));
        var pages = await weir.StartMaster("pages", roles: "ui");
        var one = await weir.StartMaster("one", roles: "engine", crash: point + ":1");
        foreach (var name in new[] { "w1", "w2" })
            weir.StartWorker(name, await weir.WorkerToken(pages, name), one.Url);
        await Installation.Eventually(async () => await weir.Sql<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL") == 2, "both workers");
        await weir.StartMaster("two", roles: "engine");

        await CrashWalkTests.Died(one);
        var requests = new[] { await weir.Force(pages, "soak"), await weir.Force(pages, "soak") };

        await CrashWalkTests.AreWhole(weir, pages, requests, ledger);
        await Installation.Eventually(async () => await weir.Sql<long>("SELECT count(*) FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE s.ended_at IS NULL AND m.name = 'two'") == 2, "both at the other");
    }

    public static TheoryData<string> Stopped => [.. CrashPoints.OfStoppedWorkers.Or("worker.stopping.after")];

    [Theory]
    [MemberData(nameof(Stopped))]
    public async Task A_worker_that_is_being_stopped_goes_when_its_build_is_over_though_its_engine_dies(string point)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(CrashWalkTests.Config(ledger, "0.2"));
        var pages = await weir.StartMaster("pages", roles: "ui");
        var one = await weir.StartMaster("one", roles: "engine", crash: point + ":1");
        var worker = weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), one.Url);
        var request = await BuildPrints(weir, pages);

        var stop = weir.RunWorkerProgram("stop", "--graceful", "--work", weir.WorkDirectory("w1"));
        await CrashWalkTests.Died(one);
        await weir.StartMaster("one", roles: "engine", port: new Uri(one.Url).Port);

        await worker.WaitForExit(TimeSpan.FromSeconds(60));
        await stop.WaitForExit(TimeSpan.FromSeconds(20));
        Assert.Equal((0, 0), (worker.ExitCode, stop.ExitCode));
        await CrashWalkTests.AreWhole(weir, pages, [request], ledger);
    }
}

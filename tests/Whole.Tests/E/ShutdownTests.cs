using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Weir.Whole.Tests.B;

namespace Weir.Whole.Tests.E;

/// <summary>E2: a master goes while it drives a build, and the build does not notice.</summary>
public sealed class ShutdownTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_master_goes_in_mid_step_and_another_carries_on(bool bySignal)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var one = await weir.StartMaster("one");
        // The worker is never given this address: the masters name it.
        var two = await weir.StartMaster("two");
        weir.StartWorker("w1", await weir.WorkerToken(one, "w1"), one.Url);
        var request = await weir.Force(one, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

        var watch = Stopwatch.StartNew();
        if (bySignal)
            one.Process.Ask();
        else
            Assert.Equal(HttpStatusCode.OK, (await two.Http.PostAsJsonAsync($"/api/v2/masters/{await weir.Sql<long>("SELECT id FROM masters WHERE name = 'one'")}/actions/shutdown", new { reason = "upgrade" })).StatusCode);
        await one.Process.WaitForExit(TimeSpan.FromSeconds(20));

        Assert.Equal(0, one.Process.ExitCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"It took {watch.Elapsed}.");
        Assert.Equal("Stopped", await weir.Sql<string>("SELECT state FROM masters WHERE name = 'one'"));
        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, two, ledger);
        Assert.Equal("two", await weir.Sql<string>("SELECT m.name FROM builds b JOIN masters m ON m.id = b.master_id"));
    }

    [Fact]
    public async Task The_only_engine_waits_for_its_build_and_says_that_it_goes()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger));
        var one = await weir.StartMaster("one");
        var pages = await weir.StartMaster("pages", roles: "ui");
        weir.StartWorker("w1", await weir.WorkerToken(one, "w1"), one.Url);
        var request = await weir.Force(one, "soak");
        await weir.Until(async () => await weir.Sql<long>("SELECT coalesce(sum(line_count), 0)::bigint FROM logs") > 50 ? 1L : (long?)null, "the first lines");

        one.Process.Ask();
        await Installation.Eventually(async () => (await one.Http.GetAsync("/readyz")).StatusCode == HttpStatusCode.ServiceUnavailable, "readiness to end", () => one.Process.Output);
        Assert.Contains("Shutting down since", await pages.Http.GetStringAsync("/masters"));
        Assert.Contains("soak #1", await pages.Http.GetStringAsync("/masters"));
        await one.Process.WaitForExit(TimeSpan.FromSeconds(60));

        Assert.Equal(0, one.Process.ExitCode);
        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, pages, ledger);
    }

    [Fact]
    public async Task A_master_of_pages_says_first_that_it_is_not_ready_and_then_goes()
    {
        await using var weir = await Installation.Create(SurvivalTests.Config(Path.GetTempFileName()));
        await weir.StartMaster("one");
        var pages = await weir.StartMaster("pages", roles: "ui");

        pages.Process.Ask();
        await Installation.Eventually(async () => (await pages.Http.GetAsync("/readyz")).StatusCode == HttpStatusCode.ServiceUnavailable, "readiness to end", () => pages.Process.Output);
        Assert.Equal(HttpStatusCode.OK, (await pages.Http.GetAsync("/")).StatusCode);
        await pages.Process.WaitForExit(TimeSpan.FromSeconds(20));

        Assert.Equal(0, pages.Process.ExitCode);
    }
}

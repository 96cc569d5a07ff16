using System.Diagnostics;

namespace Weir.Bench.Cases;

/// <summary>A configuration of 1,000 builders and 100 schedulers: start, change, and dispatch beside it.</summary>
internal static class Configuring
{
    private static string Big(Bench bench, int touched, params string[] more) => Configurations.Of(bench.Stamps, bench.BigLog, 8, touched, [.. more, "big"]);

    public static async Task Start(Bench bench)
    {
        await using var site = await Site.Prepare(bench.Server, bench.Configuration(8, "empty"));
        await site.StartMaster("engine", "ui,engine");
        var times = new List<double>();
        for (var r = 0; r < bench.Repeat; r++)
        {
            await site.StopMaster();
            times.Add(await site.StartMaster("engine", "ui,engine"));
        }
        bench.Results.Add("start_one_builder", "s", times, 1);
    }

    public static async Task Reconfigure(Bench bench)
    {
        List<double> first = [], again = [], one = [], none = [], memory = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await using var site = await Site.Prepare(bench.Server, Big(bench, 0));
            first.Add(await Started(site));
            await site.StopMaster();
            again.Add(await Started(site));
            memory.Add(Machine.Memory(site.Master.Id, "VmRSS") / 1024);
            none.Add(await Apply(site, Big(bench, 0), changes: false));
            one.Add(await Apply(site, Big(bench, 1), changes: true));
        }
        bench.Results.Add("start_empty_db_1000_builders", "s", first, 1000);
        bench.Results.Add("start_1000_builders", "s", again, 1000);
        bench.Results.Add("reconfig_unchanged_1000_builders", "s", none, 1000);
        bench.Results.Add("reconfig_one_changed_1000_builders", "s", one, 1000);
        bench.Results.Add("rss_1000_builders_no_worker", "MiB", memory, 1000);
    }

    /// <summary>Dispatch beside 1,000 builders: at rest, and right after a build.</summary>
    public static async Task BigDispatch(Bench bench)
    {
        await using var site = await Site.Start(bench.Server, Big(bench, 0, "latency"), 8);
        await bench.Latencies(site, 5, "warm");
        List<double> rested = [], hurried = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            rested.Add(Quantiles.Median((await bench.Latencies(site, 10, $"q{r}")).Found));
            hurried.Add(Quantiles.Median((await bench.Latencies(site, 11, $"b{r}", rest: false)).Found.Skip(1)));
        }
        bench.Results.Add("dispatch_latency_1000_builders_p50", "ms", rested, 3);
        bench.Results.Add("dispatch_latency_1000_builders_after_a_build_p50", "ms", hurried, 2);
        bench.Results.Add("rss_1000_builders_8_workers", "MiB", [Machine.Memory(site.Master.Id, "VmRSS") / 1024], 1000);
    }

    // Ready means more here than answering: the whole configuration is in force.
    private static async Task<double> Started(Site site)
    {
        var began = Stopwatch.GetTimestamp();
        await site.StartMaster("engine", "ui,engine");
        await Site.Until(async () => await site.One<long>("SELECT count(*) FROM config_in_force") == 1, "a configuration in force", 5);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // From the order to the answer that it is in force (or that nothing has changed), as `weir config apply` waits for it.
    private static async Task<double> Apply(Site site, string text, bool changes)
    {
        var began = Stopwatch.GetTimestamp();
        if (await site.Http.Apply(text) != changes)
            throw new InvalidOperationException($"A change was {(changes ? "" : "not ")}expected.");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}

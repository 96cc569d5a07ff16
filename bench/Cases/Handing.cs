using System.Diagnostics;
using System.Globalization;

namespace Weir.Bench.Cases;

/// <summary>Masters that die and go while builds run: how long nobody hears them, and what it costs those who wait.</summary>
internal static class Handing
{
    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>kill -9 of the engine that holds a worker in the middle of a step; when is output stored again, through the other?</summary>
    public static async Task Failover(Bench bench)
    {
        await using var site = await TwoEngines(bench, 1);
        var silent = new List<double>();
        for (var r = 0; r < bench.Repeat * 5; r++)
        {
            if (r % 10 == 0)
                await site.Http.Force("steady-w0");
            await Flows(site, 0);
            var holder = await Holder(site);
            var before = await Applied(site);
            var began = Stopwatch.GetTimestamp();
            var ending = site.End(holder, Kill);
            // What had been sent before the end may still be counted: it flows again when the other holds the worker, and more is stored than then.
            await Site.Until(async () => await Holder(site) is { Length: > 0 } now && now != holder, "the worker's next session", 5);
            await Flows(site, Math.Max(before, await Applied(site)));
            silent.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await ending;
            await Restart(site, holder);
        }
        bench.Results.Add("failover_output_again_p50", "s", [Quantiles.Median(silent)], silent.Count);
        bench.Results.Add("failover_output_again_max", "s", [silent.Max()], silent.Count);
        bench.Results.Add("failover_steps_begun_again", "steps", [File.ReadLines(Path.Combine(bench.Stamps, "steady")).Count() - await site.One<long>("SELECT count(*) FROM builds")], silent.Count);
    }

    /// <summary>TERM to an engine with 8 running builds, while another is there.</summary>
    public static async Task Drain(Bench bench)
    {
        List<double> took = [], disturbed = [];
        await using var site = await TwoEngines(bench, 8);
        for (var r = 0; r < bench.Repeat; r++)
        {
            File.Delete(Path.Combine(bench.Stamps, "steady"));
            await site.Http.Force([.. Enumerable.Range(0, 8).Select(i => string.Create(CultureInfo.InvariantCulture, $"steady-w{i}"))]);
            await Site.Until(async () => await site.One<long>("SELECT count(*) FROM commands WHERE ended IS NULL AND applied > 0") == 8, "eight running steps");
            // All on the one that goes: it is the only one for a moment.
            await Restart(site, "two", stopFirst: true);
            await Site.Until(async () => await site.One<long>("SELECT count(*) FROM worker_sessions s JOIN masters m ON m.id = s.master_id WHERE s.ended_at IS NULL AND m.name = 'one'") >= 4, "the workers at the first engine");
            took.Add(await site.End("one", Terminate));
            await Restart(site, "one");
            await site.Idle(200, 100);
            disturbed.Add(File.ReadLines(Path.Combine(bench.Stamps, "steady")).Count() - 8 + await site.One<long>("SELECT count(*) FROM builds WHERE attempt > 1 OR results <> 0"));
        }
        bench.Results.Add("drain_8_builds", "s", took, 8);
        bench.Results.Add("drain_builds_disturbed", "builds", disturbed, 8);
    }

    /// <summary>Three masters replaced one after the other while 20 builds a second are ordered.</summary>
    public static async Task Rolling(Bench bench)
    {
        await using var site = await Site.Prepare(bench.Server, bench.Configuration(8, "parallel"));
        await site.StartMaster("one", "engine");
        await site.StartMaster("two", "engine");
        await Workers(site, 8);
        await site.StartMaster("pages", "ui");
        var orders = site.Http;
        using var enough = new CancellationTokenSource();
        var (ordered, again, http) = (0, 0, orders);
        var load = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var next = Task.Delay(50);
                try
                {
                    await Volatile.Read(ref http).Force(string.Create(CultureInfo.InvariantCulture, $"parallel-w{i % 8}"));
                    ordered++;
                }
                catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
                {
                    again++;
                }
                await next;
            }
        });
        await Task.Delay(10_000);
        var began = await site.One<long>("SELECT max(id) FROM requests");
        await site.Replace("one", Terminate);
        await site.Replace("two", Terminate);
        // Pages are replaced as a proxy sees it: the next one is there before the old one goes.
        await site.StartMaster("pages-2", "ui");
        Volatile.Write(ref http, site.Http);
        await site.End("pages", Terminate);
        await enough.CancelAsync();
        await load;
        await site.Idle(120, 100);
        const string wait = "extract(epoch FROM claimed_at - submitted_at) * 1000";
        bench.Results.Add("rolling_orders", "builds", [ordered], 3);
        bench.Results.Add("rolling_orders_refused", "orders", [again], 3);
        bench.Results.Add("rolling_builds_lost", "builds", [await site.One<long>("SELECT count(*) FROM requests WHERE results IS DISTINCT FROM 0")], 3);
        bench.Results.Add("rolling_builds_repeated", "builds", [await site.One<long>("SELECT (SELECT count(*) FROM builds) - (SELECT count(*) FROM requests)")], 3);
        foreach (var (name, where) in new[] { ("before", "id <= @began"), ("meanwhile", "id > @began") })
        {
            bench.Results.Add($"rolling_wait_{name}_p50", "ms", [await site.One<double>($"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {wait}) FROM requests WHERE {where}", ("began", began))], 3);
            bench.Results.Add($"rolling_wait_{name}_max", "ms", [await site.One<double>($"SELECT max({wait}) FROM requests WHERE {where}", ("began", began))], 3);
        }
    }

    private static async Task<Site> TwoEngines(Bench bench, int workers)
    {
        var site = await Site.Prepare(bench.Server, bench.Configuration(workers, "steady"));
        await site.StartMaster("two", "engine");
        await site.StartMaster("one", "engine");
        await Workers(site, workers);
        await site.StartMaster("pages", "ui");
        return site;
    }

    private static async Task Workers(Site site, int count)
    {
        await site.Introduce(count);
        for (var i = 0; i < count; i++)
            site.StartWorker(string.Create(CultureInfo.InvariantCulture, $"w{i}"));
        await Site.Until(async () => await site.One<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL") == count, "workers attached");
        await Task.Delay(2000);
    }

    private static async Task Restart(Site site, string name, bool stopFirst = false)
    {
        if (stopFirst)
        {
            await site.Replace(name, Terminate);
            return;
        }
        var (http, address) = (site.Http, site.Address);
        await site.StartMaster(name, "engine");
        site.Ask(http, address);
        await Task.Delay(1500);
    }

    private static async Task<string> Holder(Site site) =>
        await site.One<string>("SELECT coalesce((SELECT m.name FROM worker_sessions s JOIN masters m ON m.id = s.master_id JOIN workers w ON w.id = s.worker_id WHERE w.name = 'w0' AND s.ended_at IS NULL), '')");

    private static Task<long> Applied(Site site) => site.One<long>("SELECT coalesce(max(c.applied), 0) FROM commands c WHERE c.id = (SELECT max(id) FROM commands)");

    private static Task Flows(Site site, long beyond) => Site.Until(async () => await Applied(site) > beyond, "output", 5);
}

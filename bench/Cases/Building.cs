using System.Diagnostics;
using System.Globalization;

namespace Weir.Bench.Cases;

/// <summary>Changes and orders that become builds: how soon the first command runs, and how many builds a second.</summary>
internal static class Building
{
    /// <summary>A change is posted; when does its step run? On an idle system, one at a time.</summary>
    public static async Task Dispatch(Bench bench)
    {
        await using var site = await bench.Site("latency");
        await bench.Latencies(site, 5, "warm");
        var (runs, posts) = (new List<List<double>>(), new List<double>());
        for (var r = 0; r < bench.Repeat; r++)
        {
            var (found, posted) = await bench.Latencies(site, 50, string.Create(CultureInfo.InvariantCulture, $"r{r}"));
            runs.Add(found);
            posts.Add(Quantiles.Median(posted));
        }
        bench.AddLatencies("dispatch_latency", runs, 50);
        bench.Results.Add("change_hook_post_p50", "ms", posts, 50);
    }

    /// <summary>The same with the change sent to a second master that only shows pages.</summary>
    public static async Task DispatchThroughUi(Bench bench)
    {
        await using var site = await bench.Site("latency");
        var (engine, address) = (site.Http, site.Address);
        await site.StartMaster("pages", "ui");
        var pages = site.Http;
        await bench.Latencies(site, 5, "warm", pages);
        var runs = new List<List<double>>();
        for (var r = 0; r < bench.Repeat; r++)
            runs.Add((await bench.Latencies(site, 50, string.Create(CultureInfo.InvariantCulture, $"u{r}"), pages)).Found);
        bench.AddLatencies("dispatch_latency_ui_master", runs, 50);
    }

    /// <summary>300 builds of <c>true</c>, ordered by REST one after another, one builder for each of 8 workers.</summary>
    public static async Task Throughput(Bench bench)
    {
        await using var site = await bench.Site("parallel");
        await Load(bench, site, "throughput", 300, async count =>
        {
            for (var i = 0; i < count; i++)
                await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"parallel-w{i % 8}"));
        });
    }

    /// <summary>200 builds as in <see cref="Throughput"/>, each of which holds the same exclusive lock in its step.</summary>
    public static async Task Locks(Bench bench)
    {
        await using var site = await bench.Site("lock");
        await Load(bench, site, "lock_serial", 200, async count =>
        {
            for (var i = 0; i < count; i++)
                await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"lock-w{i % 8}"));
        });
    }

    /// <summary>200 builds are ordered by REST one after another while all workers are busy: what an order costs that only waits.</summary>
    public static async Task Orders(Bench bench)
    {
        const int Count = 200;
        await using var site = await bench.Site("busy");
        for (var i = 0; i < 8; i++)
            await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"busy-w{i}"));
        await Site.Until(async () => await site.One<long>("SELECT count(*) FROM builds WHERE completed_at IS NULL") == 8, "all workers busy");
        List<double> each = [], master = [], postgres = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await Task.Delay(2000);
            var (cpu, began) = (site.Cpu(), Stopwatch.GetTimestamp());
            for (var i = 0; i < Count; i++)
                await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"busy-w{i % 8}"));
            each.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds / Count);
            await Task.Delay(200); // what follows an order: the looks at the queue
            var used = site.Cpu();
            master.Add((used.Master - cpu.Master) * 1000 / Count);
            postgres.Add((used.Postgres - cpu.Postgres) * 1000 / Count);
        }
        bench.Results.Add("order_waiting", "ms", each, Count);
        bench.Results.Add("order_waiting_master_cpu", "ms", master, Count);
        bench.Results.Add("order_waiting_postgres_cpu", "ms", postgres, Count);
    }

    /// <summary>One change starts 100 builders on 8 workers.</summary>
    public static async Task Fanout(Bench bench)
    {
        var serial = 0;
        await using var site = await bench.Site("fan");
        await Load(bench, site, "fanout100", 100, count => count == 100
            ? site.Http.Change("fan", string.Create(CultureInfo.InvariantCulture, $"fan-{serial++}"))
            : site.Http.Force([.. Enumerable.Range(0, count).Select(i => $"fan-{i:000}")]));
    }

    private static async Task Load(Bench bench, Site site, string name, int count, Func<int, Task> submit)
    {
        await submit(8);
        await site.Idle();
        List<double> rates = [], walls = [], ordered = [], master = [], workers = [], postgres = [], commits = [], rollbacks = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await Task.Delay(2000);
            var idle = await Idle(site);
            var (before, traffic, cpu, began) = (await site.Finished(), await site.Traffic(), site.Cpu(), Stopwatch.GetTimestamp());
            var polls = 0;
            await submit(count);
            ordered.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await Site.Until(async () =>
            {
                polls += 2;
                return await site.Finished() - before >= count && await site.One<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") == 0;
            }, string.Create(CultureInfo.InvariantCulture, $"{count} builds"), 50, 600);
            var wall = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var used = site.Cpu();
            walls.Add(wall);
            rates.Add(count / wall);
            master.Add(used.Master - cpu.Master);
            workers.Add(used.Workers - cpu.Workers);
            postgres.Add(used.Postgres - cpu.Postgres);
            await Task.Delay(2000); // PostgreSQL's counters come late
            var after = await site.Traffic();
            var idleFor = wall + 2;
            commits.Add((after.Committed - traffic.Committed - polls - 1 - idle * idleFor) / count);
            rollbacks.Add((double)(after.RolledBack - traffic.RolledBack) / count);
        }
        if (await site.One<long>("SELECT count(*) FROM builds WHERE completed_at IS NOT NULL AND results <> 0") > 0)
            throw new InvalidOperationException("Not all builds succeeded.");
        bench.Results.Add($"{name}_rate", "builds/s", rates, count);
        bench.Results.Add($"{name}_wall", "s", walls, count);
        bench.Results.Add($"{name}_ordered", "s", ordered, count);
        bench.Results.Add($"{name}_master_cpu", "s", master, count);
        bench.Results.Add($"{name}_workers_cpu", "s", workers, count);
        bench.Results.Add($"{name}_postgres_cpu", "s", postgres, count);
        bench.Results.Add($"{name}_db_commits", "1/build", commits, count);
        bench.Results.Add($"{name}_db_rollbacks", "1/build", rollbacks, count);
    }

    // Transactions a second while nothing happens: heartbeats, sweeps.
    private static async Task<double> Idle(Site site)
    {
        await Task.Delay(1500);
        var before = await site.Traffic();
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(4000);
        await Task.Delay(500);
        return ((await site.Traffic()).Committed - before.Committed - 1) / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Weir.Bench.Cases;

/// <summary>Workers that connect, what they cost, and what the machine itself can do.</summary>
internal static class Machines
{
    /// <summary>Commits a second of the same PostgreSQL: what all else is to be seen against.</summary>
    public static async Task Commits(Bench bench)
    {
        await using var source = NpgsqlDataSource.Create(await bench.Server.NewDatabase());
        await using (var command = source.CreateCommand("CREATE TABLE t (n bigint)"))
            await command.ExecuteNonQueryAsync();
        foreach (var clients in new[] { 1, 8 })
        {
            var rates = new List<double>();
            for (var r = 0; r < bench.Repeat; r++)
            {
                var (count, began) = (2000 / clients, Stopwatch.GetTimestamp());
                await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
                {
                    await using var connection = await source.OpenConnectionAsync();
                    for (var i = 0; i < count; i++)
                    {
                        await using var command = new NpgsqlCommand("INSERT INTO t VALUES (1)", connection);
                        await command.ExecuteNonQueryAsync();
                    }
                }));
                rates.Add(count * clients / Stopwatch.GetElapsedTime(began).TotalSeconds);
            }
            bench.Results.Add(clients == 1 ? "pg_commits_1_client" : "pg_commits_8_clients", "1/s", rates, 8);
        }
    }

    /// <summary>An idle master with no worker and with 8 real ones, and what a worker's processes take.</summary>
    public static async Task Memory(Bench bench)
    {
        List<double> none = [], eight = [], worker = [], shared = [], idle = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await using var site = await Site.Prepare(bench.Server, bench.Configuration(8, "empty"));
            await site.StartMaster("engine", "ui,engine");
            await site.Introduce(8);
            await Task.Delay(5000);
            none.Add(Machine.Memory(site.Master.Id, "VmRSS") / 1024);
            for (var i = 0; i < 8; i++)
                site.StartWorker(string.Create(CultureInfo.InvariantCulture, $"w{i}"));
            await Attached(site, 8);
            await Task.Delay(5000);
            eight.Add(Machine.Memory(site.Master.Id, "VmRSS") / 1024);
            var processes = site.WorkerProcesses();
            worker.Add(processes.Sum(p => Machine.Memory(p, "VmRSS")) / 1024 / 8);
            shared.Add(processes.Sum(p => Machine.Memory(p, "Pss")) / 1024 / 8);
            var before = site.Cpu();
            await Task.Delay(10_000);
            idle.Add((site.Cpu().Master - before.Master) * 10);
        }
        bench.Results.Add("master_rss_0_workers", "MiB", none, 0);
        bench.Results.Add("master_rss_8_workers", "MiB", eight, 8);
        bench.Results.Add("worker_rss", "MiB", worker, 8);
        bench.Results.Add("worker_pss", "MiB", shared, 8);
        bench.Results.Add("master_idle_cpu_8_workers", "%", idle, 1);
    }

    /// <summary>200 workers that connect at one moment, all in this process: they speak the protocol, but run nothing.</summary>
    public static async Task Herd(Bench bench)
    {
        const int count = 200;
        List<double> attached = [], last = [], memory = [], idle = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await using var site = await Site.Prepare(bench.Server, bench.Configuration(8, "empty"));
            await site.StartMaster("engine", "ui,engine");
            await site.Introduce(count);
            await Task.Delay(3000);
            var before = Machine.Memory(site.Master.Id, "VmRSS");
            var began = Stopwatch.GetTimestamp();
            await using var crowd = new Crowd(site.Address);
            var connecting = crowd.Connect(count);
            var (top, at) = (0L, 0.0);
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < 30 && top < count)
            {
                await Task.Delay(50);
                var now = await site.One<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL");
                if (now > top)
                    (top, at) = (now, Stopwatch.GetElapsedTime(began).TotalSeconds);
            }
            await connecting;
            attached.Add(top);
            last.Add(at);
            await Task.Delay(5000);
            memory.Add((Machine.Memory(site.Master.Id, "VmRSS") - before) / count);
            var cpu = site.Cpu();
            await Task.Delay(10_000);
            idle.Add((site.Cpu().Master - cpu.Master) * 10);
        }
        bench.Results.Add("herd_200_attached_after_30s", "workers", attached, count);
        bench.Results.Add("herd_200_last_attached_at", "s", last, count);
        bench.Results.Add("master_rss_per_worker", "KiB", memory, count);
        bench.Results.Add("master_idle_cpu_200_workers", "%", idle, 1);
    }

    /// <summary>Many workers that have nothing to do, on one engine: what each costs it.</summary>
    public static async Task Idle(Bench bench)
    {
        foreach (var count in new[] { 500, 2000 })
        {
            await using var site = await Site.Prepare(bench.Server, bench.Configuration(8, "empty"));
            await site.StartMaster("engine", "ui,engine");
            await site.Introduce(count);
            await Task.Delay(3000);
            var (before, alone) = (Machine.Memory(site.Master.Id, "VmRSS"), site.Cpu());
            await Task.Delay(10_000);
            var resting = site.Cpu().Master - alone.Master;
            await using var crowd = new Crowd(site.Address);
            await crowd.Connect(count);
            await Site.Until(async () => await site.One<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL") == count, "all workers attached");
            await Task.Delay(10_000);
            var cpu = site.Cpu();
            await Task.Delay(20_000);
            var used = (site.Cpu().Master - cpu.Master) / 20;
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"idle_{count}_rss_per_worker"), "KiB", [(Machine.Memory(site.Master.Id, "VmRSS") - before) / count], count);
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"idle_{count}_master_cpu"), "%", [used * 100], count);
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"idle_{count}_cpu_per_worker"), "ms/s", [(used - (resting / 10)) * 1000 / count], count);
            bench.Results.Add(string.Create(CultureInfo.InvariantCulture, $"idle_{count}_postgres_cpu"), "%", [(site.Cpu().Postgres - cpu.Postgres) / 20 * 100], count);
        }
    }

    /// <summary>kill -9 of the master 10 s into a step of 20 s, started again at once.</summary>
    public static async Task Kill(Bench bench)
    {
        List<double> lost = [], restart = [], done = [];
        var path = Path.Combine(bench.Stamps, "sleep");
        await using var site = await Site.Start(bench.Server, bench.Configuration(1, "sleep"), 1);
        for (var r = 0; r < bench.Repeat; r++)
        {
            File.Delete(path);
            await site.Http.Force("sleep");
            await Site.Until(() => Task.FromResult(File.Exists(path)), "the step started");
            await Task.Delay(10_000);
            var killed = Bench.Now;
            restart.Add(await site.KillAndRestart());
            await site.Idle(400, 50);
            done.Add((Bench.Now - killed) / 1000);
            // What was lost is what had to be done again: a step that started once has lost nothing.
            lost.Add((File.ReadLines(path).Count(l => l.StartsWith("start", StringComparison.Ordinal)) - 1) * 10.0);
            await Task.Delay(2000);
        }
        bench.Results.Add("kill9_restart_until_running", "s", restart, 1);
        bench.Results.Add("kill9_work_lost", "s", lost, 1);
        bench.Results.Add("kill9_until_done", "s", done, 1);
    }

    private static Task Attached(Site site, int count) => Site.Until(async () => await site.One<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL") == count, "workers attached");
}

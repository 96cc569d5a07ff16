using System.Diagnostics;
using System.Globalization;

namespace Weir.Bench.Cases;

/// <summary>A step that prints 1,000,000 lines of 80 bytes; then reading that log.</summary>
internal static class Output
{
    public static async Task BigLog(Bench bench)
    {
        bench.WriteBigLog();
        var size = new FileInfo(bench.BigLog).Length / 1e6;
        const long n = Bench.BigLogLines;
        await using var site = await bench.Site("biglog");
        List<double> walls = [], master = [], workers = [], postgres = [], content = [], table = [], peaks = [], typical = [], worst = [];
        long log = 0;
        for (var r = 0; r < bench.Repeat; r++)
        {
            var before = await TableSize(site);
            var (cpu, began) = (site.Cpu(), Stopwatch.GetTimestamp());
            using var ending = new CancellationTokenSource();
            var probing = Probe(site, ending.Token);
            await site.Http.Force("biglog");
            await site.Idle(600, 20);
            walls.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await ending.CancelAsync();
            var found = await probing;
            typical.Add(Quantiles.Median(found));
            worst.Add(found.Max());
            var used = site.Cpu();
            master.Add(used.Master - cpu.Master);
            workers.Add(used.Workers - cpu.Workers);
            postgres.Add(used.Postgres - cpu.Postgres);
            log = await site.One<long>("SELECT max(id) FROM logs WHERE line_count > 900000");
            content.Add(await site.One<double>("SELECT sum(length(content)) / 1e6 FROM log_chunks WHERE log_id = @log", ("log", log)));
            table.Add((await TableSize(site) - before) / 1e6);
            peaks.Add(Machine.Memory(site.Master.Id, "VmHWM") / 1024);
        }
        bench.Results.Add("log_ingest_wall", "s", walls, n);
        bench.Results.Add("log_ingest_rate", "MB/s", walls.Select(w => size / w), n);
        bench.Results.Add("log_ingest_master_cpu", "s", master, n);
        bench.Results.Add("log_ingest_workers_cpu", "s", workers, n);
        bench.Results.Add("log_ingest_postgres_cpu", "s", postgres, n);
        bench.Results.Add("log_stored_content", "MB", content, n);
        bench.Results.Add("log_stored_table", "MB", table, n);
        bench.Results.Add("log_ingest_rest_p50_meanwhile", "ms", typical, n);
        bench.Results.Add("log_ingest_rest_max_meanwhile", "ms", worst, n);
        bench.Results.Add("log_ingest_master_peak_rss", "MiB", peaks, n);
        await Reading(bench, site, log);
    }

    private static async Task Reading(Bench bench, Site site, long log)
    {
        var lines = await site.One<long>("SELECT line_count FROM logs WHERE id = @log", ("log", log));
        foreach (var (name, offset) in new[] { ("log_read_last_100", lines - 100), ("log_read_middle_100", lines / 2) })
        {
            var runs = new List<double>();
            for (var r = 0; r < bench.Repeat; r++)
            {
                var times = new List<double>();
                for (var i = 0; i < 20; i++)
                    times.Add(await site.Http.Time(string.Create(CultureInfo.InvariantCulture, $"/api/v2/logs/{log}/contents?offset={offset}&limit=100")));
                runs.Add(Quantiles.Median(times));
            }
            bench.Results.Add(name + "_p50", "ms", runs, 20);
        }
        var raw = new List<double>();
        for (var r = 0; r < bench.Repeat; r++)
            raw.Add(await site.Http.Time(string.Create(CultureInfo.InvariantCulture, $"/api/v2/logs/{log}/raw")) / 1000);
        bench.Results.Add("log_read_raw_whole", "s", raw, Bench.BigLogLines);
        bench.Results.Add("log_read_master_peak_rss", "MiB", [Machine.Memory(site.Master.Id, "VmHWM") / 1024], 1);
    }

    private static Task<double> TableSize(Site site) => site.One<double>(
        "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::float8 FROM pg_inherits WHERE inhparent = 'log_chunks'::regclass");

    private static async Task<List<double>> Probe(Site site, CancellationToken end)
    {
        var client = new Client(site.Address);
        var found = new List<double>();
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(100, CancellationToken.None);
            found.Add(await client.Time("/api/v2/masters"));
        }
        return found;
    }
}

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
        List<double> first = [], again = [], memory = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            await using var site = await Site.Prepare(bench.Server, Big(bench, 0));
            first.Add(await Started(site));
            await site.StopMaster();
            again.Add(await Started(site));
            memory.Add(Machine.Memory(site.Master.Id, "VmRSS") / 1024);
        }
        bench.Results.Add("start_empty_db_1000_builders", "s", first, 1000);
        bench.Results.Add("start_1000_builders", "s", again, 1000);
        bench.Results.Add("rss_1000_builders_no_worker", "MiB", memory, 1000);

        // What a watched file defines can be changed there alone, so edits are those of a text of the store.
        await using var edited = await Site.Prepare(bench.Server, null);
        await edited.StartMaster("engine", "ui,engine");
        await Apply(edited, Big(bench, 0), changes: true);
        List<double> check = [], one = [], none = [];
        for (var r = 0; r < bench.Repeat; r++)
        {
            var began = Stopwatch.GetTimestamp();
            await edited.Http.CheckConfiguration(Big(bench, r + 1));
            check.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            one.Add(await Apply(edited, Big(bench, r + 1), changes: true));
            none.Add(await Apply(edited, Big(bench, r + 1), changes: false));
        }
        bench.Results.Add("check_1000_builders", "s", check, 1000);
        bench.Results.Add("reconfig_one_changed_1000_builders", "s", one, 1000);
        bench.Results.Add("reconfig_unchanged_1000_builders", "s", none, 1000);
    }

    /// <summary>
    /// 200 builds run for five minutes while a revision comes into force every second, each of which changes the builders of the running builds. None may be disturbed: each command begins once, each build keeps the
    /// revision that it began with and says every line of that one.
    /// </summary>
    public static async Task Revisions(Bench bench)
    {
        const int builds = 200, seconds = 300;
        string Text(int revision) => Configurations.Of(bench.Stamps, bench.BigLog, 8, revision, "ticking").Replace("'w*': {}", "'w*': { maxBuilds: 25 }", StringComparison.Ordinal);
        await using var site = await Site.Prepare(bench.Server, null);
        await site.StartMaster("engine", "ui,engine");
        await site.Introduce(8);
        await site.Http.Apply(Text(0));
        var atFirst = await site.One<long>("SELECT revision_id FROM config_in_force");
        await site.Attach(8);
        for (var i = 0; i < builds; i++)
            await site.Http.Force(FormattableString.Invariant($"ticking-{i % 20:00}"));
        await Site.Until(async () => await site.One<long>("SELECT count(*) FROM steps WHERE started_at IS NOT NULL AND completed_at IS NULL") == builds, "all builds running");

        var applied = new List<double>();
        var (began, before) = (Stopwatch.GetTimestamp(), site.Cpu().Master);
        for (var second = 0; second < seconds; second++)
        {
            applied.Add(await Apply(site, Text(second + 1), changes: true) * 1000);
            var rest = TimeSpan.FromSeconds(second + 1) - Stopwatch.GetElapsedTime(began);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest);
        }
        var (wall, used) = (Stopwatch.GetElapsedTime(began).TotalSeconds, site.Cpu().Master - before);
        var still = await site.One<long>("SELECT count(*) FROM builds WHERE completed_at IS NULL");
        await site.Idle();

        var log = await File.ReadAllLinesAsync(Path.Combine(bench.Stamps, "ticking"));
        var disturbed = builds - await site.One<long>("SELECT count(*) FROM builds WHERE results = 0 AND attempt = 1 AND config_revision_id = @atFirst", ("atFirst", atFirst));
        bench.Results.Add("revisions_builds_disturbed", "builds", [disturbed], builds);
        bench.Results.Add("revisions_commands_begun", "commands", [log.Length], builds);
        bench.Results.Add("revisions_commands_of_a_later_one", "commands", [log.Count(l => l != "0")], builds);
        bench.Results.Add("revisions_running_to_the_end", "builds", [still], builds);
        // Beside its own lines a log has some of Weir's.
        bench.Results.Add("revisions_lines_missing", "lines", [await site.One<long>("SELECT coalesce(sum(greatest(0, @ticks - line_count)), 0) FROM logs", ("ticks", Configurations.Ticks))], builds * Configurations.Ticks);
        bench.Results.Add("revisions_in_force_p50", "ms", [Quantiles.Median(applied)], seconds);
        bench.Results.Add("revisions_in_force_max", "ms", [applied.Max()], seconds);
        bench.Results.Add("revisions_master_cpu", "ms/revision", [used * 1000 / seconds], seconds);
        bench.Results.Add("revisions_wall", "s", [wall], seconds);
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

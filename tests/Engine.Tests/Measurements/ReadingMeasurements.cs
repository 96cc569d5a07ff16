using System.Diagnostics;
using Weir.Engine.Builds;
using Weir.Engine.Logs;
using Weir.Engine.Tests.Builds;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Engine.Tests.Measurements;

/// <summary>How long reading takes in a big store. Not part of the ordinary run: numbers are for people, on a machine they know.</summary>
public sealed class ReadingMeasurements(ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public async Task Pages_of_five_hundred_builders()
    {
        await using var store = await TestStore.Create();
        var watch = Stopwatch.StartNew();
        await BigStore.Fill(store);
        output.WriteLine($"filled in {watch.Elapsed.TotalSeconds:0} s: {await store.Scalar<long>("SELECT count(*) FROM builds")} builds, {await store.Scalar<long>("SELECT count(*) FROM steps")} steps");
        var builders = new BuilderQueries(store.Database, new BuilderQueriesTests.Forms());
        var waterfall = new WaterfallQueries(store.Database);
        var builds = new BuildQueries(store.Database);
        var queue = store.Queue;
        var some = (await builds.List(new() { Limit = 1 }, default)).Items[0];
        var past = DateTimeOffset.UtcNow.AddDays(-7);

        await Measure("Home", () => new HomeQueries(store.Database).Home(default));
        await Measure("Builders.List (strips of 30)", () => builders.List(default));
        await Measure("Builders.Find", () => builders.Find("builder-7", default));
        await Measure("Builders.Detail", () => builders.Detail("builder-7", default));
        await Measure("Waterfall, all, 6 h", () => Blocks(new()));
        await Measure("Waterfall, all, 24 h", () => Blocks(new() { Span = TimeSpan.FromHours(24) }));
        await Measure("Waterfall, all, 6 h, a week ago", () => Blocks(new() { To = past }));
        await Measure("Waterfall, all, 24 h, a week ago", () => Blocks(new() { To = past, Span = TimeSpan.FromHours(24) }));
        await Measure("Waterfall, 25 columns, 24 h", () => Blocks(new() { Project = "project-3", Span = TimeSpan.FromHours(24) }));
        await Measure("Waterfall, 25 columns, 24 h, a week ago", () => Blocks(new() { Project = "project-3", To = past, Span = TimeSpan.FromHours(24) }));
        await Measure("Waterfall, 25 columns, a week", () => Blocks(new() { Project = "project-3", Span = TimeSpan.FromDays(7) }));
        await Measure("Waterfall, 1 column, 6 h, a week ago", () => Blocks(new() { Builders = ["builder-7"], To = past }));
        await Measure("Waterfall update, one build", () => waterfall.Update([some.Id], [], [], default));
        await Measure("Build", () => builds.Find(some.Id, default));
        await Measure("Build detail", () => builds.Detail(some.Id, default));
        await Measure("Builds, newest 50", () => builds.List(new(), default));
        await Measure("Builds of a builder, 50, deep", () => builds.List(new() { BuilderId = some.BuilderId, Before = some.Id / 2 }, default));
        await Measure("Builds with exception (none)", () => builds.List(new() { Results = BuildResult.Exception }, default));
        await Measure("Builds of a worker, open", () => builds.List(new() { WorkerId = some.WorkerId, Complete = false }, default));
        await Measure("Queue, 1000 waiting", () => queue.Waiting(1000, default));
        await Measure("Requests, open", () => queue.Requests(null, false, null, 50, default));
        await Measure("Buildsets, newest 50", () => queue.Buildsets(null, null, 50, default));
        await Measure("Workers", () => new WorkerQueries(store.Database).List(default));

        async Task<int> Blocks(WaterfallFilter filter) => (await waterfall.Table(filter, default)).Columns.Sum(c => c.Blocks.Count);
    }

    [Fact(Explicit = true)]
    public async Task A_log_of_two_million_lines()
    {
        const int Chunks = 2000;
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        var log = await rows.Log(build, await rows.Step(build, 0, "compile"));
        await rows.Append(log, Enumerable.Range(0, Chunks).Select(c => Enumerable.Range(0, 1000).Select(n => Rows.Line($"[{(c * 1000) + n}] gcc -O2 -Wall -c src/module_{n % 97}.c -o obj/module_{n % 97}.o", at: c * 1000L)).ToArray()));
        await store.Execute("ANALYZE");
        var queries = new LogQueries(store.Database);
        var random = new Random(1);

        await Measure("Lines: 200 at the start", () => queries.Lines(log, 0, 200, default));
        await Measure("Lines: 200 in the middle", () => queries.Lines(log, 1_000_100, 200, default));
        await Measure("Lines: 200 anywhere", () => queries.Lines(log, random.Next(2_000_000), 200, default), 200);
        await Measure("Lines: 10,000 anywhere", () => queries.Lines(log, random.Next(1_990_000), 10_000, default), 50);
        await Measure("Lines: beyond the end", () => queries.Lines(log, 3_000_000, 200, default));
        await Measure("Tail: 200", () => queries.Tail(log, 200, default));

        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (most, bytes) = (0L, 0L);
        var watch = Stopwatch.StartNew();
        await foreach (var piece in queries.Raw(log, default))
        {
            bytes += piece.Length;
            if (bytes / 8_000_000 != (bytes - piece.Length) / 8_000_000)
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        output.WriteLine($"Raw: {bytes / 1e6:0} MB in {watch.Elapsed.TotalSeconds:0.0} s, at most {most / 1e6:0.0} MB held (collections included in the time)");
    }

    private async Task Measure<T>(string what, Func<Task<T>> reading, int times = 20)
    {
        var result = await reading();
        for (var i = 0; i < 4; i++)
            await reading();
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            await reading();
            took.Add(watch.Elapsed.TotalMilliseconds);
        }
        took.Sort();
        var size = result switch
        {
            int n => n,
            System.Collections.ICollection c => c.Count,
            _ => 1,
        };
        output.WriteLine($"{what,-45} p50 {took[took.Count / 2],7:0.0} ms   max {took[^1],7:0.0} ms   ({size})");
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;
using Weir.Support;

namespace Weir.Engine.Tests.Measurements;

/// <summary>What a long queue costs: 500 builders, 300 workers, 50 locks. Numbers are for people, on a machine they know.</summary>
public sealed class QueueMeasurements(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(500)]
    [InlineData(100_000)]
    public async Task A_pass_and_a_build_beside_so_many_waiting_requests(int waiting)
    {
        await using var world = await World.Create(new()
        {
            Builders = [.. Enumerable.Range(0, 500).Select(i => new BuilderConfiguration
            {
                Name = Name("b", i),
                Workers = new() { Tags = [Name("t", i % 10)] },
                Locks = i % 2 == 0 ? [new() { Name = Name("l", i % 50) }] : [],
                Steps = [World.Run("make")],
            })],
            Workers = [.. Enumerable.Range(0, 300).Select(i => new WorkerConfiguration { Name = Name("w", i), Tags = [Name("t", i % 10)] })],
            Locks = [.. Enumerable.Range(0, 50).Select(i => new LockConfiguration { Name = Name("l", i), Capacity = 20 })],
        });
        await world.Store.Execute("INSERT INTO workers (name, configured, tags) SELECT 'w' || n, true, ARRAY['t' || n % 10] FROM generate_series(1, 299) n");
        await world.Store.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO buildsets (reason, submitted_at) VALUES ('many', weir_now());
            INSERT INTO requests (buildset_id, builder_id, submitted_at, priority) SELECT (SELECT max(id) FROM buildsets), b.id, weir_now() - n * interval '1 second', n % 3 FROM generate_series(1, {waiting}) n JOIN builders b ON b.name = 'b' || n % 500;
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since) SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM requests;
            ANALYZE
            """));
        var view = new QueueView(world.Store.Database, new ConfigurationInForce(world.Store.Database), new UsualDurations(world.Store.Database, TimeProvider.System), new WorkerPasts(world.Store.Database, TimeProvider.System), TimeProvider.System);
        await Measure("reading what is looked at", () => view.Read(new HashSet<long>(), 1, default));
        var state = (await view.Read(new HashSet<long>(), 1, default))!.State;
        await Measure("deciding", () => Task.FromResult<object?>(Dispatching.Decide(state)));
        var running = state.Workers.Select(w => new ForecastBuild(-1_000_000 - w.Id, w.Id, "", state.Now.AddMinutes(w.Id % 10))).ToArray();
        var foretold = state with { Builders = [.. state.Builders.Select(b => b with { Usual = TimeSpan.FromMinutes(5 + (b.Id % 20)) })], Workers = [.. state.Workers.Select(w => w with { Slots = 1, Verdict = WorkerVerdict.Available })] };
        var told = 0;
        await Measure("foretelling, as far as patience goes", () => Task.FromResult<object?>(told = StartForecast.Of(foretold, running, goesOn: Patient()).Count));
        output.WriteLine($"of {state.Requests.Count} that it knew it told {told}");
        var whole = new QueueView(world.Store.Database, new ConfigurationInForce(world.Store.Database), new UsualDurations(world.Store.Database, TimeProvider.System), new WorkerPasts(world.Store.Database, TimeProvider.System), TimeProvider.System) { About = 2000, AlsoLater = true };
        await Measure("reading what a forecast looks at", () => whole.Read(null, 0, default));
        var queue = world.Store.Queue;
        await Measure("the page Queue", async () => await queue.Part(new(), default));

        var (passes, claims) = (new ConcurrentQueue<double>(), new ConcurrentQueue<double>());
        using var meters = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name is "weir.duty.time" or "weir.claim.time") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<double>((instrument, seconds, tags, _) =>
        {
            if (instrument.Name == "weir.claim.time")
                claims.Enqueue(seconds * 1000);
            else if (tags is [{ Value: "Dispatcher" }])
                passes.Enqueue(seconds * 1000);
        });
        meters.Start();
        var starting = Stopwatch.StartNew();
        var engine = await world.StartEngine();
        await world.Eventually(() => Task.FromResult(passes.IsEmpty ? null : "yes"), "the first pass");
        output.WriteLine($"an engine starts and has looked at the queue: {starting.Elapsed.TotalMilliseconds:0} ms");
        var worker = await world.AddWorker("w0", maxBuilds: 1, tags: ["t0"]);
        var begun = new List<long>();
        worker.Behaviour = _ =>
        {
            begun.Add(Stopwatch.GetTimestamp());
            return ("", new EndedFrame { Kind = EndKind.Exited, ExitCode = 0 });
        };
        var watch = Stopwatch.StartNew();
        await worker.Connect(engine);
        while (begun.Count < Math.Min(200, waiting / 10) && watch.Elapsed < TimeSpan.FromMinutes(1))
            await Task.Delay(50);
        if (begun.Count < 10)
            output.WriteLine(world.Log.ToString());
        output.WriteLine($"one build after another on one worker: {begun.Count}, {watch.Elapsed.TotalMilliseconds / begun.Count:0.0} ms each");
        Tell("passes of the dispatcher with their claims", passes);
        Tell("claims", claims);
        await worker.Disconnect();
    }

    private void Tell(string what, IEnumerable<double> took)
    {
        double[] sorted = [.. took.Order()];
        output.WriteLine($"{sorted.Length} {what}: p50 {sorted[sorted.Length / 2]:0.0} ms, p95 {sorted[sorted.Length * 95 / 100]:0.0} ms");
    }

    private static Func<bool> Patient()
    {
        var began = Stopwatch.GetTimestamp();
        return () => Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(300);
    }

    private static string Name(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}{number}");

    private async Task Measure(string what, Func<Task<object?>> work)
    {
        for (var i = 0; i < 3; i++)
            await work();
        var took = new List<double>();
        for (var i = 0; i < 30; i++)
        {
            var watch = Stopwatch.StartNew();
            await work();
            took.Add(watch.Elapsed.TotalMilliseconds);
        }
        took.Sort();
        output.WriteLine($"{what}: p50 {took[15]:0.0} ms, p95 {took[28]:0.0} ms");
    }

    private async Task Measure(string what, Func<Task<QueueView.Snapshot?>> work) => await Measure(what, async () => (object?)await work());
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Weir.Whole.Tests.E;

/// <summary>Invariant 8 on real processes: the clocks of the machines are wrong by ten minutes to either side, and nobody notices, since there is one clock, the store's.</summary>
public sealed partial class ClockTests
{
    private static readonly string? Library = Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }).Select(d => Path.Combine(d, "libfaketime.so.1")).FirstOrDefault(File.Exists) : null;

    private const string Configuration = """
        weir: 1
        workers: { "w*": { maxBuilds: 4, missingAfter: 1m } }
        schedulers:
          force: { type: force, builders: [brief] }
          often: { type: periodic, every: 20s, builders: [brief] }
        builders:
          brief: { steps: [ { name: print, run: "echo one; sleep 1; echo two" } ] }
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private sealed record Firing(DateTimeOffset DueAt, DateTimeOffset FiredAt);

    // The monotonic clock is right: it is no use to shift what starts at boot.
    private static Dictionary<string, string?> Off(string by) => new() { ["LD_PRELOAD"] = Library, ["FAKETIME"] = by, ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1" };

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Masters_ten_minutes_fast_and_ten_minutes_slow_build_fire_on_time_and_show_the_same_times()
    {
        Assert.SkipWhen(Library is null, "libfaketime is not installed (Debian: apt-get install libfaketime).");
        await using var weir = await Installation.Create(Configuration);
        var began = await Now(weir);
        var fast = await weir.StartMaster("fast", environment: Off("+10m"));
        var slow = await weir.StartMaster("slow", environment: Off("-10m"));
        Assert.InRange((await ClockOf(fast) - await ClockOf(slow)).TotalMinutes, 19, 21); // else nothing is proved
        weir.StartWorker("w1", await weir.WorkerToken(slow, "w1"), fast.Url, environment: Off("-1h"));
        weir.StartWorker("w2", await weir.WorkerToken(fast, "w2"), slow.Url, environment: Off("+1h"));

        var requests = new[] { await weir.Force(fast, "brief"), await weir.Force(slow, "brief"), await weir.Force(fast, "brief"), await weir.Force(slow, "brief") };
        foreach (var request in requests)
            Assert.Equal(0, await weir.ResultOf(request));
        await weir.Until(async () => await weir.Sql<long>("SELECT count(*) FROM firings f JOIN schedulers s ON s.id = f.scheduler_id WHERE s.name = 'often'") >= 2 ? 1L : (long?)null, "the second firing");

        // Each firing when it was due, and none for each of the clocks.
        var firings = await weir.Store.Database.Query<Firing>($"SET search_path = {weir.Store.Options.Schema}; SELECT due_at, fired_at FROM firings f JOIN schedulers s ON s.id = f.scheduler_id WHERE s.name = 'often' ORDER BY due_at", null, Cancellation);
        Assert.All(firings, f => Assert.InRange((f.FiredAt - f.DueAt).TotalSeconds, -0.1, 8));
        Assert.All(firings.Zip(firings.Skip(1)), p => Assert.InRange((p.Second.DueAt - p.First.DueAt).TotalSeconds, 19, 60));
        // Nobody was taken for dead, nor any worker for missing.
        Assert.Equal(2, await weir.Sql<int>("SELECT count(*) FROM masters WHERE state = 'Active' AND incarnation = 1 AND abs(extract(epoch FROM weir_now() - heartbeat_at)) < 20"));
        Assert.Equal(2, await weir.Sql<int>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL AND session = 1 AND abs(extract(epoch FROM weir_now() - heartbeat_at)) < 20"));
        Assert.Equal(1, await weir.Sql<int>("SELECT max(attempt) FROM builds"));

        foreach (var master in new[] { fast, slow })
        {
            foreach (var page in new[] { "/", "/builders/brief", "/masters", "/workers", "/builders/brief/builds/1" })
            {
                var html = await master.Http.GetStringAsync(page, Cancellation);
                Assert.DoesNotMatch("is late|taken for dead|not connected", html);
                foreach (Match time in Ago().Matches(html))
                    Assert.InRange(DateTimeOffset.Parse(time.Groups[1].Value, CultureInfo.InvariantCulture), began, await Now(weir) + TimeSpan.FromSeconds(2));
                Assert.DoesNotMatch("""data-ago>[^<]*(1\d min|hour|\bh\b)""", html);
            }
            var build = JsonNode.Parse(await master.Http.GetStringAsync("/api/v2/builders/brief/builds/1", Cancellation))!["builds"]![0]!;
            Assert.InRange(DateTimeOffset.FromUnixTimeSeconds((long)build["complete_at"]!) - DateTimeOffset.FromUnixTimeSeconds((long)build["started_at"]!), TimeSpan.Zero, TimeSpan.FromMinutes(2));
        }
    }

    private static async Task<DateTimeOffset> Now(Installation weir) => new(DateTime.SpecifyKind(await weir.Sql<DateTime>("SELECT date_trunc('second', weir_now())"), DateTimeKind.Utc));

    // The web server's own clock is the machine's.
    private static async Task<DateTimeOffset> ClockOf(Installation.Master master) => (await master.Http.GetAsync("/readyz", Cancellation)).Headers.Date!.Value;

    [GeneratedRegex("""<time datetime="([^"]+)"[^>]*data-ago""")]
    private static partial Regex Ago();
}

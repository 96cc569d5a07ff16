using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Server.Tests.Api;

/// <summary>How long reading logs takes over HTTP and without it. Not part of the ordinary run: <c>dotnet test tests/Server.Tests -- xUnit.Explicit=only</c>.</summary>
public sealed class LogMeasurements(ITestOutputHelper output)
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task A_log_of_a_million_lines_of_eighty_bytes()
    {
        await using var master = await TestMaster.Start();
        var rows = new Rows(master.Store);
        var build = await rows.Build(await rows.Builder(), await rows.Worker(), await rows.Master(), await rows.Revision());
        var log = await rows.Log(build, await rows.Step(build, 0, "compile"));
        var random = new Random(1);
        await rows.Append(log, Enumerable.Range(0, 1000).Select(c => Enumerable.Range(0, 1000).Select(n => Rows.Line(FormattableString.Invariant($"{(c * 1000) + n,8} ").PadRight(79, (char)('a' + (n % 26))), at: c)).ToArray()));
        await master.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {log}");
        await master.Store.Execute("ANALYZE");
        var client = master.Anonymous();
        var queries = master.Services.GetRequiredService<ILogQueries>();
        var search = master.Services.GetRequiredService<ILogSearch>();

        await Measure("last 100 lines, HTTP (contents)", 200, () => client.GetByteArrayAsync($"/api/v2/logs/{log}/contents?offset=999900&limit=100", Now));
        await Measure("last 100 lines, queries alone", 200, () => queries.Lines(log, 999_900, 100, Now));
        await Measure("100 lines anywhere, HTTP (contents)", 200, () => client.GetByteArrayAsync($"/api/v2/logs/{log}/contents?offset={random.Next(999_900)}&limit=100", Now));
        await Measure("100 rows anywhere, HTTP (page)", 200, () => client.GetByteArrayAsync($"/logs/{log}/rows?from={random.Next(9999) * 100}&count=100", Now));
        await Measure("the page at a line", 50, () => client.GetByteArrayAsync($"/logs/{log}?line={random.Next(1_000_000)}", Now));
        await Measure("whole log raw, queries alone", 5, async () =>
        {
            var bytes = 0L;
            await foreach (var piece in queries.Raw(log, Now))
                bytes += piece.Length;
            return bytes;
        });
        await Measure("whole log raw, HTTP", 5, () => Drain(client, $"/api/v2/logs/{log}/raw"));
        await Measure("whole log as JSON, HTTP (contents)", 3, () => Drain(client, $"/api/v2/logs/{log}/contents"));
        await Measure("whole log, HTTP (follow)", 3, () => Drain(client, $"/api/v2/logs/{log}/follow"));
        await Measure("outline", 20, () => queries.Outline(log, Now));
        foreach (var (text, regex) in new[] { ("no such text", false), ("999999 ", false), ("99999[0-9] ", true), (@"\bq{60,}$", true) })
        {
            await Measure($"search \"{text}\"{(regex ? " (expression)" : "")}", 3, async () =>
            {
                var count = 0L;
                for (long? next = 0; next is { } from;)
                {
                    var found = await search.Search(log, new() { Pattern = LogPattern.TryCreate(text, regex, false, out _)!, From = from, Limit = 0 }, Now);
                    count += found.Count;
                    next = found.Next;
                }
                return count;
            });
        }
        using var process = Process.GetCurrentProcess();
        output.WriteLine($"peak of the whole process, its clients and the making of the log included: {process.PeakWorkingSet64 / 1e6:0} MB");
    }

    private static async Task<long> Drain(HttpClient client, string path)
    {
        var buffer = new byte[128 * 1024];
        var bytes = 0L;
        await using var stream = await client.GetStreamAsync(path, Now);
        while (await stream.ReadAsync(buffer, Now) is > 0 and var read)
            bytes += read;
        return bytes;
    }

    private async Task Measure<T>(string what, int times, Func<Task<T>> reading)
    {
        var result = await reading();
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            await reading();
            took.Add(watch.Elapsed.TotalMilliseconds);
        }
        took.Sort();
        output.WriteLine($"{what,-45} least {took[0],8:0.00}   p50 {took[took.Count / 2],8:0.00}   max {took[^1],8:0.00} ms   ({(result as byte[])?.Length ?? (object?)result})");
    }
}

using System.Diagnostics;
using System.IO.Compression;
using Weir.Support;

namespace Weir.Server.Tests.Measurements;

/// <summary>How long pages of a big store take and how big they are, whole: from the request to the last byte. Not part of the ordinary run: numbers are for people, on a machine they know.</summary>
public sealed class PageMeasurements(ITestOutputHelper output)
{
    private const int Times = 15;

    [Theory(Explicit = true)]
    [InlineData(100, 1_000_000)]
    [InlineData(1000, 200_000)]
    public async Task Pages_of_a_big_store(int builders, int builds)
    {
        await using var store = await TestStore.Create();
        var watch = Stopwatch.StartNew();
        await BigStore.Fill(store, builders, builds / 40, 40, steps: 2);
        output.WriteLine($"{builders} builders, {builds:N0} builds, filled in {watch.Elapsed.TotalSeconds:0} s");
        await store.Execute("VACUUM ANALYZE builds");
        await using var master = await TestMaster.Start(store, ("Roles", "ui"));
        using var browser = master.Browser();
        var (name, number) = ("builder-7", await store.Scalar<long>("SELECT max(number)::bigint FROM builds b JOIN builders r ON r.id = b.builder_id WHERE r.name = 'builder-7'"));
        foreach (var address in new[]
        {
            "/", "/builders", "/builders?sort=red", "/builders?sort=usual", "/builders?q=is:red", "/builders?q=builder-7", $"/builders/{name}", $"/builders/{name}?results=failure", $"/builders/{name}?before={builds / 2}",
            $"/builders/{name}/builds/{number}", $"/builders/{name}/builds/{number - 1}/compare/{number}", "/buildsets", $"/buildsets?before={builds / 2}", "/buildsets?scheduler=on-lib", "/queue", "/workers", "/workers/worker-7", "/changes",
            $"/changes?before={builds / 20}", "/masters", "/schedulers", "/configuration",
        })
            await Measure(browser, address);
    }

    private async Task Measure(HttpClient browser, string address)
    {
        var took = new List<double>();
        var page = Array.Empty<byte>();
        for (var i = 0; i < Times + 3; i++)
        {
            var watch = Stopwatch.StartNew();
            page = await browser.GetByteArrayAsync(new Uri(address, UriKind.Relative));
            if (i >= 3)
                took.Add(watch.Elapsed.TotalMilliseconds);
        }
        took.Sort();
        using var small = new MemoryStream();
        await using (var gzip = new GZipStream(small, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(page);
        output.WriteLine($"{address,-45} p50 {took[took.Count / 2],7:0.0} ms   max {took[^1],7:0.0} ms   {page.Length / 1024.0,7:0.0} KiB   gzip {small.Length / 1024.0,6:0.0} KiB");
    }
}

using System.Diagnostics;
using Weir.Support;

namespace Weir.Server.Tests.Api;

/// <summary>How long the requests take that dashboards make, in a big store. Not part of the ordinary run: numbers are for people, on a machine they know.</summary>
public sealed class RestMeasurements(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public async Task History(int builds)
    {
        await using var store = await TestStore.Create();
        await BigStore.Fill(store, builders: 100, buildsPerDay: builds / 20, days: 20, workers: 8, waiting: 20);
        await store.Execute("INSERT INTO build_properties SELECT id, 'owner', '\"ada\"', 'Force' FROM builds; ANALYZE build_properties");
        await using var master = await TestMaster.Start(store);
        using var client = master.Anonymous();
        var since = await store.Scalar<long>("SELECT min(t)::bigint FROM (SELECT extract(epoch FROM completed_at) AS t FROM builds WHERE completed_at IS NOT NULL ORDER BY completed_at DESC LIMIT 201) AS x");
        foreach (var (name, path) in new[]
        {
            ("builders", "/api/v2/builders"),
            ("builds_200_by_id", "/api/v2/builds?limit=200&order=-buildid"),
            ("builds_200_by_start", "/api/v2/builds?limit=200&order=-started_at"),
            ("builds_since", $"/api/v2/builds?complete_at__gt={since}"),
            ("builds_20_done_with_property", "/api/v2/builds?limit=20&order=-buildid&complete=true&property=owner"),
            ("builds_running", "/api/v2/builds?complete=false&order=-started_at"),
            ("builder_builds_50", "/api/v2/builders/builder-7/builds?limit=50&order=-number"),
            ("requests_pending", "/api/v2/buildrequests?complete=false&claimed=false"),
        })
        {
            var times = new List<double>();
            var bytes = 0;
            for (var i = 0; i < 40; i++)
            {
                var watch = Stopwatch.StartNew();
                var answer = await client.GetAsync(path);
                bytes = (await answer.Content.ReadAsByteArrayAsync()).Length;
                times.Add(watch.Elapsed.TotalMilliseconds);
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            }
            output.WriteLine($"{builds} {name}: p50 {times.Skip(10).Order().ElementAt(15):0.0} ms, {bytes} bytes");
        }
    }
}

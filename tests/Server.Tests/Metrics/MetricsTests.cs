using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Weir.App.Server.Metrics;

namespace Weir.Server.Tests.Metrics;

public sealed partial class MetricsTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    [Fact]
    public async Task Every_line_is_as_Prometheus_reads_it_and_what_matters_is_there()
    {
        using var client = fixture.Master.Anonymous();
        await client.GetAsync("/api/v2/masters");
        await client.GetAsync("/api/v2/builders/there-is-none");
        await client.GetAsync("/");
        // An event that the reader was there for: it may have begun behind those of the start.
        for (var i = 0; i < 60 && !(await client.GetStringAsync("/metrics")).Contains("weir_events_lag", StringComparison.Ordinal); i++)
        {
            Assert.Equal(HttpStatusCode.Created, (await fixture.Master.Admin().PostJson("/api/v2/workers", $$"""{"name":"measured-{{i}}"}""")).StatusCode);
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        var answer = await client.GetAsync("/metrics");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(Line(), line));
        Assert.Contains("http_server_request_duration_seconds_count{method=\"GET\",route=\"/api/v2/masters\",status_code=\"200\"} 1", text);
        Assert.Contains("route=\"/api/v2/builders/{builder}\",status_code=\"404\"", text);
        Assert.Contains("weir_duty_runs_total{duty=", text);
        Assert.Contains("weir_events_lag_seconds_bucket{le=\"+Inf\"}", text);
        Assert.Contains("dotnet_process_memory_working_set_bytes ", text);
        Assert.Contains("weir_live_pages 0", text);
    }

    [Fact]
    public void However_odd_what_is_measured_there_are_so_many_series_and_no_more()
    {
        using var meter = new Meter("test");
        var series = new MetricSeries(new("test", "odd.count", ["what"]), meter.CreateCounter<long>("odd.count", null, "Odd \\ things\nof two lines."));

        for (var i = 0; i < 5000; i++)
            series.Add(1, [new("what", $"a \"{i}\"\\\n"), new("ignored", i)]);
        var text = new StringBuilder();
        series.Write(text);

        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, MetricSeries.MostSeries, MetricSeries.MostSeries + 3);
        Assert.All(lines, line => Assert.Matches(Line(), line));
        Assert.Contains($"odd_count_total{{what=\"other\"}} {5000 - MetricSeries.MostSeries}", lines);
    }

    [Fact]
    public void A_histogram_counts_each_value_in_every_bucket_that_holds_it()
    {
        using var meter = new Meter("test");
        var series = new MetricSeries(new("test", "time", [], [0.1, 1]), meter.CreateHistogram<double>("time", "s"));

        series.Add(0.05, []);
        series.Add(0.5, []);
        series.Add(5, []);
        var text = new StringBuilder();
        series.Write(text);

        Assert.Contains("time_seconds_bucket{le=\"0.1\"} 1\ntime_seconds_bucket{le=\"1\"} 2\ntime_seconds_bucket{le=\"+Inf\"} 3\ntime_seconds_sum 5.55\ntime_seconds_count 3\n", text.ToString());
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? -?[0-9.eE+-]+)$""")]
    private static partial Regex Line();
}

using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;

namespace Weir.Bench.Cases;

/// <summary>People who watch: from an event in the store to a change in a browser, and a thousand connections on one waterfall.</summary>
internal static class Watching
{
    private const int Viewers = 1000;

    /// <summary>A build is ordered; when does the builder's row of an open page change? From the event's time in the store to the browser's own clock.</summary>
    public static async Task Dom(Bench bench)
    {
        await using var site = await bench.Site("parallel");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium(), Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(site.Address, "/builders").ToString());
        await Task.Delay(2000);
        await page.EvaluateAsync("""
            () => { window.changedAt = 0; new MutationObserver(() => { if (!window.changedAt) window.changedAt = performance.timeOrigin + performance.now(); })
                .observe(document.querySelector('main'), { childList: true, subtree: true, attributes: true, characterData: true }); }
            """);
        var runs = new List<List<double>>();
        for (var r = 0; r < bench.Repeat; r++)
        {
            var found = new List<double>();
            for (var i = 0; i < 30; i++)
            {
                await Task.Delay(400);
                var before = await site.One<long>("SELECT last FROM event_counter");
                await page.EvaluateAsync("() => { window.changedAt = 0; }");
                await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"parallel-w{i % 8}"));
                await site.Idle();
                await page.WaitForFunctionAsync("() => window.changedAt > 0", null, new() { Timeout = 10_000, PollingInterval = 20 });
                var changed = await page.EvaluateAsync<double>("() => window.changedAt");
                found.Add(changed - await site.One<double>("SELECT extract(epoch FROM min(at)) * 1000.0 FROM events WHERE number > @before AND kind IN ('BuildStarted', 'RequestAdded')", ("before", before)));
            }
            runs.Add(found);
        }
        bench.AddLatencies("event_to_dom", runs, 30);
    }

    /// <summary>1,000 connections watch the waterfall; a build is ordered: when has each heard of it, and what does an event cost the master?</summary>
    public static async Task Crowd(Bench bench)
    {
        await using var site = await bench.Site("parallel");
        await site.Http.Get("/waterfall");
        await Task.Delay(3000);
        var before = Machine.Memory(site.Master.Id, "VmRSS");
        var viewers = Enumerable.Range(0, Viewers).Select(_ => new LightHub()).ToArray();
        var heard = new long[Viewers];
        var address = new UriBuilder(site.Address) { Scheme = "ws", Path = "/hubs/browser" }.Uri;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(viewers.Select(async (viewer, i) =>
        {
            viewer.Heard = (type, _) =>
            {
                if (type == 1)
                    Interlocked.CompareExchange(ref heard[i], Stopwatch.GetTimestamp(), 0);
            };
            await viewer.Connect(address, Site.Token);
            await viewer.Invoke("join", "Join", "waterfall", long.MaxValue / 4);
        }));
        bench.Results.Add("viewers_1000_connected_after", "s", [Stopwatch.GetElapsedTime(began).TotalSeconds], Viewers);
        await Task.Delay(4000);
        bench.Results.Add("master_rss_per_viewer", "KiB", [(Machine.Memory(site.Master.Id, "VmRSS") - before) / Viewers], Viewers);
        List<double> first = [], last = [], cpu = [], reached = [];
        for (var r = 0; r < bench.Repeat * 5; r++)
        {
            Array.Clear(heard);
            var used = site.Cpu().Master;
            var at = Stopwatch.GetTimestamp();
            await site.Http.Force(string.Create(CultureInfo.InvariantCulture, $"parallel-w{r % 8}"));
            await site.Idle();
            await Task.Delay(2500);
            var times = heard.Where(h => h > 0).Select(h => Stopwatch.GetElapsedTime(at, h).TotalMilliseconds).ToArray();
            reached.Add(times.Length);
            first.Add(times.DefaultIfEmpty(double.NaN).Min());
            last.Add(times.DefaultIfEmpty(double.NaN).Max());
            cpu.Add((site.Cpu().Master - used) * 1000);
        }
        foreach (var viewer in viewers)
            await viewer.DisposeAsync();
        bench.Results.Add("viewers_1000_heard", "viewers", reached, Viewers);
        bench.Results.Add("viewers_1000_first_heard_after", "ms", first, Viewers);
        bench.Results.Add("viewers_1000_last_heard_after", "ms", last, Viewers);
        bench.Results.Add("viewers_1000_master_cpu_per_build", "ms", cpu, Viewers);
    }

    private static readonly string[] Browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static string Chromium() => Browsers.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("There is no Chromium on this machine.");
}

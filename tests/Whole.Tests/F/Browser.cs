using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Weir.Whole.Tests.F;

/// <summary>Chromium, and pages that report what went wrong in them: script errors, failed requests, requests to other hosts.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? playwright;
    private IBrowser? chromium;

    private static string Executable => new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser" }.FirstOrDefault(File.Exists) ?? "";

    /// <summary>Says why not, where a machine has no Chromium (only root may install it).</summary>
    public static void MustBeThere() => Assert.SkipWhen(Executable.Length == 0, "Chromium is not installed (as root: apt-get install chromium).");

    public async ValueTask InitializeAsync()
    {
        if (Executable.Length == 0)
            return;
        playwright = await Playwright.CreateAsync();
        chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable, Headless = true, Args = Arguments });
    }

    /// <summary>A tab with its complaints.</summary>
    public sealed record Tab(IPage Page, ConcurrentQueue<string> Complaints) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
    }

    public async Task<Tab> Open(string url, int width = 1280, int height = 900, bool dark = false, bool script = true, string? init = null)
    {
        var context = await chromium!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            JavaScriptEnabled = script,
            Locale = "en-GB",
        });
        if (init is not null)
            await context.AddInitScriptAsync(init);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(30_000);
        // The first page of a server that has just started is compiled while it is waited for.
        page.SetDefaultNavigationTimeout(60_000);
        var complaints = new ConcurrentQueue<string>();
        var host = new Uri(url).Authority;
        page.Console += (_, m) =>
        {
            if (m.Type is "error" or "warning")
                complaints.Enqueue($"console {m.Type}: {m.Text} ({m.Location})");
        };
        page.PageError += (_, e) => complaints.Enqueue("script error: " + e);
        page.Request += (_, r) =>
        {
            if (new Uri(r.Url) is { Scheme: "http" or "https" } to && to.Authority != host)
                complaints.Enqueue("request to another host: " + r.Url);
        };
        await page.GotoAsync(url);
        return new(page, complaints);
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        playwright?.Dispose();
    }

    /// <summary>The root of the checkout, found from the test's own place.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Weir.slnx")))
                folder = folder.Parent;
            return folder?.FullName ?? throw new InvalidOperationException("The root of the checkout was not found.");
        }
    }
}

using System.IO.Compression;
using System.Text.Json;
using Microsoft.Playwright;
using Weir.Shared.Builds;

namespace Weir.Whole.Tests.F;

/// <summary>F1 with five hundred builders: the first paint, scrolling back, jumping, zooming, the wall, and that what came live is what a fresh page shows.</summary>
[Trait("Category", "Slow")]
public sealed class WaterfallTests(BigSite site) : IClassFixture<BigSite>
{
    private const string Elements = "() => document.querySelectorAll('*').length";

    // What a page shows, in words that can be compared. What only depends on how late it is (the height of what runs) is left out.
    private const string Seen = """
        () => {
          const lines = [], put = (kind, rest) => lines.push(kind + ' ' + rest.map(r => r ?? '').join('|'));
          for (const e of document.querySelectorAll('.wf-heads > .wf-head')) put('head', [e.outerHTML]);
          for (const e of document.querySelectorAll('.wf-waits > .wf-wait')) put('wait', [e.outerHTML]);
          for (const b of document.querySelectorAll('.wf-chunk.live .wf-block')) {
            const runs = b.classList.contains('runs'), shown = !b.hidden;
            put('block', [b.dataset.b, b.parentElement.dataset.c, shown, b.dataset.s, b.dataset.e, b.dataset.rank, b.dataset.bands, shown && b.getAttribute('aria-label'), shown && b.dataset.members,
              shown && b.style.getPropertyValue('--y'), shown && b.style.getPropertyValue('--lane'), shown && b.style.getPropertyValue('--lanes'), shown && !runs && b.style.getPropertyValue('--h'), shown && (runs ? 'runs' : b.className)]);
          }
          for (const c of document.querySelectorAll('.wf-chunk.live .wf-cell')) put('cell', [c.parentElement.dataset.c, c.dataset.slot, c.textContent, c.className]);
          for (const c of document.querySelectorAll('.wf-chunk.live .wf-change')) put('change', [c.id, c.hidden, c.dataset.more, c.hidden || c.style.getPropertyValue('--y')]);
          return lines.sort();
        }
        """;

    [Theory]
    [InlineData("/waterfall")]
    [InlineData("/waterfall?fold=-&z=2")]
    [InlineData("/waterfall?z=0.125")]
    public async Task The_first_screen_of_five_hundred_builders_is_small(string path)
    {
        Browser.MustBeThere();
        using var http = new HttpClient(new HttpClientHandler { AutomaticDecompression = System.Net.DecompressionMethods.None }) { BaseAddress = new Uri(site.Ui.Url) };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        var bytes = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Contains("gzip", answer.Content.Headers.ContentEncoding);
        Assert.InRange(bytes.Length, 1000, 150 * 1024);
        await using var html = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        Assert.Contains("wf-chunk", await new StreamReader(html).ReadToEndAsync(TestContext.Current.CancellationToken));

        await using var tab = await site.Browser.Open(site.Ui.Url + path);
        Assert.InRange(await tab.Page.EvaluateAsync<int>(Elements), 100, 15_000);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task One_scrolls_back_without_end_and_the_page_stays_small()
    {
        Browser.MustBeThere();
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?fold=-&z=16");
        for (var chunk = 2; chunk <= 12; chunk++)
        {
            await tab.Page.EvaluateAsync("() => { const s = document.querySelector('.wf-scroll'); s.scrollTop = s.scrollHeight; }");
            await tab.Page.WaitForFunctionAsync("n => document.querySelectorAll('.wf-chunk').length >= n", chunk);
        }
        await tab.Page.WaitForFunctionAsync("() => { const s = document.querySelector('.wf-scroll').getBoundingClientRect(); return [...document.querySelectorAll('.wf-block')].some(b => { const r = b.getBoundingClientRect(); return r.bottom > s.top && r.top < s.bottom && r.height > 0; }); }");
        Assert.InRange(await tab.Page.EvaluateAsync<int>(Elements), 1000, 15_000);
        // Chunks leave no gap, and what is far away is empty.
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => { const c = [...document.querySelectorAll('.wf-chunk')]; return c.every((e, i) => i === 0 || e.dataset.to === c[i - 1].dataset.from) && c.some(e => e.dataset.empty !== undefined); }"));

        // To the right other columns come, and back at the top those that were let go are there again.
        await tab.Page.EvaluateAsync("() => { document.querySelector('.wf-scroll').scrollLeft = 300 * 44; }");
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('.wf-col[data-c=\"300\"] .wf-block').length > 0");
        await tab.Page.EvaluateAsync("() => { const s = document.querySelector('.wf-scroll'); s.scrollLeft = 0; s.scrollTop = 0; }");
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('.wf-chunk.live .wf-block').length > 0");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task No_two_blocks_of_a_column_overlap()
    {
        Browser.MustBeThere();
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?project=project-3&z=4");
        await tab.Page.EvaluateAsync("() => { const s = document.querySelector('.wf-scroll'); s.scrollTop = s.scrollHeight; }");
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('.wf-chunk').length > 1");

        var overlaps = await tab.Page.EvaluateAsync<string[]>("""
            () => {
              const columns = new Map();
              for (const b of document.querySelectorAll('.wf-block:not([hidden])')) { const c = b.parentElement.dataset.c; columns.set(c, [...(columns.get(c) ?? []), [b, b.getBoundingClientRect()]]); }
              const wrong = [];
              for (const blocks of columns.values()) for (const [a, ra] of blocks) for (const [b, rb] of blocks)
                if (a !== b && ra.left < rb.right - 0.5 && rb.left < ra.right - 0.5 && ra.top < rb.bottom - 0.5 && rb.top < ra.bottom - 0.5) wrong.push(`${a.outerHTML.slice(0, 160)} over ${b.outerHTML.slice(0, 160)}`);
              return wrong.slice(0, 3);
            }
            """);

        Assert.Empty(overlaps);
    }

    [Fact]
    public async Task Jumping_zooming_and_filtering_are_addresses()
    {
        Browser.MustBeThere();
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?project=project-3");
        var page = tab.Page;
        await page.WaitForURLAsync("**z=*");
        await page.Locator("body").PressAsync("t");
        await page.EvaluateAsync("() => { const at = new Date(Date.now() - 10 * 3600e3), local = new Date(at - at.getTimezoneOffset() * 60e3).toISOString().slice(0, 16); document.getElementById('waterfall-to').value = local; window.wanted = +new Date(local); }");
        var wanted = await page.EvaluateAsync<long>("() => window.wanted");
        Assert.Equal("waterfall-to", await page.EvaluateAsync<string>("() => document.activeElement.id"));
        await page.EvaluateAsync("() => document.querySelector('[data-jump]').requestSubmit()");
        await page.WaitForURLAsync("**to=*");
        await page.WaitForFunctionAsync("at => +document.querySelector('.wf-chunk').dataset.to === at", wanted);
        Assert.Contains("project=project-3", page.Url);

        var zoom = await page.EvaluateAsync<double>("() => +document.querySelector('weir-waterfall').dataset.zoom");
        await page.Locator(".wf-scroll").PressAsync("+");
        await page.WaitForFunctionAsync("z => +document.querySelector('weir-waterfall').dataset.zoom === 2 * z", zoom);
        await page.ReloadAsync();
        Assert.Equal(25, await page.Locator(".wf-heads > .wf-head[data-builder]").CountAsync());
        Assert.Equal(2 * zoom, await page.EvaluateAsync<double>("() => +document.querySelector('weir-waterfall').dataset.zoom"));
        await page.Locator(".wf-scroll").HoverAsync();
        await page.Keyboard.DownAsync("Control");
        await page.Mouse.WheelAsync(0, 100);
        await page.Keyboard.UpAsync("Control");
        await page.WaitForFunctionAsync("z => +document.querySelector('weir-waterfall').dataset.zoom === z", zoom);

        await page.SelectOptionAsync("#choice-result", "red");
        await page.WaitForURLAsync("**result=red*");
        Assert.All(await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.wf-heads > .wf-head[data-builder]')].map(e => e.dataset.is)"), s => Assert.Contains("failure", s));
        await page.Locator("[data-key=n]").ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("to=", StringComparison.Ordinal));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Blocks_are_reached_by_keyboard_and_tell_more_in_a_card()
    {
        Browser.MustBeThere();
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?project=project-5&z=8");
        var page = tab.Page;
        Assert.Equal(1, await page.Locator(".wf-block[tabindex='0']").CountAsync());
        await page.Locator(".wf-scroll").FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.WaitForFunctionAsync("() => document.activeElement.classList.contains('wf-block')");
        var column = await page.EvaluateAsync<int>("() => +document.activeElement.parentElement.dataset.c");
        await page.Keyboard.PressAsync("ArrowRight");
        Assert.True(await page.EvaluateAsync<int>("() => +document.activeElement.parentElement.dataset.c") > column);
        await page.Keyboard.PressAsync("ArrowDown");
        await page.WaitForSelectorAsync("#wf-card:not([hidden]) .wf-card-body");
        Assert.Contains("#", await page.InnerTextAsync("#wf-card"));
        await page.Keyboard.PressAsync("Escape");
        Assert.True(await page.Locator("#wf-card").IsHiddenAsync());
        await page.Keyboard.PressAsync("[");
        var target = await page.EvaluateAsync<string>("() => document.activeElement.pathname");
        Assert.Equal(1, await page.Locator(".wf-block[tabindex='0']").CountAsync());
        await page.EvaluateAsync("() => document.activeElement.classList.remove('cluster')");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**" + target);
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData("/waterfall?project=project-7&z=8", "project-7")]
    [InlineData("/waterfall?z=4", "project-8")]
    [InlineData("/waterfall?builders=builder-1*&fold=project-10,project-11,project-12&z=2", "project-12")]
    public async Task What_came_live_is_what_a_fresh_page_shows(string path, string project)
    {
        Browser.MustBeThere();
        var builders = await site.Builders(project);
        await using var live = await site.Browser.Open(site.Ui.Url + path);
        await live.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        for (var i = 0; i < 60; i++)
            await site.Happen(builders);
        var last = await site.Begin(builders[0]);
        await site.End(last, builders[0], BuildResult.Exception);
        await site.Weir.Until(async () => await site.Weir.Sql<long>("SELECT count(*) FROM event_outbox") == 0 ? 1L : (long?)null, "the events to be numbered");

        string[] different = [];
        await Installation.Eventually(async () =>
        {
            await using var fresh = await site.Browser.Open(site.Ui.Url + path);
            var expected = await Settled(fresh.Page);
            var seen = await live.Page.EvaluateAsync<string[]>(Seen);
            different = [.. seen.Except(expected).Select(l => "live  " + l), .. expected.Except(seen).Select(l => "fresh " + l)];
            Assert.Empty(fresh.Complaints);
            return different.Length == 0;
        }, "the live page to equal a fresh one", () => string.Join('\n', different.Take(8)), 30);

        Assert.True(await live.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        Assert.Empty(live.Complaints);
    }

    [Fact]
    public async Task What_one_reads_stays_where_it_is_when_new_builds_come()
    {
        Browser.MustBeThere();
        var builders = await site.Builders("project-9");
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?project=project-9&z=16");
        await tab.Page.EvaluateAsync("() => { document.querySelector('.wf-scroll').scrollTop = 500; }");
        await Settled(tab.Page);
        const string place = "id => document.querySelector(`[data-b='${id}']:not([hidden])`).getBoundingClientRect().bottom";
        var block = await tab.Page.EvaluateAsync<long>("() => { const s = document.querySelector('.wf-scroll').getBoundingClientRect(); return +[...document.querySelectorAll('.wf-block[data-e]:not([hidden], .runs, .cluster)')].find(b => { const r = b.getBoundingClientRect(); return r.top > s.top + 150 && r.bottom < s.bottom - 20; }).dataset.b; }");
        var before = await tab.Page.EvaluateAsync<double>(place, block);

        var build = 0L;
        for (var i = 0; i < 5; i++)
            build = await site.Begin(builders[i]);

        await tab.Page.WaitForFunctionAsync("id => document.querySelector(`[data-b='${id}']`) !== null", build);
        await tab.Page.WaitForFunctionAsync("() => document.querySelector('.wf-new').textContent.includes('5 new')");
        Assert.Equal(before, await tab.Page.EvaluateAsync<double>(place, block), 1.0);
        await tab.Page.Locator(".wf-new").ClickAsync();
        await tab.Page.WaitForFunctionAsync("() => document.querySelector('.wf-scroll').scrollTop <= 4");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_wall_has_no_chrome_a_clock_and_only_what_needs_somebody()
    {
        Browser.MustBeThere();
        await using var tab = await site.Browser.Open(site.Ui.Url + "/waterfall?wall=1&project=project-3", 1920, 1080);
        var page = tab.Page;
        Assert.True(await page.Locator("header.top").IsHiddenAsync());
        Assert.Contains("red", await page.InnerTextAsync(".wf-wall"));
        Assert.Matches("^[0-9]{2}:[0-9]{2}$", await page.InnerTextAsync("[data-wall-clock]"));
        Assert.All(await page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('.wf-heads > .wf-head[data-builder]')].map(e => e.dataset.is)"), s => Assert.Matches("failure|exception|running|waiting", s));
        await page.WaitForFunctionAsync("() => document.documentElement.classList.contains('wf-still')", null, new() { Timeout = 15_000 });
        Assert.True(await page.EvaluateAsync<double>("() => parseFloat(getComputedStyle(document.querySelector('.wf-name')).fontSize)") >= 18);
        Assert.Empty(tab.Complaints);
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public async Task It_can_be_looked_at_and_axe_finds_nothing(int width, bool dark)
    {
        Browser.MustBeThere();
        var shots = Directory.CreateDirectory(Path.Combine(Browser.Root, "artifacts", "screenshots")).FullName;
        var axe = await File.ReadAllTextAsync(Path.Combine(Browser.Root, "App.Client", "ts", "node_modules", "axe-core", "axe.min.js"), TestContext.Current.CancellationToken);
        var wrong = new List<string>();
        foreach (var (name, path) in new[] { ("folded", "/waterfall"), ("project", "/waterfall?project=project-3"), ("wide", "/waterfall?fold=-&z=2"), ("close", "/waterfall?builders=builder-1?&z=32"), ("weeks", "/waterfall?z=0.25"), ("wall", "/waterfall?wall=1&project=project-3"), ("table", "/waterfall/table?project=project-3") })
        {
            await using var tab = await site.Browser.Open(site.Ui.Url + path, width, dark: dark);
            if (name == "project")
            {
                await tab.Page.Locator(".wf-block:not(.runs):visible").First.FocusAsync();
                await tab.Page.WaitForSelectorAsync("#wf-card:not([hidden])");
            }
            await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(shots, $"waterfall-{name}-{width}-{(dark ? "dark" : "light")}.png"), Timeout = 120_000 });
            if (await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") > 0)
                wrong.Add($"{name}: the page scrolls sideways at {width} px");
            // Before axe comes, which complains of the page's policy itself.
            wrong.AddRange(tab.Complaints.Select(c => $"{name}: {c}"));
            await tab.Page.EvaluateAsync(axe);
            var found = await tab.Page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })).violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | '))");
            wrong.AddRange(found.EnumerateArray().Select(v => $"{name}: {v.GetString()}"));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
    }

    /// <summary>What the page shows once its tiles are there and it was laid out.</summary>
    private static async Task<string[]> Settled(IPage page)
    {
        string[] seen = [], before;
        do
        {
            before = seen;
            await page.WaitForTimeoutAsync(300);
            seen = await page.EvaluateAsync<string[]>(Seen);
        }
        while (!seen.SequenceEqual(before));
        return seen;
    }
}

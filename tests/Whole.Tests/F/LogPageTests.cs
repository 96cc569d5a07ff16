using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Weir.Shared.Logs;
using Weir.Support;

namespace Weir.Whole.Tests.F;

/// <summary>F3: logs follow live, carry colours, can be searched, linked to by line, and stay fast at 10 million lines.</summary>
public sealed class LogPageTests(LogFixture fixture, ITestOutputHelper output) : IClassFixture<LogFixture>
{
    // Of every row in view: its number, and what its text says; a place that is not filled yet is null.
    private const string Seen = """
        () => { const log = document.getElementById('log'), frame = log.getBoundingClientRect();
          return [...log.querySelectorAll('.ln')].filter(r => { const b = r.getBoundingClientRect(); return b.bottom > frame.top + 1 && b.top < frame.bottom - 1; })
            .map(r => r.classList.contains('wait') ? null : [+r.querySelector('.no').dataset.n, r.querySelector('.tx').textContent]); }
        """;
    private const string Filled = $"() => {{ const rows = ({Seen})(); return rows.length > 0 && rows.every(r => r) && {{ first: rows[0][0], last: rows[rows.length - 1][0], wrong: rows.filter(r => /^\\[/.test(r[1]) && !r[1].startsWith('[' + (r[0] - 1) + ']')).map(r => r.join(': ')) }}; }}";

    private sealed record View(long First, long Last, string[] Wrong);

    [Fact]
    [Trait("Category", "Slow")]
    public Task A_log_of_a_million_lines_is_there_at_once_and_everywhere() => IsFast(1_000_000, seconds: 5);

    [Fact]
    [Trait("Category", "Slow")]
    public Task A_log_of_ten_million_lines_is_there_at_once_and_everywhere() => IsFast(10_000_000, seconds: 60);

    private async Task IsFast(long lines, int seconds)
    {
        Browser.MustBeThere();
        var log = await fixture.Log(lines);
        var target = lines * 7654321 / 10_000_000;
        foreach (var (name, address, holds) in new[] { ("start", "", 1L), ("end", "?tail=true", lines), ("line", FormattableString.Invariant($"?line={target}#L{target}"), target) })
        {
            await using var opened = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}{address}");
            var there = await Settled(opened.Page);
            var paint = await opened.Page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime");
            output.WriteLine($"{lines:#,0} lines, at the {name}: first paint after {paint:0} ms");
            Assert.InRange(holds, there.First, there.Last);
            Assert.Empty(opened.Complaints);
        }

        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}");
        var page = tab.Page;
        await Settled(page);
        await page.EvaluateAsync("() => { window.longest = 0; new PerformanceObserver(l => { for (const e of l.getEntries()) window.longest = Math.max(window.longest, e.duration); }).observe({ entryTypes: ['longtask'] }); }");
        var random = new Random(5);
        var jumps = new List<double>();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds || jumps.Count < 10)
        {
            var share = random.NextDouble();
            var began = await page.EvaluateAsync<double>("share => { const log = document.getElementById('log'); log.scrollTop = share * (log.scrollHeight - log.clientHeight); return performance.now(); }", share);
            var view = await Settled(page);
            jumps.Add(await page.EvaluateAsync<double>("() => performance.now()") - began);
            Assert.Empty(view.Wrong);
            Assert.InRange(view.First, (share - 0.1) * lines, (share + 0.1) * lines);
        }
        jumps.Sort();
        var heap = await page.EvaluateAsync<double>("() => performance.memory.usedJSHeapSize / 1e6");
        var elements = await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length");
        var longest = await page.EvaluateAsync<double>("() => window.longest");
        output.WriteLine($"{jumps.Count} jumps: p50 {jumps[jumps.Count / 2]:0} ms, p95 {jumps[jumps.Count * 95 / 100]:0} ms, longest task {longest:0} ms, heap {heap:0} MB, {elements} elements");
        Assert.True(heap < 80, $"The page holds {heap:0} MB.");
        Assert.True(elements < 6000, $"The page holds {elements} elements.");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Keys_move_by_lines_and_pages_to_both_ends_and_by_true_steps()
    {
        Browser.MustBeThere();
        var log = await fixture.Log(600_000);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}");
        var page = tab.Page;
        var start = await Settled(page);
        Assert.Equal(1, start.First);
        await page.Keyboard.PressAsync("PageDown");
        Assert.InRange((await Settled(page)).First, start.Last - 3, start.Last + 1);
        await page.Keyboard.PressAsync("End");
        Assert.Equal(600_000, (await Settled(page)).Last);
        await page.Keyboard.PressAsync("PageUp");
        var above = await Settled(page);
        Assert.True(above.Last is < 600_000 and > 599_900, above.ToString());
        await page.Keyboard.PressAsync("k");
        Assert.Equal(above.First - 1, (await Settled(page)).First);
        await page.Keyboard.PressAsync("j");
        Assert.Equal(above.First, (await Settled(page)).First);
        await page.Keyboard.PressAsync("Home");
        Assert.Equal(1, (await Settled(page)).First);

        // In the middle of a track that is shorter than its rows, a wheel's pixel is a row's pixel.
        await page.GotoAsync($"{fixture.Ui.Url}/logs/{log}?line=300000");
        var middle = await Settled(page);
        await page.Locator("#log").HoverAsync();
        for (var n = 0; n < 30; n++)
            await page.Mouse.WheelAsync(0, 200);
        await page.WaitForTimeoutAsync(600);
        var down = await Settled(page);
        Assert.InRange(down.First, middle.First + 290, middle.First + 310);
        Assert.Empty(down.Wrong);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_range_is_picked_by_shift_click_linked_to_and_copied_without_numbers()
    {
        Browser.MustBeThere();
        var log = await fixture.Log(5000);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}#L3120-L3140");
        var page = tab.Page;
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.WaitForSelectorAsync("#L3120.picked");
        Assert.Equal(21, await page.Locator("#log .picked").CountAsync());
        await page.Locator("#L3125 .no").ClickAsync();
        await page.Locator("#L3127 .no").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        Assert.EndsWith("?line=3125#L3125-L3127", page.Url);
        await page.Locator("[data-log-copy]").ClickAsync();
        await page.GetByText("Copied").WaitForAsync();
        Assert.Equal(string.Concat(Enumerable.Range(3124, 3).Select(n => BigLog.Text(n) + "\n")), await page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await page.Locator("#log .picked").CountAsync());
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task It_follows_at_the_end_only_and_says_what_came_meanwhile()
    {
        Browser.MustBeThere();
        var log = await fixture.NewLog();
        await Grow(log, 300);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}");
        var page = tab.Page;
        Assert.Equal(300, (await Settled(page)).Last);
        await page.WaitForFunctionAsync("() => document.querySelector('[data-log-follow]').textContent.includes('Following')");
        await Grow(log, 50);
        await page.WaitForFunctionAsync($"() => (({Filled})() || {{}}).last === 350");

        await page.Locator("#log").HoverAsync();
        await page.Mouse.WheelAsync(0, -40);
        await page.WaitForFunctionAsync("() => document.querySelector('[data-log-follow]').getAttribute('aria-pressed') === 'false'");
        await page.WaitForTimeoutAsync(300);
        var held = await Settled(page);
        await Grow(log, 1204);
        await page.GetByText("Follow: 1,204 new").WaitForAsync();
        Assert.Equal(held.First, (await Settled(page)).First);
        await page.Keyboard.PressAsync("End");
        await page.WaitForFunctionAsync($"() => (({Filled})() || {{}}).last === 1554");
        await page.GetByText("Following").WaitForAsync();
        await page.Locator("[data-log-follow]").ClickAsync();
        await Grow(log, 10);
        await page.GetByText("Follow: 10 new").WaitForAsync();
        await page.Locator("[data-log-follow]").ClickAsync();
        await page.WaitForFunctionAsync($"() => (({Filled})() || {{}}).last === 1564");
        await fixture.Complete(log);
        await page.WaitForFunctionAsync("() => document.querySelector('[data-log-follow]').hidden");
        Assert.Equal("1,564", await page.InnerTextAsync("[data-log-lines]"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Search_counts_all_hits_of_the_whole_log_steps_through_them_and_says_what_is_wrong()
    {
        Browser.MustBeThere();
        var log = await fixture.Log(200_000);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}");
        var page = tab.Page;
        await Settled(page);
        await page.Keyboard.PressAsync("Control+f");
        await page.Keyboard.TypeAsync("NO SUCH RIVET");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("1 of 20 hits").WaitForAsync();
        Assert.Equal(1, await page.Locator("#L2501.hit").CountAsync());
        Assert.Equal(1, await page.EvaluateAsync<int>("() => CSS.highlights.get('log-hit-now').size"));
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("2 of 20 hits").WaitForAsync();
        await page.WaitForSelectorAsync("#L12501.hit");
        await page.Keyboard.PressAsync("Shift+Enter");
        await page.GetByText("1 of 20 hits").WaitForAsync();
        Assert.Contains("q=NO+SUCH+RIVET", page.Url);
        await page.FillAsync("#log-q", "module_(");
        await page.Locator("[aria-label='Regular expression']").CheckAsync();
        await page.GetByText("Not a regular expression").WaitForAsync();
        await page.FillAsync("#log-q", "module_9[0-6]\\.c");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("hits, the first 10,000 listed").WaitForAsync();
        var wanted = Enumerable.Range(0, 200_000).Count(n => n % 97 >= 90 && n % 10_000 is not (1000 or 2000));
        await page.GetByText(wanted.ToString("#,0", CultureInfo.InvariantCulture)).WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal("", await page.InputValueAsync("#log-q"));
        // The answer to the wrong expression is a 400, which the browser writes down.
        Assert.Single(tab.Complaints);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Groups_fold_with_their_lines_and_time_and_open_for_a_line_that_is_asked_for()
    {
        Browser.MustBeThere();
        var log = await fixture.Log(200_000);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}?line=1001#L1001");
        var page = tab.Page;
        await page.WaitForSelectorAsync("#L1001 .group-fold[aria-expanded=false]");
        Assert.Equal("1,000 lines, 100 ms", await page.InnerTextAsync("#L1001 .told"));
        Assert.Equal("Part 0", await page.EvaluateAsync<string>("() => document.querySelector('#L1001 .tx').innerText"));
        Assert.Equal(1, await page.EvaluateAsync<int>("() => document.querySelector('#L1001').nextElementSibling.id === 'L2002' ? 1 : 0"));
        await page.Locator("#L1001 .group-fold").ClickAsync();
        await page.WaitForSelectorAsync("#L1002");
        await page.Locator("[data-log-folds]").ClickAsync();
        await page.WaitForSelectorAsync("#L1002");
        await page.Locator("[data-log-folds]").ClickAsync();
        await page.WaitForSelectorAsync("#L1002", new() { State = WaitForSelectorState.Detached });
        await page.EvaluateAsync("() => { location.hash = '#L151500'; }");
        await page.WaitForSelectorAsync("#L151500.picked");
        await page.Keyboard.PressAsync("e");
        await page.WaitForSelectorAsync("#L152501.picked");
        Assert.Empty((await Settled(page)).Wrong);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Long_lines_open_wrapped_lines_and_times_leave_the_place_as_it_is()
    {
        Browser.MustBeThere();
        var log = await fixture.NewLog();
        await fixture.Rows.Append(log, Enumerable.Range(0, 20).Select(c => Enumerable.Range(0, 100).Select(n => Rows.Line($"[{(c * 100) + n}] " + new string('x', n % 7 * 300), at: c * 1000)).ToArray()));
        await fixture.Rows.Append(log, [[Rows.Line("[2000] " + new string('y', 60_000))]]);
        await fixture.Complete(log);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}?line=1000", 900);
        var page = tab.Page;
        var before = await Settled(page);
        await page.Keyboard.PressAsync("w");
        var wrapped = await Settled(page);
        Assert.Equal(before.First, wrapped.First);
        Assert.True(wrapped.Last < before.Last);
        await page.Keyboard.PressAsync("End");
        Assert.Equal(2001, (await Settled(page)).Last);
        await page.Keyboard.PressAsync("Home");
        Assert.Equal(1, (await Settled(page)).First);
        await page.Keyboard.PressAsync("w");
        await page.Keyboard.PressAsync("End");
        await page.Locator("#L2001 a.more").ClickAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('#L2001 .tx').textContent.length > 60000");
        await page.Keyboard.PressAsync("t");
        Assert.Equal("0:19.0", await page.GetAttributeAsync("#L2000", "data-t"));
        await page.Keyboard.PressAsync("t");
        Assert.Matches("^[0-9]{2}:[0-9]{2}:[0-9]{2}", await page.GetAttributeAsync("#L2000", "data-t"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task It_is_read_searched_and_paged_without_script()
    {
        Browser.MustBeThere();
        var log = await fixture.Log(20_000);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}?line=12000", script: false);
        var page = tab.Page;
        Assert.Contains(BigLog.Text(11_999), await page.InnerTextAsync("#L12000"));
        await page.GetByText("Next").First.ClickAsync();
        Assert.Contains(BigLog.Text(12_003), await page.InnerTextAsync("#L12004"));
        await page.FillAsync("#log-q", "such rivet");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await page.Locator(".hits a").First.ClickAsync();
        Assert.Contains("no such rivet", await page.InnerTextAsync("#L2501"));
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public async Task Pictures_of_a_log_with_everything_in_it(int width, bool dark)
    {
        Browser.MustBeThere();
        var log = await fixture.NewLog("hull");
        string[] text =
        [
            "make -j2 hull", "::group::Fetch the plates", "plate 1", "plate 2", "::endgroup::", "\x1b[1;32mgcc\x1b[0m -c \x1b[4msrc/hull.c\x1b[0m", "src/hull.c:12:5: \x1b[1;35mwarning:\x1b[0m unused rivet", "##[warning]thin plate in row 3",
            "\x1b[41m FAIL \x1b[0m \x1b[38;5;208mtest_keel\x1b[0m", "##[error]no such rivet: 7", "::group::Details of the keel", "##[error]keel is bent", "::endgroup::", "a long line " + new string('=', 6000), "10 %\r 50 %\r100 % done", "see \x1b]8;;https://example.org\x1b\\the manual\x1b]8;;\x1b\\",
        ];
        await fixture.Rows.Append(log, [[Rows.Line("$ make hull", LogStream.Header)], [.. text.Select((t, n) => Rows.Line(t, n % 5 == 3 ? LogStream.Stderr : LogStream.Stdout, at: n * 450))], [.. Enumerable.Range(0, 400).Select(n => Rows.Line(BigLog.Text(n), at: 9000 + n))]]);
        await fixture.Complete(log);
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}?q=rivet#L7-L8", width, dark: dark);
        await tab.Page.GetByText("of 2 hits").WaitForAsync();
        await tab.Page.WaitForSelectorAsync(".group-fold");
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.Locator("[data-log-stamps]").ClickAsync();
        var shots = Directory.CreateDirectory(Path.Combine(Browser.Root, "artifacts", "screenshots")).FullName;
        await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(shots, $"log-rich-{width}-{(dark ? "dark" : "light")}.png") });
        Assert.True(await tab.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth") <= 0);
        Assert.Empty(tab.Complaints);
    }

    private async Task Grow(long log, int lines)
    {
        var have = await fixture.Weir.Sql<long>("SELECT line_count FROM logs WHERE id = @log", new { log });
        await fixture.Rows.Append(log, Enumerable.Range(0, lines).Select(n => Rows.Line(BigLog.Text(have + n))).Chunk(100));
    }

    private static async Task<View> Settled(IPage page)
    {
        await using var view = await page.WaitForFunctionAsync($"() => {{ const a = ({Filled})(); if (!a) return false; const same = JSON.stringify(a) === window.lastView; window.lastView = JSON.stringify(a); return same && a; }}", null, new() { PollingInterval = 30 });
        var json = await view.JsonValueAsync<System.Text.Json.JsonElement>();
        return new(json.GetProperty("first").GetInt64(), json.GetProperty("last").GetInt64(), [.. json.GetProperty("wrong").EnumerateArray().Select(w => w.GetString()!)]);
    }
}

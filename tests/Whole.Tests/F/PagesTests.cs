using Microsoft.Playwright;

namespace Weir.Whole.Tests.F;

/// <summary>F1-F5: every page on a ui-only master, wide and narrow, light and dark, with and without JavaScript.</summary>
[Collection(nameof(PagesFixture))]
public sealed class PagesTests(PagesFixture fixture)
{
    private async Task<string> AnyLog() => $"/logs/{await fixture.Weir.Sql<long>("SELECT id FROM logs WHERE line_count > 3 ORDER BY line_count DESC LIMIT 1")}";

    private async Task<string> AnyBuild(string where = "b.completed_at IS NOT NULL")
    {
        var name = await fixture.Weir.Sql<string>($"SELECT r.name || '/builds/' || b.number FROM builds b JOIN builders r ON r.id = b.builder_id WHERE {where} ORDER BY b.id DESC LIMIT 1");
        return "/builders/" + name;
    }

    private Task<long> LastRevision() => fixture.Weir.Sql<long>("SELECT max(id) FROM config_revisions WHERE model IS NOT NULL");

    // The last failed build beside the one with which it began.
    private Task<string> ComparedBuilds() => fixture.Weir.Sql<string>("""
        SELECT '/builders/' || r.name || '/builds/' || min(b.number) || '/compare/' || max(b.number) FROM builds b JOIN builders r ON r.id = b.builder_id
        WHERE b.completed_at IS NOT NULL GROUP BY r.name ORDER BY count(*) DESC, r.name LIMIT 1
        """);

    private async Task<(string Name, string Path)[]> Pages() =>
    [
        ("home", "/"), ("waterfall", "/waterfall"), ("builders", "/builders"), ("builder", "/builders/hull-linux"), ("build", await AnyBuild()), ("failed-build", await AnyBuild("b.results = 2")),
        ("log", await AnyLog()), ("buildsets", "/buildsets"), ("buildset", $"/buildsets/{await fixture.Weir.Sql<long>("SELECT min(id) FROM buildsets")}"), ("queue", "/queue"), ("locks", "/locks"), ("pauses", "/pauses?what=everything"), ("workers", "/workers"),
        ("worker", "/workers/local"), ("masters", "/masters"), ("changes", "/changes"), ("change", $"/changes/{await fixture.Weir.Sql<long>("SELECT min(id) FROM changes")}"), ("schedulers", "/schedulers"), ("graph", "/graph"), ("graph-part", "/graph?focus=builder%2Fhull-linux"),
        ("configuration", "/configuration"), ("revision", $"/configuration/{await LastRevision()}"), ("compare-revisions", $"/configuration/compare?from={await LastRevision()}&to={await LastRevision() - 1}"),
        ("builders-red", "/builders?q=is:red&sort=red"), ("builders-none", "/builders?q=nothing"), ("builder-failures", "/builders/lint?results=failure"), ("compare-builds", await ComparedBuilds()),
        ("sign-in", "/sign-in"), ("rest", "/rest"), ("force", "/builders/package/force/release"), ("not-found", "/no/such/page"),
    ];

    // Each look takes one to two minutes.
    [Theory]
    [Trait("Category", "Slow")]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public Task Every_page_is_whole(int width, bool dark) => EveryPage(width, dark);

    private async Task EveryPage(int width, bool dark)
    {
        Browser.MustBeThere();
        var wrong = new List<string>();
        foreach (var (name, path) in await Pages())
        {
            await using var tab = await fixture.Browser.Open(fixture.Ui.Url + path, width, dark: dark);
            wrong.AddRange(await Looks.WrongWith(tab, name, width, dark));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
    }

    [Fact]
    public async Task A_commit_becomes_a_block_of_the_waterfall_without_a_reload()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/waterfall", 1280);
        await tab.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        var before = await fixture.Weir.Sql<long>("SELECT coalesce(max(id), 0) FROM builds");

        await Commit("live");

        var build = await fixture.Weir.Until(async () => await fixture.Weir.Sql<long?>("SELECT max(b.id) FROM builds b JOIN builders r ON r.id = b.builder_id WHERE b.id > @before AND r.name = 'hull-linux'", new { before }), "the build of the commit");
        await tab.Page.WaitForSelectorAsync($"[data-b='{build}']", new() { State = WaitForSelectorState.Attached, Timeout = 20_000 });
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task The_graph_shows_a_build_begin_and_is_walked_by_keys()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/graph", 1280);
        await tab.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('[data-graph] a[tabindex=\"0\"]').length === 1");

        await fixture.Weir.Force(fixture.Ui, "soak");

        await tab.Page.WaitForSelectorAsync("[data-node='builder/soak'].is-running", new() { Timeout = 20_000 });
        Assert.Contains("running", await tab.Page.InnerTextAsync("[data-node='builder/soak'] .gn-words"));
        await tab.Page.FocusAsync("[data-node='source/hull-poll'] a");
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("/builders/", await tab.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')"));
        Assert.True(await tab.Page.Locator("[data-graph].tracing [data-node='source/hull-poll'].on-way").CountAsync() == 1);
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task A_running_log_streams_into_the_page()
    {
        Browser.MustBeThere();
        await fixture.Weir.Force(fixture.Ui, "soak");
        var log = await fixture.Weir.Until(async () => await fixture.Weir.Sql<long?>("""
            SELECT l.id FROM logs l JOIN builds b ON b.id = l.build_id JOIN builders r ON r.id = b.builder_id WHERE r.name = 'soak' AND l.completed_at IS NULL AND l.line_count > 20 LIMIT 1
            """), "soak's log to grow");
        await using var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/logs/{log}", 1280);
        const string last = "() => Math.max(0, ...[...document.querySelectorAll('[id^=L]')].map(e => +e.id.slice(1)).filter(n => n))";
        var first = await tab.Page.EvaluateAsync<int>(last);

        await tab.Page.WaitForFunctionAsync($"first => ({last})() > first + 20", first, new() { Timeout = 20_000 });

        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Everything_can_be_read_without_javascript()
    {
        Browser.MustBeThere();
        foreach (var (name, path) in await Pages())
        {
            await using var tab = await fixture.Browser.Open(fixture.Ui.Url + path, 1280, script: false);
            Assert.True((await tab.Page.InnerTextAsync("main")).Length > 10, name);
        }
        await using var waterfall = await fixture.Browser.Open(fixture.Ui.Url + "/waterfall", 1280, script: false);
        Assert.True(await waterfall.Page.Locator("[data-b]").CountAsync() > 0);
    }

    [Fact]
    public async Task Signing_in_and_forcing_work_by_keyboard_and_say_what_is_wrong_at_the_field()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/sign-in?returnTo=/builders/package/force/release");
        var page = tab.Page;
        await page.Locator("main input[name$=ame]").First.FillAsync("admin");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("main [role=alert], main .error, main [aria-invalid=true]");
        await page.Locator("main input[type=password]").FillAsync(Installation.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/force/release");

        await page.Locator("main [name*=version]").FillAsync("not a version");
        // The browser would refuse it by itself; what the server says is wanted here.
        await page.EvaluateAsync("() => document.querySelectorAll('main form').forEach(f => f.noValidate = true)");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("main [aria-invalid=true]");
        Assert.Equal("not a version", await page.Locator("main [name*=version]").InputValueAsync());
        await page.Locator("main [name*=version]").FillAsync("1.2.3");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => !url.Contains("/force/", StringComparison.Ordinal));
        Assert.Equal(1, await fixture.Weir.Sql<long>("SELECT count(*) FROM buildsets WHERE scheduler = 'release'"));
    }

    [Fact]
    public async Task An_old_revision_is_put_back_in_force_from_its_page_and_what_only_a_person_sees_is_whole()
    {
        Browser.MustBeThere();
        var old = await LastRevision() - 1;
        var wrong = new List<string>();
        foreach (var (name, path, width) in new[] { ("restore", $"/configuration/{old}/restore", 400), ("restore", $"/configuration/{old}/restore", 1280), ("things", "/configuration/things/builders", 1280), ("thing", "/configuration/things/builders/hull-linux", 400), ("thing-new", "/configuration/new/workers", 1280), ("home-mine", "/", 400), ("home-mine", "/", 1280) })
        {
            await using var seen = await SignedIn(path, width);
            await seen.Page.Locator("#restore-reason, #my-builds, #thing-name, #thing-q").ScrollIntoViewIfNeededAsync();
            wrong.AddRange(await Looks.WrongWith(seen, name, width, dark: false));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));

        await using var tab = await SignedIn($"/configuration/{old}", 1280);
        await tab.Page.Locator("main a[href$='/restore']").ClickAsync();
        await tab.Page.Locator("#restore-reason").FillAsync("it was calmer");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync(url => !url.Contains("/restore", StringComparison.Ordinal));

        Assert.Contains($"revision {old} restored: it was calmer", await tab.Page.InnerTextAsync("main"));
    }

    private async Task<Browser.Tab> SignedIn(string path, int width)
    {
        var tab = await fixture.Browser.Open($"{fixture.Ui.Url}/sign-in?returnTo={Uri.EscapeDataString(path)}", width);
        await tab.Page.Locator("main input[name$=ame]").First.FillAsync("admin");
        await tab.Page.Locator("main input[type=password]").FillAsync(Installation.Password);
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForURLAsync(fixture.Ui.Url + path);
        return tab;
    }

    private async Task Commit(string text)
    {
        var repository = Path.Combine(fixture.Repositories, "hull");
        await File.AppendAllTextAsync(Path.Combine(repository, "compile"), $"\n# {text}\n");
        await PagesFixture.Run("git", "-C", repository, "-c", "safe.directory=*", "-c", "user.name=Ödön", "-c", "user.email=o@example.org", "commit", "-qam", "Ünnep: " + text);
    }
}

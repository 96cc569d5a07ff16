using System.Text.Json;

namespace Weir.Whole.Tests.F;

/// <summary>The editor of whole texts in a real browser: it completes, explains, complains at the place, and what it holds is what the form sends.</summary>
[Collection(nameof(PagesFixture))]
public sealed class EditorTests(PagesFixture fixture)
{
    private const string Content = "weir-editor .cm-content";

    [Fact]
    public async Task A_text_is_written_with_completion_and_errors_in_place_and_put_in_force()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/sign-in?returnTo=/configuration/text?new=1");
        var page = tab.Page;
        await page.Locator("main input[name$=ame]").First.FillAsync("admin");
        await page.Locator("main input[type=password]").FillAsync(Installation.Password);
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("weir-editor:state(ready)");
        await page.Locator("#text-new-name").FillAsync("extra.yaml");

        await page.Locator(Content).ClickAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.TypeAsync("bui");
        await page.Locator("weir-editor .cm-tooltip-autocomplete li[aria-selected]").WaitForAsync();
        await page.WaitForTimeoutAsync(200);
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.InsertTextAsync("\n  extra:\n    worker: { tags: [linux] }\n    steps: [ { run: echo extra } ]\n");
        // The key that is none is marked, with what was meant.
        await page.Locator("weir-editor .cm-lintRange-error", new() { HasText = "worker" }).First.HoverAsync(new() { Timeout = 20_000 });
        Assert.Contains("Did you mean \"workers\"", await page.Locator("weir-editor .cm-tooltip-lint").First.InnerTextAsync(), StringComparison.Ordinal);

        await page.Locator("weir-editor .cm-line", new() { HasText = "worker:" }).ClickAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Shift+End");
        await page.Keyboard.InsertTextAsync("workers: { tags: [linux] }");
        await page.Locator("weir-editor .cm-lint-marker-error").First.WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached, Timeout = 20_000 });
        await page.Locator("weir-editor .cm-line", new() { HasText = "workers:" }).GetByText("tags").HoverAsync();
        Assert.Contains("all of which a worker must have", await page.Locator("weir-editor .cm-about").InnerTextAsync(), StringComparison.Ordinal);

        await page.Locator("button[value=preview]").ClickAsync();
        await page.WaitForSelectorAsync("#text-preview");
        await page.WaitForSelectorAsync("weir-editor:state(ready)");
        await page.Locator("button[value=save]").ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/text", StringComparison.Ordinal));
        Assert.Contains("extra", await fixture.Weir.Sql<string>("SELECT parts::text FROM config_revisions JOIN config_in_force ON revision_id = id"), StringComparison.Ordinal);
        // A form that is not yet done is answered with 422, and the browser says so.
        Assert.DoesNotContain(tab.Complaints, c => !c.Contains("422", StringComparison.Ordinal));
    }

    // A bar is where the cursor stands.
    private static readonly string[][] Places =
    [
        ["buil|", "", "key", "buil"],
        ["builders:\n  lib:\n    ste|", "builders lib", "key", "ste"],
        ["builders:\n  lib:\n    steps:\n      - ru|", "builders lib steps []", "key", "ru"],
        ["builders:\n  lib:\n    steps:\n    - run: make\n      tim|", "builders lib steps []", "key", "tim"],
        ["builders:\n  lib:\n    steps:\n      - run: |\n          a\n          b|", "builders lib steps [] run", "value", ""],
        ["builders:\n  lib:\n    steps:\n      - git: { codebase: li|", "builders lib steps [] git codebase", "value", "li"],
        ["builders:\n  lib: { project: x, workers: { ta| } }", "builders lib workers", "key", "ta"],
        ["schedulers:\n  on: { type: force, builders: [a, b| ] }", "schedulers on builders []", "value", "b"],
        ["schedulers:\n  on: { type: force,\n    builders: [a],\n    la|\n  }", "schedulers on", "key", "la"],
        ["schedulers:\n  on:\n    changes:\n      codebase: li|", "schedulers on changes codebase", "value", "li"],
        ["a: 'x: {'\nb|", "", "key", "b"],
        ["# { [\nb|", "", "key", "b"],
        ["builders:\n  lib:\n    env: { A: '${{ x }}', B| }", "builders lib env", "key", "B"],
        ["builders:\n  a:\n    steps: []\n  b|", "builders", "key", "b"],
        ["builders:\n  a:\n    steps:\n      - run: x\n\n  |", "builders", "key", ""],
    ];

    [Fact]
    public async Task The_place_of_the_cursor_is_told_from_unfinished_text()
    {
        Browser.MustBeThere();
        await using var tab = await fixture.Browser.Open(fixture.Ui.Url + "/rest");
        foreach (var place in Places)
        {
            var found = await tab.Page.EvaluateAsync<JsonElement>("""
                async ([text]) => {
                  const { placeAt } = await import("/_content/App.Client/js/editor.js");
                  const at = text.lastIndexOf("|"), place = placeAt(text.slice(0, at) + text.slice(at + 1), at);
                  return [place.path.join(" "), place.wants, place.typed];
                }
                """, place);
            Assert.Equal([place[0], .. place[1..]], [place[0], .. found.EnumerateArray().Select(e => e.GetString()!)]);
        }
    }
}

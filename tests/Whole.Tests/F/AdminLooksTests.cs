using System.Net.Http.Json;
using Microsoft.Playwright;

namespace Weir.Whole.Tests.F;

/// <summary>What only those see who may configure, in all its states: the graph, the editor, secrets, what was set aside, what waits, what is broken, windows and what would change.</summary>
[Trait("Category", "Slow")]
public sealed class AdminLooksTests(WaitingFixture fixture) : IClassFixture<WaitingFixture>
{
    private string Site => """
        weir: 1
        title: The quay
        projects: { quay: { title: The quay, description: Where everything lies } }
        codebases:
          hull: { repository: "http://127.0.0.1:9/hull.git", branch: main, project: quay }
          ferry: { repository: "http://127.0.0.1:9/ferry.git", branch: main, project: quay }
        changeSources:
          hull-hook: { type: webhook, dialect: github, secret: HOOK }
          ferry-poll: { type: git-poller, codebase: ferry, branches: [main], every: 1h }
        workers:
          arm: { tags: [arm], maxBuilds: 2 }
          night: { tags: [night], availability: { timeZone: Europe/Budapest, windows: [ { days: mon-fri, from: "19:00", to: "07:00" }, { days: sat-sun } ] } }
        locks: { tank: { capacity: 2 }, slipway: { scope: worker } }
        schedulers:
          on-hull: { type: single-branch, changes: { codebase: hull, branch: main }, builders: [hull, lint] }
          on-ferry: { type: single-branch, changes: { codebase: [hull, ferry], branch: main }, builders: [ferry, night-watch] }
          chain: { type: triggerable, builders: [package] }
          nightly: { type: nightly, cron: "30 2 * * *", builders: [night-watch] }
          by-hand: { type: force, builders: [hull, voyage, asking] }
        builders:
          hull: { project: quay, description: The library, steps: [ { run: make, name: compile }, { run: make check, name: check, timeout: 20m } ] }
          lint: { project: quay, steps: [ { run: ./lint, name: lint } ] }
          ferry: { project: quay, locks: [tank], workers: { tags: [arm] }, steps: [ { run: make, name: compile }, { trigger: { scheduler: chain, wait: true }, name: pack } ] }
          package: { project: quay, locks: [slipway], steps: [ { run: make package, name: pack, env: { KEY: "${{ secrets.DEPLOY }}" } } ] }
          night-watch: { project: quay, workers: { tags: [night] }, locks: [tank], steps: [ { run: make all, name: everything } ] }
          voyage: { project: quay, steps: [ { run: "while [ ! -e GATE ]; do sleep 0.2; done", name: sail } ] }
          asking: { project: quay, workers: { tags: [arm] }, steps: [ { run: "true", name: go } ] }

        """.Replace("GATE", fixture.Gate("voyage"), StringComparison.Ordinal);

    private long request;
    private long revision;

    // Everything that can be looked at: a build that runs, a request that lacks something, a revision that waits, a file that is broken.
    private async Task Prepare()
    {
        if (await fixture.Weir.Sql<bool>("SELECT EXISTS (SELECT FROM secrets)"))
        {
            request = await fixture.Weir.Sql<long>("SELECT max(r.id) FROM requests r JOIN builders b ON b.id = r.builder_id WHERE b.name = 'asking'");
            revision = await fixture.Weir.Sql<long>("SELECT max(id) FROM config_revisions WHERE state = 'WaitingForIdle'");
            return;
        }
        await fixture.Write("site.yaml", Site);
        await fixture.Ui.Http.PutAsJsonAsync("/api/v2/secrets/HOOK", new { value = "a secret of the forge" });
        await fixture.Ui.Http.PutAsJsonAsync("/api/v2/secrets/DEPLOY", new { value = "a secret of the quay", builders = new[] { "package" }, projects = new[] { "quay", "a-project-with-a-rather-long-name" } });
        var running = await fixture.Force("by-hand", "voyage");
        request = await fixture.Force("by-hand", "asking");
        await fixture.Weir.Until(async () => await fixture.Weir.Sql<long?>("SELECT id FROM builds WHERE request_id = @running", new { running }), "the build to begin");
        await fixture.Write("site.yaml", Site.Replace("workers: { tags: [arm] }, steps", "workers: { tags: [arm] }, properties: { stage: { required: true, description: Where it shall go once it is built }, jobs: { type: int, required: true }, dry: { type: boolean, required: true } }, steps", StringComparison.Ordinal));
        await Installation.Eventually(async () => await fixture.Weir.Sql<string?>("SELECT wait_kind FROM open_requests WHERE request_id = @request", new { request }) == "SetAside", "the request to be set aside");
        await fixture.Write("more.yaml", "weir: 1\nlocks: { crane: {} }\n", new { when_idle = new[] { "voyage", "hull" }, deadline = DateTimeOffset.UtcNow.AddHours(8).ToUnixTimeSeconds(), at_deadline = "drop", reason = "a crane for the night" });
        revision = await fixture.Weir.Sql<long>("SELECT max(id) FROM config_revisions WHERE state = 'WaitingForIdle'");
        await fixture.Force("by-hand", "hull");
        await File.WriteAllTextAsync(fixture.Weir.Configuration, "weir: 1\nbuildres: { x: {} }\nlocks: { crane: { capacity: many } }\n");
        await Installation.Eventually(async () => await fixture.Weir.Sql<bool>("SELECT EXISTS (SELECT FROM config_revisions WHERE state = 'Refused')"), "the broken file to be refused", () => fixture.Engine.Process.Output);
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task What_admins_see_is_whole(int width, bool dark)
    {
        Browser.MustBeThere();
        await Prepare();
        var wrong = new List<string>();
        (string Name, string Path, Func<IPage, Task>? Do)[] looks =
        [
            ("admin-graph", "/graph", null), ("admin-graph-node", "/graph?focus=builder%2Fferry", null), ("admin-queue", "/queue", null),
            ("admin-configuration", "/configuration", null), ("admin-waiting", $"/configuration/{revision}", null), ("admin-things", "/configuration/things/builders", null),
            ("admin-secrets", "/secrets", null), ("admin-secrets-wrong", "/secrets", WrongSecret),
            ("admin-complete", $"/requests/{request}/complete", null), ("admin-complete-wrong", $"/requests/{request}/complete", WrongCompletion),
            ("admin-text", "/configuration/text?name=site.yaml", Editor), ("admin-text-wrong", "/configuration/text?name=site.yaml", WrongText), ("admin-text-refused", "/configuration/text?name=site.yaml", RefusedText), ("admin-text-preview", "/configuration/text?name=site.yaml", TextPreview),
            ("admin-terms", "/configuration/things/builders/hull", Terms), ("admin-preview", "/configuration/things/builders/asking", Preview),
            ("admin-week", "/configuration/things/workers/night", Week), ("admin-week-preview", "/configuration/things/workers/night", WeekPreview),
        ];
        await using var tab = await fixture.SignedIn("/", width: width, dark: dark);
        foreach (var (name, path, act) in looks)
        {
            await tab.Page.GotoAsync(fixture.Ui.Url + path);
            tab.Page.SetDefaultTimeout(10_000);
            try
            {
                await (act?.Invoke(tab.Page) ?? Task.CompletedTask);
            }
            catch (TimeoutException e)
            {
                wrong.Add($"{name}: {e.Message}");
            }
            wrong.AddRange(await Looks.WrongWith(tab, name, width, dark));
            // What the checker itself sets off comes to an end with the page.
            await tab.Page.GotoAsync("about:blank");
            tab.Complaints.Clear();
        }
        // A form that is not yet done is answered with 422, and the browser says so.
        Assert.True(wrong.All(w => w.Contains("422", StringComparison.Ordinal)), string.Join('\n', wrong.Distinct()));
    }

    private static async Task WrongSecret(IPage page)
    {
        await page.Locator("#secret-name").FillAsync("1st");
        await page.Locator("#secret-value").FillAsync("abc");
        await page.Locator("main form button.main").ClickAsync();
        await page.Locator("main [role=alert]").ScrollIntoViewIfNeededAsync();
    }

    private static async Task WrongCompletion(IPage page)
    {
        await page.GetByLabel("jobs").FillAsync("many");
        await page.Locator("main form button.main").ClickAsync();
        await page.Locator("main [role=alert]").WaitForAsync();
    }

    private static Task Editor(IPage page) => page.WaitForSelectorAsync("weir-editor:state(ready)");

    private static async Task Type(IPage page, string text)
    {
        await Editor(page);
        await page.Locator("weir-editor .cm-content").ClickAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.InsertTextAsync(text);
    }

    private static async Task WrongText(IPage page)
    {
        await Type(page, "  another: { worker: { tags: [arm] }, steps: [ { rum: make } ] }\n");
        await page.Locator("weir-editor .cm-lintRange-error").First.HoverAsync(new() { Timeout = 20_000 });
        await page.Locator("weir-editor .cm-tooltip-lint").First.WaitForAsync();
    }

    private static async Task RefusedText(IPage page)
    {
        await Type(page, "  another: { worker: { tags: [arm] }, steps: [ { rum: make } ] }\n");
        await page.Locator("button[value=save]").ClickAsync();
        await page.Locator("main [role=alert]").WaitForAsync();
        await Editor(page);
    }

    private static async Task TextPreview(IPage page)
    {
        await Type(page, "  another: { project: quay, workers: { tags: [arm] }, steps: [ { run: make another } ] }\n");
        await page.Locator("button[value=preview]").ClickAsync();
        await page.Locator("#text-preview").WaitForAsync();
        await Editor(page);
    }

    private static async Task Terms(IPage page)
    {
        await page.Locator("[name=description]").FillAsync("The library of the quay");
        await page.Locator("#terms > summary").ClickAsync();
        await page.Locator("#terms-when").SelectOptionAsync("idle");
        await page.Locator("#terms-idle").FillAsync("nobody");
        await page.Locator("main button.main[value=save]").ClickAsync();
        await page.Locator("[data-wrong] #terms-idle").WaitForAsync();
        await page.EvaluateAsync("() => document.querySelector('#terms').scrollIntoView({ block: 'center' })");
    }

    private static async Task Preview(IPage page)
    {
        await page.Locator("details:has(> summary:has-text('Retire'))").First.EvaluateAsync("e => { e.open = true; }");
        await page.Locator("[name=description]").FillAsync("Asks before it goes");
        await page.Locator("main button[value=preview]").Last.ClickAsync();
        await page.Locator("#thing-preview").WaitForAsync();
    }

    private static async Task Week(IPage page)
    {
        await page.WaitForSelectorAsync("weir-week .week-day", new() { State = WaitForSelectorState.Attached });
        if (await page.Locator("details.group:has(weir-week):not([open])").CountAsync() > 0)
            await page.Locator("details.group:has(weir-week) > summary").First.ClickAsync();
        await page.EvaluateAsync("() => document.querySelector('weir-week').scrollIntoView({ block: 'center' })");
    }

    private static async Task WeekPreview(IPage page)
    {
        await Week(page);
        await page.Locator("[name='availability.windows[0].from']").FillAsync("20:00");
        await page.Locator("main button[value=preview]").Last.ClickAsync();
        await page.Locator("#thing-preview").WaitForAsync();
    }
}

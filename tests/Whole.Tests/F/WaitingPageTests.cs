using Microsoft.Playwright;

namespace Weir.Whole.Tests.F;

/// <summary>A4, A10 in a real browser: what was set aside is completed, and what is saved waits for the build that runs.</summary>
public sealed class WaitingPageTests(WaitingFixture fixture) : IClassFixture<WaitingFixture>
{
    private Installation Weir => fixture.Weir;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_set_aside_is_completed(bool script)
    {
        Browser.MustBeThere();
        var name = script ? "asking-js" : "asking-plain";
        string Text(string properties) => $$"""
            weir: 1
            workers: { of-{{name}}: { tags: [{{name}}] } }
            schedulers: { {{name}}: { type: force, builders: [{{name}}] } }
            builders:
              {{name}}: { workers: { tags: [{{name}}] }, {{properties}} }
            """;
        await fixture.Write(name + ".yaml", Text("steps: [ { run: \"true\" } ]"));
        var request = await fixture.Force(name, name);
        await fixture.Write(name + ".yaml", Text("properties: { stage: { required: true, description: Where to }, jobs: { type: int, required: true }, dry: { type: boolean, required: true } }, steps: [ { run: \"echo to ${{ properties.stage }} by ${{ properties.jobs }}\" } ]"));
        await Installation.Eventually(async () => await Weir.Sql<string?>("SELECT wait_kind FROM open_requests WHERE request_id = @request", new { request }) == "SetAside", "the request to be set aside", () => fixture.Engine.Process.Output);

        await using var tab = await fixture.SignedIn("/queue", script);
        var page = tab.Page;
        await page.Locator($"main a[href='/requests/{request}/complete']").ClickAsync();
        await page.WaitForURLAsync($"**/requests/{request}/complete");
        Assert.Contains("Where to", await page.InnerTextAsync("main form"), StringComparison.Ordinal);
        await page.GetByLabel("stage").FillAsync("edge");
        await page.GetByLabel("jobs").FillAsync("many");
        await page.GetByLabel("dry").CheckAsync();
        await page.Keyboard.PressAsync("Enter");

        await page.WaitForSelectorAsync("[data-wrong] [name='p.jobs'][aria-invalid=true]");
        Assert.Contains("A whole number was expected.", await page.InnerTextAsync("main form"), StringComparison.Ordinal);
        Assert.Equal(("edge", "many", true), (await page.GetByLabel("stage").InputValueAsync(), await page.GetByLabel("jobs").InputValueAsync(), await page.GetByLabel("dry").IsCheckedAsync()));
        Assert.Equal("[]", await Weir.Sql<string>("SELECT given::text FROM requests WHERE id = @request", new { request }));

        await page.GetByLabel("jobs").FillAsync("4");
        await page.GetByLabel("Reason").FillAsync("asked by phone");
        await page.Locator("main form button.main").ClickAsync();
        await page.WaitForURLAsync("**/buildsets/*");
        Assert.Equal("request.complete admin", await Weir.Sql<string>("SELECT action || ' ' || actor FROM audit WHERE reason LIKE '%asked by phone' ORDER BY id DESC LIMIT 1"));
        // Whoever presses it again has nothing left to complete.
        await page.GotoAsync($"{fixture.Ui.Url}/requests/{request}/complete");
        Assert.Contains("It lacks nothing", await page.InnerTextAsync("main"), StringComparison.Ordinal);

        Weir.StartWorker("of-" + name, await Weir.WorkerToken(fixture.Ui, "of-" + name), fixture.Engine.Url);
        Assert.Equal(0, await Weir.ResultOf(request));
        var log = await Weir.Sql<long>("SELECT max(l.id) FROM logs l JOIN builds b ON b.id = l.build_id WHERE b.request_id = @request", new { request });
        Assert.Contains("to edge by 4", await Weir.RawLog(fixture.Ui, log), StringComparison.Ordinal);
        Assert.DoesNotContain(tab.Complaints, c => !c.Contains("422", StringComparison.Ordinal));
    }

    private string Long(string name) => $$"""
        weir: 1
        schedulers: { {{name}}: { type: force, builders: [{{name}}] } }
        builders:
          {{name}}: { description: as it was, steps: [ { run: "while [ ! -e {{fixture.Gate(name)}} ]; do sleep 0.1; done" } ] }
        """;

    private async Task<(long Request, long Build)> Running(string name)
    {
        await fixture.Write(name + ".yaml", Long(name));
        var request = await fixture.Force(name, name);
        return (request, await Weir.Until(async () => await Weir.Sql<long?>("SELECT id FROM builds WHERE request_id = @request", new { request }), "the build to begin"));
    }

    // Posts what is saved with the page's button, and comes to the revision that waits.
    private static async Task<long> Save(IPage page)
    {
        await page.Locator("main button.main[value=save]").ClickAsync();
        await page.WaitForURLAsync(url => url[(url.LastIndexOf('/') + 1)..].All(char.IsAsciiDigit));
        await page.Locator("#configuration-held").WaitForAsync();
        return long.Parse(page.Url[(page.Url.LastIndexOf('/') + 1)..]);
    }

    private async Task<string> State(long revision) => await Weir.Sql<string>("SELECT state FROM config_revisions WHERE id = @revision", new { revision });

    private static async Task WhenIdle(IPage page, string builders)
    {
        if (await page.Locator("#terms:not([open])").CountAsync() > 0)
            await page.Locator("#terms > summary").ClickAsync();
        await page.Locator("#terms-when").SelectOptionAsync("idle");
        await page.Locator("#terms-idle").FillAsync(builders);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_form_saves_waits_for_the_build_is_seen_to_wait_and_is_dropped(bool script)
    {
        Browser.MustBeThere();
        var name = script ? "form-js" : "form-plain";
        var (request, build) = await Running(name);
        await using var watching = await fixture.SignedIn("/configuration");
        await watching.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        await using var tab = await fixture.SignedIn($"/configuration/things/builders/{name}", script);
        var page = tab.Page;

        await page.Locator("[name=description]").FillAsync("as it shall be");
        await WhenIdle(page, name + "x");
        await page.Locator("main button.main[value=save]").ClickAsync();
        await page.Locator("[data-wrong] #terms-idle").WaitForAsync();
        Assert.Contains($"There is no builder \"{name}x\" for which it could wait. Did you mean \"{name}\"?", await page.InnerTextAsync("#terms-idle-note"), StringComparison.Ordinal);
        Assert.Equal(("as it shall be", "idle"), (await page.Locator("[name=description]").InputValueAsync(), await page.Locator("#terms-when").InputValueAsync()));
        await WhenIdle(page, name);
        await page.Locator("#terms-deadline").SelectOptionAsync("4h");
        await page.Locator("#terms-after").SelectOptionAsync("drop");
        var revision = await Save(page);

        Assert.Equal("WaitingForIdle", await State(revision));
        var card = await page.InnerTextAsync("section:has(#configuration-held)");
        Assert.Contains($"It waits for {name} #1.", card, StringComparison.Ordinal);
        Assert.Contains("it is dropped.", card, StringComparison.Ordinal);
        // Who had the page open sees it; what comes meanwhile waits, and says why.
        await watching.Page.Locator($"#configuration-held a[href='/configuration/{revision}']").WaitForAsync();
        Assert.True(await watching.Page.EvaluateAsync<bool>("() => window.sameDocument === true"));
        var next = await fixture.Force(name, name);
        await Installation.Eventually(async () => await Weir.Sql<bool>("SELECT EXISTS (SELECT FROM builder_waits WHERE kind = 'RevisionToCome')"), "the reason of who waits");
        await page.GotoAsync(fixture.Ui.Url + "/queue");
        Assert.Equal(1, await page.Locator($"main a[href='/configuration/{revision}']").CountAsync());

        await page.GotoAsync(fixture.Ui.Url + "/configuration");
        await page.Locator("section:has(#configuration-held) button", new() { HasText = "Drop it" }).ClickAsync();
        if (script)
        {
            await page.Locator("#confirm-reason").FillAsync("not tonight");
            await page.Keyboard.PressAsync("Enter");
        }
        await page.Locator("#configuration-held").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await watching.Page.Locator("#configuration-held").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal("Superseded", await State(revision));
        Assert.Equal($"config.cancel admin revision {revision} dropped{(script ? ": not tonight" : ": taken back")}", await Weir.Sql<string>("SELECT concat_ws(' ', action, actor, coalesce(reason, '')) FROM audit WHERE action = 'config.cancel' ORDER BY id DESC LIMIT 1"));
        await page.GotoAsync($"{fixture.Ui.Url}/configuration/things/builders/{name}");
        Assert.Equal("as it was", await page.Locator("[name=description]").InputValueAsync());

        // Saved again, for everything: it comes in force by itself as soon as the builds have ended, and its page tells.
        await page.Locator("[name=description]").FillAsync("as it shall be");
        await WhenIdle(page, name);
        revision = await Save(page);
        var last = await fixture.Force(name, name);
        await File.WriteAllTextAsync(fixture.Gate(name), "");
        if (script)
            await page.Locator("#configuration-held").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        Assert.Equal((0, 0, 0), (await Weir.ResultOf(request), await Weir.ResultOf(next), await Weir.ResultOf(last)));
        Assert.Equal("InForce", await State(revision));
        Assert.True(await Weir.Sql<bool>("SELECT a.config_revision_id < @revision AND b.config_revision_id = @revision FROM builds a, builds b WHERE a.id = @build AND b.request_id = @last", new { revision, build, last }));
        Assert.DoesNotContain(tab.Complaints.Concat(watching.Complaints), c => !c.Contains("422", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_editor_saves_waits_until_somebody_says_that_it_does_not(bool script)
    {
        Browser.MustBeThere();
        var name = script ? "text-js" : "text-plain";
        var (request, _) = await Running(name);
        await using var tab = await fixture.SignedIn($"/configuration/text?name={name}.yaml", script);
        var page = tab.Page;
        var changed = Long(name).Replace("as it was", "as it shall be", StringComparison.Ordinal);
        if (script)
        {
            await page.WaitForSelectorAsync("weir-editor:state(ready)");
            await page.Locator("weir-editor .cm-content").ClickAsync();
            await page.Keyboard.PressAsync("Control+a");
            await page.Keyboard.InsertTextAsync(changed);
        }
        else
        {
            await page.Locator("#text-text").FillAsync(changed);
        }
        await page.Locator("#text-reason").FillAsync("calmer");
        await WhenIdle(page, "");
        var revision = await Save(page);
        Assert.Equal("WaitingForIdle", await State(revision));
        Assert.Contains("Nothing new starts until then", await page.InnerTextAsync("section:has(#configuration-held)"), StringComparison.Ordinal);
        // What is edited meanwhile begins from it, and says that it waits too.
        await page.GotoAsync($"{fixture.Ui.Url}/configuration/text?name={name}.yaml");
        Assert.Contains("as it shall be", await page.Locator("#text-text").InputValueAsync(), StringComparison.Ordinal);
        Assert.Contains($"With revision {revision}, which waits", await page.InnerTextAsync("#terms > summary"), StringComparison.Ordinal);

        await page.GotoAsync($"{fixture.Ui.Url}/configuration/{revision}");
        await page.Locator("section:has(#configuration-held) button", new() { HasText = "Do not wait" }).ClickAsync();
        // An engine does it; where that takes long, a page without script tells it when it is loaded again.
        await Installation.Eventually(async () => await State(revision) == "InForce", "the revision to come in force");
        if (!script)
            await page.GotoAsync($"{fixture.Ui.Url}/configuration/{revision}");
        await page.Locator("#configuration-held").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        Assert.True(await Weir.Sql<bool>("SELECT completed_at IS NULL FROM requests WHERE id = @request", new { request }));
        await File.WriteAllTextAsync(fixture.Gate(name), "");
        Assert.Equal(0, await Weir.ResultOf(request));
        Assert.Empty(tab.Complaints);
    }
}

using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Forms;

/// <summary>Whole texts of the configuration edited on their page, as a browser without script does it, and over REST.</summary>
public sealed class TextFormTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime
{
    private const string Text = "weir: 1\n# ours\nworkers: { w1: {} }\nbuilders:\n  lib:\n    steps:\n      - run: make\n";
    private const string Form = "form.card";

    private HttpClient browser = null!;

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync()
    {
        Assert.True((await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "ci/weir.yaml", ["text"] = Text }) }.ToJsonString())).IsSuccessStatusCode);
        browser = Master.Browser();
        await TestMaster.SignIn(browser);
    }

    public ValueTask DisposeAsync()
    {
        browser.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_text_is_looked_at_changed_and_put_in_force()
    {
        var form = await Open("ci/weir.yaml");
        Assert.Equal(Text, form["text"]);
        form["text"] = Text.Replace("run: make", "run: make all", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
        form["reason"] = "all of it";

        var preview = await form.Press(browser, "preview", Form);
        Assert.Contains("make all", preview.Text("section[aria-labelledby=text-preview]"), StringComparison.Ordinal);
        Assert.Contains("Nothing that runs, waits or is due would be touched.", preview.Text("section[aria-labelledby=text-preview]"), StringComparison.Ordinal);
        Assert.Equal("all of it", preview["reason"]);

        var saved = await preview.Post(browser, "save");
        Assert.Equal(HttpStatusCode.SeeOther, saved.StatusCode);
        Assert.Equal(Text.Replace("run: make", "run: make all", StringComparison.Ordinal), await Standing());
        Assert.Equal("admin: all of it", await Master.Store.Scalar<string>("SELECT author || ': ' || reason FROM config_revisions JOIN config_in_force ON revision_id = id"));
    }

    [Fact]
    public async Task What_is_wrong_leads_to_its_line_and_nothing_typed_is_lost()
    {
        var form = await Open("ci/weir.yaml");
        form["text"] = Text.Replace("run:", "rum:", StringComparison.Ordinal);

        form = await form.Press(browser, "save", Form);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, form.Status);
        Assert.Equal("line 7", form.Text("[role=alert] a[data-line='7']"));
        Assert.Contains("rum: make", form["text"], StringComparison.Ordinal);
        Assert.Equal(Text, await Standing());
    }

    [Fact]
    public async Task Two_admins_at_once_see_both_texts()
    {
        var (mine, theirs) = (await Open("ci/weir.yaml"), await Open("ci/weir.yaml"));
        theirs["text"] = Text.Replace("make", "theirs", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await theirs.Post(browser, "save")).StatusCode);
        mine["text"] = Text.Replace("make", "mine", StringComparison.Ordinal);

        mine = await mine.Press(browser, "save", Form);
        Assert.Equal(HttpStatusCode.Conflict, mine.Status);
        Assert.Contains("theirs", mine.Text("#text-conflict .removed"), StringComparison.Ordinal);
        Assert.Contains("mine", mine["text"], StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await mine.Post(browser, "save")).StatusCode);
        Assert.Contains("mine", await Standing(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_text_begins_with_the_version_and_a_taken_name_is_told()
    {
        var form = await PageForm.Open(browser, "/configuration/text?new=1", Form);
        Assert.Equal("weir: 1\n", form["text"]);
        form["name"] = "ci/weir.yaml";
        form["text"] = "weir: 1\nlocks: { cpu: {} }\n";
        form = await form.Press(browser, "save", Form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, form.Status);
        Assert.Contains("There is ci/weir.yaml already.", form.Text("[role=alert]"), StringComparison.Ordinal);
        Assert.Equal(Text, await Standing());

        form["name"] = "locks.yaml";
        Assert.Equal(HttpStatusCode.SeeOther, (await form.Post(browser, "save")).StatusCode);
        Assert.Contains("ci/weir.yaml", await browser.GetStringAsync("/configuration/text?name=locks.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_one_types_problems_come_as_data_and_only_to_who_may_and_by_a_form_of_ours()
    {
        var form = await Open("ci/weir.yaml");
        async Task<HttpResponseMessage> Check(HttpClient by, string token) => await by.PostAsync("/configuration/text/check", new FormUrlEncodedContent(
            [new("name", "ci/weir.yaml"), new("text", "weir: 1\nbuilders: { lib: {} }\n"), new("__RequestVerificationToken", token)]));

        var answer = await Check(browser, form["__RequestVerificationToken"]);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsArray(), p => (int)p!["line"]! == 2);
        Assert.Equal(HttpStatusCode.BadRequest, (await Check(browser, "")).StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, (await Check(Master.Browser(), form["__RequestVerificationToken"])).StatusCode);
    }

    [Fact]
    public async Task Over_rest_a_text_is_read_written_dry_and_in_earnest()
    {
        var read = await Master.Anonymous().GetAsync("/api/v2/config/texts/ci/weir.yaml");
        Assert.Equal(Text, (string)(await read.Json())["texts"]![0]!["text"]!);
        var changed = Text.Replace("make", "make all", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.PreconditionRequired, (await Put("ci/weir.yaml", changed, null)).StatusCode);
        var dry = await (await Put("ci/weir.yaml?dryRun=true", changed, read.Headers.ETag!.Tag)).Json();
        Assert.Equal((true, true, null), ((bool)dry["accepted"]!, (bool)dry["dry_run"]!, (long?)dry["revisionid"]));
        Assert.NotNull(dry["impact"]);
        Assert.Equal(Text, await Standing());
        Assert.Equal(HttpStatusCode.OK, (await Put("ci/weir.yaml", changed, read.Headers.ETag!.Tag)).StatusCode);
        Assert.Equal(changed, await Standing());
        var stale = await Put("ci/weir.yaml", Text.Replace("make", "other", StringComparison.Ordinal), read.Headers.ETag!.Tag);
        Assert.Equal((HttpStatusCode.PreconditionFailed, changed), (stale.StatusCode, (string)(await stale.Json())["standing"]!["text"]!));
        var refused = await Put("ci/weir.yaml", "weir: 2\n", "*");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, 1), (refused.StatusCode, (int)(await refused.Json())["problems"]![0]!["line"]!));
    }

    private async Task<HttpResponseMessage> Put(string path, string text, string? match)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v2/config/texts/{path}") { Content = new StringContent(new JsonObject { ["text"] = text }.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        if (match is not null)
            request.Headers.TryAddWithoutValidation("If-Match", match);
        return await Master.Admin().SendAsync(request);
    }

    private Task<PageForm> Open(string name) => PageForm.Open(browser, $"/configuration/text?name={Uri.EscapeDataString(name)}", Form);

    private async Task<string> Standing() => (string)(await (await Master.Anonymous().GetAsync("/api/v2/config/texts/ci/weir.yaml")).Json())["texts"]![0]!["text"]!;
}

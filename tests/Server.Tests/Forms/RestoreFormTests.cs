using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Forms;

/// <summary>An old revision put back in force from its page, as a browser without script does it.</summary>
public sealed class RestoreFormTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task The_page_of_an_old_revision_leads_to_a_form_that_puts_it_back_in_force()
    {
        var (first, second) = (await Apply("First"), await Apply("Second"));
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        Assert.Contains($"href=\"/configuration/{first}/restore\" data-needs=\"configure\"", await browser.GetStringAsync($"/configuration/{first}"));
        Assert.DoesNotContain("/restore", await browser.GetStringAsync($"/configuration/{second}"));
        Assert.Contains("title: <mark>Second</mark>", await browser.GetStringAsync($"/configuration/{first}/restore"), StringComparison.Ordinal);

        var answer = await Post(browser, first, "it was better");

        var made = await Master.Store.Scalar<long>("SELECT revision_id FROM config_in_force");
        Assert.Equal((HttpStatusCode.SeeOther, $"/configuration/{made}"), (answer.StatusCode, new Uri(new(Master.Url), answer.Headers.Location!).AbsolutePath));
        Assert.True(made > second);
        Assert.Equal($"admin: revision {first} restored: it was better", await Master.Store.Scalar<string>($"SELECT author || ': ' || reason FROM config_revisions WHERE id = {made}"));
        Assert.Equal(1, await Master.Store.Scalar<long>($"SELECT count(*) FROM audit WHERE action = 'config.restore' AND subject = 'revision {made}' AND actor = 'admin'"));
        Assert.Contains("Nothing would change", await browser.GetStringAsync($"/configuration/{first}/restore"));
    }

    [Fact]
    public async Task Only_who_may_configure_gets_the_form_or_can_post_it()
    {
        var (first, second) = (await Apply("Mine"), await Apply("Yours"));
        using var viewer = Master.Browser();
        Assert.Equal($"/sign-in?returnTo=%2Fconfiguration%2F{first}%2Frestore", (await viewer.GetAsync($"/configuration/{first}/restore")).Headers.Location!.OriginalString);
        await TestMaster.SignIn(viewer, "viewer");

        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync($"/configuration/{first}/restore")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(viewer, first, "mine again", tokenFrom: "/")).StatusCode);
        Assert.Equal(second, await Master.Store.Scalar<long>("SELECT revision_id FROM config_in_force"));
    }

    [Fact]
    public async Task A_form_without_its_token_restores_nothing()
    {
        var (first, second) = (await Apply("Here"), await Apply("There"));
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);

        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostForm($"/configuration/{first}/restore", ("_handler", "restore"), ("reason", ""))).StatusCode);
        Assert.Equal(second, await Master.Store.Scalar<long>("SELECT revision_id FROM config_in_force"));
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, long revision, string reason, string? tokenFrom = null) =>
        await browser.PostForm($"/configuration/{revision}/restore", ("_handler", "restore"), ("reason", reason), ("__RequestVerificationToken", await TestMaster.FormToken(browser, tokenFrom ?? $"/configuration/{revision}/restore")));

    private async Task<long> Apply(string title) => (long)(await (await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject
    {
        ["parts"] = new JsonArray(new JsonObject { ["name"] = "a.yaml", ["text"] = $"weir: 1\ntitle: {title}\n" }),
    }.ToJsonString())).Json())["revisionid"]!;
}

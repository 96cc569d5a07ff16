using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Forms;

/// <summary>Secrets of the store over REST and in the browser: written, sealed, and never shown again.</summary>
public sealed class SecretFormTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private const string Canary = "canary-5e1f-in-a-form";

    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task What_is_written_over_REST_is_listed_without_its_value()
    {
        var admin = Master.Admin();
        Assert.Equal(HttpStatusCode.NoContent, (await admin.PutAsJsonAsync("/api/v2/secrets/TOKEN", new { value = Canary, builders = new[] { "lib" } })).StatusCode);

        var text = await admin.GetStringAsync("/api/v2/secrets");
        Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
        var secret = JsonNode.Parse(text)!["secrets"]!.AsArray().Single(s => (string?)s!["name"] == "TOKEN")!;
        Assert.Equal(("lib", "admin"), ((string?)secret["builders"]![0], (string?)secret["set_by"]));
        var kept = await Master.Store.Scalar<string>("SELECT sealed FROM secrets WHERE name = 'TOKEN'");
        Assert.DoesNotContain(Canary, kept, StringComparison.Ordinal);
        Assert.True(kept!.Length > 50);
        Assert.Equal(0, await Master.Store.Scalar<long>($"SELECT count(*) FROM audit WHERE to_jsonb(audit)::text LIKE '%{Canary}%'"));

        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v2/secrets/TOKEN", new { value = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await admin.PutAsJsonAsync("/api/v2/secrets/1", new { value = Canary })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").GetAsync("/api/v2/secrets")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").PutAsJsonAsync("/api/v2/secrets/TOKEN", new { value = Canary })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync("/api/v2/secrets/TOKEN")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync("/api/v2/secrets/TOKEN")).StatusCode);
    }

    [Fact]
    public async Task The_form_writes_one_says_what_is_wrong_at_its_field_and_gives_no_value_back()
    {
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);

        var refused = await Post(browser, ("name", "1st"), ("value", Canary), ("builders", "lib"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var page = WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync());
        Assert.Contains("does not start with a digit", page, StringComparison.Ordinal);
        Assert.Contains("value=\"1st\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, page, StringComparison.Ordinal);

        var done = await Post(browser, ("name", "DEPLOY"), ("value", Canary + "\r\nline two"), ("builders", "lib"), ("projects", "gst, pyg"), ("reason", "a new key"));
        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        page = await browser.GetStringAsync("/secrets");
        Assert.Contains("DEPLOY", page, StringComparison.Ordinal);
        Assert.Contains("lib, builders of gst, builders of pyg", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, page, StringComparison.Ordinal);
        Assert.Contains("a new key", await Master.Store.Scalar<string>("SELECT reason FROM audit WHERE action = 'secret.add' AND subject = 'secret DEPLOY'"), StringComparison.Ordinal);

        using var viewer = Master.Browser();
        await TestMaster.SignIn(viewer, "viewer");
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/secrets")).StatusCode);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient browser, params (string, string)[] fields) =>
        await browser.PostForm("/secrets", [("_handler", "secret"), .. fields, ("__RequestVerificationToken", await TestMaster.FormToken(browser, "/secrets"))]);
}

using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Api;

/// <summary>Masters are let go and kept by REST and by the buttons of their page, by admins only.</summary>
public sealed class MastersApiTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_master_is_told_to_go_and_to_stay()
    {
        var id = await Other("one");
        using var admin = Master.Admin();

        var done = await admin.PostJson($"/api/v2/masters/{id}/actions/shutdown", """{"reason":"new kernel","deadline":90}""");

        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        var drain = (await Read(admin, id))["drain"]!;
        Assert.Equal(("admin", "new kernel", false), ((string)drain["by"]!, (string)drain["reason"]!, (bool)drain["quick"]!));
        Assert.Equal(90, (long)drain["deadline"]! - (long)drain["requested_at"]!, 2.0);
        Assert.Empty(drain["waits_for"]!.AsArray());
        Assert.Equal("draining", (string?)(await Read(admin, id))["state"]);
        Assert.Equal("admin: new kernel", await Master.Store.Scalar<string>("SELECT actor || ': ' || reason FROM audit WHERE action = 'master.shutdown' AND subject = 'master one'"));

        var stays = await admin.PostJson($"/api/v2/masters/{id}", """{"jsonrpc":"2.0","method":"cancel_shutdown","params":{},"id":1}""");

        Assert.Equal(HttpStatusCode.OK, stays.StatusCode);
        Assert.Null((await Read(admin, id))["drain"]);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PostJson($"/api/v2/masters/{id}/actions/cancel_shutdown", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.PostJson($"/api/v2/masters/{id}/actions/retire", "{}")).StatusCode);
    }

    [Theory]
    [InlineData("""{"deadline":-1}""", "deadline")]
    [InlineData("""{"deadline":604801}""", "deadline")]
    [InlineData("""{"deadline":"soon"}""", "deadline")]
    [InlineData("""{"quick":"very"}""", "quick")]
    [InlineData("""{"when":"now"}""", "when")]
    public async Task A_wrong_wish_is_refused_and_nothing_is_changed(string body, string field)
    {
        var id = await Other("kept");
        using var admin = Master.Admin();

        var answer = await admin.PostJson($"/api/v2/masters/{id}/actions/shutdown", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(field, await answer.Content.ReadAsStringAsync());
        Assert.Equal("active", (string?)(await Read(admin, id))["state"]);
    }

    [Fact]
    public async Task Nobody_but_an_admin_lets_a_master_go()
    {
        var id = await Other("guarded");
        await Master.AddUser("bob", "force", "stop", "configure");
        using var bob = Master.As("bob");

        Assert.Equal(HttpStatusCode.Forbidden, (await bob.PostJson($"/api/v2/masters/{id}/actions/shutdown", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().PostJson($"/api/v2/masters/{id}/actions/shutdown", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Admin().PostJson("/api/v2/masters/4711/actions/shutdown", "{}")).StatusCode);
        Assert.Equal("active", (string?)(await Read(bob, id))["state"]);
    }

    [Fact]
    public async Task The_buttons_of_the_page_do_the_same_and_say_what_is_waited_for()
    {
        var id = await Other("pressed");
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        var token = await TestMaster.FormToken(browser);

        Assert.Equal(HttpStatusCode.SeeOther, (await browser.PostForm($"/masters/{id}/shutdown", ("__RequestVerificationToken", token), ("reason", "it is <old>"))).StatusCode);
        var page = await browser.GetStringAsync("/masters");
        Assert.Contains("asked by admin: it is &lt;old&gt;", page);
        Assert.Contains($"/masters/{id}/stay", page);

        await browser.PostForm($"/masters/{id}/stay", ("__RequestVerificationToken", token));
        await Master.Store.Execute("UPDATE masters SET state = 'Stopped' WHERE name = 'pressed'");
        await browser.PostForm($"/masters/{id}/retire", ("__RequestVerificationToken", token));
        Assert.DoesNotContain("pressed", await browser.GetStringAsync("/masters"));
    }

    private Task<long> Other(string name) => Master.Store.Scalar<long>($"""
        INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('{name}', ARRAY['engine'], '0.1.0', 'Active', weir_now(), weir_now() + interval '1 hour')
        ON CONFLICT (name) DO UPDATE SET state = 'Active' RETURNING id
        """);

    private static async Task<JsonNode> Read(HttpClient client, long id) => JsonNode.Parse(await client.GetStringAsync($"/api/v2/masters/{id}"))!["masters"]![0]!;
}

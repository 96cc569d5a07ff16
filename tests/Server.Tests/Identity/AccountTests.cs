using System.Net;
using System.Net.Http.Json;

namespace Weir.Server.Tests.Identity;

/// <summary>Users and tokens over REST: who may, what it ends, and what stays on record.</summary>
public sealed class AccountTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_token_carries_what_it_names_and_never_more_than_its_user_has()
    {
        await Master.AddUser("eve", "force", "stop");
        Assert.Equal(HttpStatusCode.BadRequest, (await Master.As("eve").PostJson("/api/v2/tokens", """{"label":"x","scopes":["admin"]}""")).StatusCode);
        var token = (string)(await (await Master.As("eve").PostJson("/api/v2/tokens", """{"label":"x","scopes":["force","stop"]}""")).Json())["tokens"]![0]!["token"]!;
        Assert.Equal(["force", "read", "stop"], await Rights(token));

        Assert.Equal(HttpStatusCode.OK, (await Master.Admin().PostJson("/api/v2/users/eve/actions/set_rights", """{"rights":["stop","admin"]}""")).StatusCode);

        // Reading is open here; the right that was taken is gone at once, the one that was given later is not in the token.
        Assert.Equal(["force", "read", "stop"], await Rights(token));
        Assert.Equal(HttpStatusCode.OK, (await Master.Admin().PostJson("/api/v2/users/eve/actions/set_rights", """{"rights":["stop"]}""")).StatusCode);
        Assert.Equal(["read", "stop"], await Rights(token));
    }

    [Fact]
    public async Task Without_open_reading_a_token_reads_only_if_it_says_so()
    {
        await using var closed = await TestMaster.Start(null, ("Reading", "signed-in"));
        foreach (var (scopes, expected) in new[] { ("""["sendchange"]""", HttpStatusCode.Forbidden), ("""["sendchange","read"]""", HttpStatusCode.OK) })
        {
            var token = (string)(await (await closed.Admin().PostJson("/api/v2/tokens", $$"""{"label":"x","scopes":{{scopes}}}""")).Json())["tokens"]![0]!["token"]!;
            using var client = closed.Anonymous();
            client.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);
            Assert.Equal(expected, (await client.GetAsync("/api/v2/builders")).StatusCode);
        }
    }

    [Fact]
    public async Task Tokens_of_others_are_an_admins_business()
    {
        await Master.AddUser("one");
        await Master.AddUser("two");
        var made = (await (await Master.As("one").PostJson("/api/v2/tokens", """{"label":"mine"}""")).Json())["tokens"]![0]!;

        Assert.Equal(HttpStatusCode.NotFound, (await Master.As("two").DeleteAsync($"/api/v2/tokens/{made["tokenid"]}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().DeleteAsync($"/api/v2/tokens/{made["tokenid"]}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("two").PostJson("/api/v2/tokens", """{"label":"x","user":"one"}""")).StatusCode);
        Assert.DoesNotContain((await (await Master.As("two").GetAsync("/api/v2/tokens")).Json())["tokens"]!.AsArray(), t => (string?)t!["user"] == "one");
        Assert.Equal(HttpStatusCode.NoContent, (await Master.Admin().DeleteAsync($"/api/v2/tokens/{made["tokenid"]}")).StatusCode);
        Assert.False((bool)(await (await Master.As("one").GetAsync("/api/v2/tokens")).Json())["tokens"]![0]!["valid"]!);
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", $"Bearer {made["token"]}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v2/whoami")).StatusCode);
    }

    [Fact]
    public async Task Of_admins_one_always_remains()
    {
        await Master.AddUser("boss", "admin");
        Assert.Equal(HttpStatusCode.OK, (await Master.As("boss").PostJson("/api/v2/users/admin/actions/disable", """{"reason":"a test"}""")).StatusCode);

        Assert.Equal(HttpStatusCode.Conflict, (await Master.As("boss").PostJson("/api/v2/users/boss/actions/disable", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await Master.As("boss").PostJson("/api/v2/users/boss/actions/set_rights", """{"rights":[]}""")).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await Master.As("boss").PostJson("/api/v2/users/admin/actions/enable", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Master.Admin().PostJson("/api/v2/users/boss/actions/set_rights", """{"rights":[]}""")).StatusCode);
    }

    [Fact]
    public async Task Ones_own_password_changes_only_for_who_knows_it()
    {
        await Master.AddUser("zed");

        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("zed").PutAsJsonAsync("/api/v2/whoami/password", new { current_password = "a guess", password = "something new" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Master.As("zed").PutAsJsonAsync("/api/v2/whoami/password", new { current_password = TestMaster.Password, password = "short" })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await Master.As("zed").PutAsJsonAsync("/api/v2/whoami/password", new { current_password = TestMaster.Password, password = "something new" })).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await Master.As("zed", "something new").GetAsync("/api/v2/whoami")).StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"a:b"}""")]
    [InlineData("""{"name":" a"}""")]
    [InlineData("""{"name":"x","rights":["everything"]}""")]
    [InlineData("""{"name":"x","password":"short"}""")]
    [InlineData("""{"name":"x","nmae":"y"}""")]
    public async Task An_account_that_cannot_be_is_refused_with_the_field(string body)
    {
        var answer = await Master.Admin().PostJson("/api/v2/users", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty((await answer.Json())["errors"]!.AsObject());
    }

    [Fact]
    public async Task Who_did_it_is_on_record_and_no_secret_is()
    {
        var made = (await (await Master.Admin().PostJson("/api/v2/users", """{"name":"recorded","rights":["stop"]}""")).Json())["users"]![0]!;
        await Master.Admin().PostJson("/api/v2/users/recorded/actions/set_password", """{"password":"a brand new one"}""");
        await Master.Admin().PostJson("/api/v2/users/recorded/actions/disable", """{"reason":"left"}""");

        Assert.Equal("user.add user recorded: stop|user.password user recorded|user.disable user recorded (left)", await Master.Store.Scalar<string>(
            "SELECT string_agg(action || ' ' || subject || coalesce(' (' || reason || ')', ''), '|' ORDER BY id) FROM audit WHERE subject LIKE 'user recorded%' AND actor = 'admin'"));
        Assert.Equal(0, await Master.Store.Scalar<long>($"SELECT count(*) FROM audit WHERE (subject || coalesce(reason, '')) ~ '({made["password"]}|brand new)'"));
    }

    private async Task<string[]> Rights(string token)
    {
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);
        return [.. (await (await client.GetAsync("/api/v2/whoami")).Json())["rights"]!.AsArray().Select(r => (string)r!)];
    }
}

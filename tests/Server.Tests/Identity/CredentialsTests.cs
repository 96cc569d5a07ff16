using System.Net;

namespace Weir.Server.Tests.Identity;

public sealed class CredentialsTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Theory]
    [InlineData("Basic admin:password")]
    [InlineData("Basic YWRtaW4=")]
    [InlineData("Basic gICAgA==")]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer")]
    [InlineData("Digest x")]
    public async Task Credentials_that_do_not_hold_are_refused_and_not_taken_for_nobody(string header)
    {
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);

        var answer = await client.GetAsync("/api/v2/builders");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains(answer.Headers.WwwAuthenticate, h => h.Scheme == "Bearer");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_token_speaks_for_its_user_until_it_ends_in_any_spelling_of_bearer()
    {
        var token = await MakeToken("developer");
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "bearer " + token);
        var who = await (await client.GetAsync("/api/v2/whoami")).Json();
        Assert.Equal("developer", (string?)who["name"]);
        Assert.Equal("[\"force\",\"read\",\"stop\"]", who["rights"]!.ToJsonString());

        await Master.Store.Execute("UPDATE tokens SET expires_at = weir_now() - interval '1 second'");

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v2/whoami")).StatusCode);
    }

    [Fact]
    public async Task A_token_lies_hashed_in_the_store_and_makes_no_other_tokens()
    {
        var token = await MakeToken("developer");
        Assert.Equal(0, await Master.Store.Scalar<long>($"SELECT count(*) FROM tokens WHERE label LIKE '%{token}%' OR encode(hash, 'escape') LIKE '%{token}%'"));
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);

        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostJson("/api/v2/tokens", """{"label":"more"}""")).StatusCode);
    }

    [Fact]
    public async Task A_token_in_the_address_is_no_identification()
    {
        var token = await MakeToken("developer");
        using var client = Master.Anonymous();

        Assert.Equal("anonymous", (string?)(await (await client.GetAsync("/api/v2/whoami?access_token=" + token)).Json())["name"]);
    }

    [Fact]
    public async Task A_workers_token_opens_nothing_but_the_workers_door()
    {
        var made = await (await Master.Admin().PostJson("/api/v2/workers", """{"name":"w-token"}""")).Json();
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer " + made["workers"]![0]!["token"]);

        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v2/builders")).StatusCode);
    }

    private async Task<string> MakeToken(string user)
    {
        var answer = await Master.As(user).PostJson("/api/v2/tokens", """{"label":"test","expires_in_days":1}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Json())["tokens"]![0]!["token"]!.GetValue<string>();
    }
}

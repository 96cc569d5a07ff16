using System.Net;
using System.Text;

namespace Weir.Server.Tests.Api;

/// <summary>What is wrong is told with its name, and never ends in a fault.</summary>
public sealed class BadInputTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Theory]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=10001", "limit")]
    [InlineData("limit=1e9", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("offset=9223372036854775808", "offset")]
    [InlineData("order=password", "order")]
    [InlineData("field=*", "field")]
    [InlineData("password=x", "password")]
    [InlineData("name__like=x", "name__like")]
    [InlineData("builderid=one", "builderid")]
    [InlineData("builderid__gt=1&builderid__gt=2", "builderid__gt")]
    [InlineData("retired=perhaps", "retired")]
    [InlineData("retired__lt=true", "retired__lt")]
    [InlineData("queue__contains=1", "queue__contains")]
    [InlineData("tags=linux", "tags")]
    [InlineData("workers=1", "workers")]
    [InlineData("property=owner", "property")]
    [InlineData("name=%00", "name")]
    public async Task A_query_that_cannot_be_understood_is_refused_with_the_name_of_the_field(string query, string field)
    {
        var answer = await Master.Anonymous().GetAsync("/api/v2/builders?" + query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]![field]);
    }

    [Theory]
    [InlineData("/api/v2/builds?offset=1000000")]
    [InlineData("/api/v2/builds?limit=1001")]
    [InlineData("/api/v2/builds?order=properties")]
    [InlineData("/api/v2/builds?order=-state_string&after=7")]
    [InlineData("/api/v2/builds?after=x")]
    [InlineData("/api/v2/builds?order=started_at&after=7")]
    [InlineData("/api/v2/builds?order=started_at&after=999999999999999999-1")]
    [InlineData("/api/v2/builds?changeid=1")]
    [InlineData("/api/v2/builds/1?complete=true")]
    public async Task What_a_long_list_cannot_do_quickly_is_refused(string path) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Master.Anonymous().GetAsync(path)).StatusCode);

    [Theory]
    [InlineData("/api/v2/builds/1;drop")]
    [InlineData("/api/v2/builders/%00")]
    [InlineData("/api/v2/builders/%c0%ae")]
    [InlineData("/api/v2/builders/..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/v2/builds/99999999999999999999")]
    [InlineData("/api/v2/builders/1/builds/99999999999")]
    [InlineData("/api/v2/changes?branch=%00")]
    [InlineData("/api/v2/nothing")]
    [InlineData("/builders/%00")]
    [InlineData("/workers/%00")]
    public async Task Strange_addresses_get_an_answer_and_no_fault(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Master.Url + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        var answer = await Master.Anonymous().SendAsync(request);

        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, $"{answer.StatusCode}");
    }

    [Theory]
    [InlineData("", -32700)]
    [InlineData("[]", -32600)]
    [InlineData("7", -32600)]
    [InlineData("null", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"stop"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", -32600)]
    [InlineData("{", -32700)]
    [InlineData("""{"a":1,"a":2}""", -32700)]
    [InlineData("""{"method":"stop"}""", -32600)]
    [InlineData("""{"jsonrpc":2,"method":"stop"}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","method":7}""", -32600)]
    [InlineData("""{"jsonrpc":"2.0","method":"explode"}""", -32601)]
    [InlineData("""{"jsonrpc":"2.0","method":"stop","params":"x"}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","method":"stop","params":{"reason":7}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","method":"stop","params":{"why":"x"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","method":"stop","params":{"reason":"a\u0000b"}}""", -32602)]
    [InlineData("""{"jsonrpc":"2.0","method":"stop","params":{"reason":"\ud800"}}""", -32700)]
    public async Task JSON_RPC_that_is_wrong_gets_the_code_for_it(string body, int code)
    {
        var answer = await Master.Admin().PostJson("/api/v2/builds/1", body);

        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Equal(code, (int)(await answer.Json())["error"]!["code"]!);
    }

    [Fact]
    public async Task JSON_in_the_guise_of_plain_text_is_refused()
    {
        var answer = await Master.Admin().PostAsync("/api/v2/workers", new StringContent("""{"name":"x"}""", Encoding.UTF8, "text/plain"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task A_browsers_session_writes_over_REST_only_with_a_pages_token()
    {
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostJson("/api/v2/workers", """{"name":"forged"}""")).StatusCode);

        browser.DefaultRequestHeaders.Add("RequestVerificationToken", await TestMaster.FormToken(browser));

        Assert.Equal(HttpStatusCode.Created, (await browser.PostJson("/api/v2/workers", """{"name":"meant"}""")).StatusCode);
    }

    [Theory]
    [InlineData(1_100_000)]
    [InlineData(40_000_000)]
    public async Task A_body_above_the_limit_is_refused_as_too_large_and_its_sender_hears_it(int length)
    {
        using var client = Master.Admin();

        var answer = await client.PostJson("/api/v2/changes", $$"""{"author":"a","comments":"{{new string('x', length)}}"}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("larger than is accepted", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v2/workers")).StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"../x"}""", "name")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{}""", "name")]
    [InlineData("""{"name":"ok","role":"admin"}""", "role")]
    public async Task A_worker_is_named_properly_and_nothing_else_is_taken(string body, string field)
    {
        var answer = await Master.Admin().PostJson("/api/v2/workers", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]![field]);
    }

    [Theory]
    [InlineData("""{"comments":"no author"}""", "author")]
    [InlineData("""{"author":"a","files":"x"}""", "files")]
    [InlineData("""{"author":"a","when_timestamp":99999999999999}""", "when_timestamp")]
    [InlineData("""{"author":"a","properties":[]}""", "properties")]
    public async Task A_wrong_change_is_refused_with_the_field(string body, string field)
    {
        var answer = await Master.Admin().PostJson("/api/v2/changes", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]![field]);
    }

    [Fact]
    public async Task Wrong_methods_and_headers_are_answered_by_status()
    {
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await Master.Admin().DeleteAsync("/api/v2/builders")).StatusCode);
        using var client = Master.Anonymous();
        client.DefaultRequestHeaders.Add("X-Long", new string('x', 40_000));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, (await client.GetAsync("/api/v2/builders")).StatusCode);
    }
}

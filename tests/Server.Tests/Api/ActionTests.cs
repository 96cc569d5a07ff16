using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Weir.Server.Tests.Api;

/// <summary>Actions once, versions, and the methods that every address takes.</summary>
public sealed class ActionTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task Sent_fifty_times_at_once_under_a_key_an_action_is_done_once_and_answered_fifty_times()
    {
        using var client = site.Master.As("developer");
        var before = await Count("buildsets");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => i % 2 == 0
            ? Post(client, $"/api/v2/builds/{site.Build}", """{"jsonrpc":"2.0","id":1,"method":"rebuild","params":{"reason":"r"}}""", "again-1")
            : Post(client, $"/api/v2/builds/{site.Build}/actions/rebuild", """{"reason":"r"}""", "again-1")));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Single((await Task.WhenAll(answers.Select(async a => (await a.Json())["result"]!.ToJsonString()))).Distinct());
        Assert.Equal(before + 1, await Count("buildsets"));
    }

    [Fact]
    public async Task A_key_belongs_to_its_caller_and_to_one_request()
    {
        using var developer = site.Master.As("developer");
        using var admin = site.Master.Admin();
        var path = $"/api/v2/builds/{site.Build}/actions/rebuild";
        Assert.Equal(HttpStatusCode.OK, (await Post(developer, path, """{"reason":"one"}""", "k")).StatusCode);
        var before = await Count("buildsets");

        var other = await Post(developer, path, """{"reason":"two"}""", "k");
        var elsewhere = await Post(developer, "/api/v2/changes", """{"author":"a","comments":"c","repository":"https://x/r"}""", "k");
        var rpc = await Post(developer, $"/api/v2/builds/{site.Build}", """{"jsonrpc":"2.0","id":1,"method":"rebuild","params":{"reason":"two"}}""", "k");
        Assert.Equal([HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity], [other.StatusCode, elsewhere.StatusCode, rpc.StatusCode]);
        Assert.NotNull((await other.Json())["errors"]!["Idempotency-Key"]);
        Assert.Equal(before, await Count("buildsets"));

        Assert.Equal(HttpStatusCode.OK, (await Post(admin, path, """{"reason":"two"}""", "k")).StatusCode);
        Assert.Equal(before + 1, await Count("buildsets"));
    }

    [Fact]
    public async Task What_was_refused_under_a_key_may_be_tried_again_under_it()
    {
        using var developer = site.Master.As("developer");
        Assert.Equal(HttpStatusCode.Conflict, (await Post(developer, $"/api/v2/builds/{site.Build}/actions/stop", "{}", "stop-1")).StatusCode);
        await site.Master.Store.Execute($"UPDATE builds SET completed_at = NULL, results = NULL WHERE id = {site.Build}");

        var again = await Post(developer, $"/api/v2/builds/{site.Build}/actions/stop", "{}", "stop-1");

        await site.Master.Store.Execute($"UPDATE builds SET completed_at = weir_now(), results = 2 WHERE id = {site.Build}");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_change_sent_twice_under_a_key_is_one_change()
    {
        using var developer = site.Master.As("developer");
        const string Change = """{"author":"a","comments":"c","branch":"main","repository":"https://x/r"}""";

        var (first, second) = (await Post(developer, "/api/v2/changes", Change, "c-1"), await Post(developer, "/api/v2/changes", Change, "c-1"));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    [Fact]
    public async Task A_token_made_twice_under_a_key_is_one_token_whose_text_is_given_again_and_lies_nowhere_in_clear()
    {
        using var admin = site.Master.Admin();
        var before = await Count("tokens");
        const string Order = """{"label":"once","expires_in_days":3}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Post(admin, "/api/v2/tokens", Order, "t-1")));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.StatusCode));
        Assert.Single((await Task.WhenAll(answers.Select(async a => (await a.Json()).ToJsonString()))).Distinct());
        Assert.Equal(before + 1, await Count("tokens"));
        var text = (string)(await answers[0].Json())["tokens"]![0]!["token"]!;
        Assert.Equal("admin", (string)(await (await Bearer(text).GetAsync("/api/v2/whoami")).Json())["name"]!);
        Assert.Equal(0, await site.Master.Store.Scalar<long>($"SELECT count(*) FROM action_keys WHERE answer::text LIKE '%{text}%'"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post(admin, "/api/v2/tokens", """{"label":"another"}""", "t-1")).StatusCode);
    }

    [Fact]
    public async Task A_worker_added_twice_under_a_key_keeps_the_token_of_the_first_time()
    {
        using var admin = site.Master.Admin();

        var (first, second) = (await Post(admin, "/api/v2/workers", """{"name":"once"}""", "w-1"), await Post(admin, "/api/v2/workers", """{"name":"once"}""", "w-1"));
        var stored = await site.Master.Store.Scalar<string>("SELECT encode(token_hash, 'hex') FROM workers WHERE name = 'once'");

        Assert.Equal((await first.Json()).ToJsonString(), (await second.Json()).ToJsonString());
        var text = (string)(await first.Json())["workers"]![0]!["token"]!;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text))), stored);
        Assert.NotEqual(text, (string)(await (await admin.PostJson("/api/v2/workers", """{"name":"once"}""")).Json())["workers"]![0]!["token"]!);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post(admin, "/api/v2/workers", """{"name":"twice"}""", "w-1")).StatusCode);
    }

    [Fact]
    public async Task A_configuration_applied_or_restored_twice_under_a_key_is_put_in_force_once()
    {
        await using var master = await TestMaster.Start();
        using var admin = master.Admin();
        static string Body(string title) => $$"""{"parts":[{"name":"a.yaml","text":"weir: 1\ntitle: {{title}}\n"}]}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Post(admin, "/api/v2/config/apply", Body("One"), "c")));
        var one = (long)(await answers[0].Json())["revisionid"]!;
        Assert.Equal([$"True {one}"], (await Task.WhenAll(answers.Select(async a => $"{(await a.Json())["changed"]} {(await a.Json())["revisionid"]}".Replace("true", "True", StringComparison.Ordinal)))).Distinct());
        var two = (long)(await (await Post(admin, "/api/v2/config/apply", Body("Two"), "d")).Json())["revisionid"]!;

        // Asked again, the first request has its first answer, and what came after it stays.
        Assert.Equal(one, (long)(await (await Post(admin, "/api/v2/config/apply", Body("One"), "c")).Json())["revisionid"]!);
        Assert.Equal(two, await master.Store.Scalar<long>("SELECT revision_id FROM config_in_force"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post(admin, "/api/v2/config/apply", Body("Three"), "c")).StatusCode);

        var restore = $"/api/v2/config/revisions/{one}/actions/restore";
        var three = (long)(await (await Post(admin, restore, "{}", "r")).Json())["result"]!["revisionid"]!;
        await Post(admin, "/api/v2/config/apply", Body("Four"), "e");
        Assert.Equal(three, (long)(await (await Post(admin, restore, "{}", "r")).Json())["result"]!["revisionid"]!);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Post(admin, $"/api/v2/config/revisions/{two}/actions/restore", "{}", "r")).StatusCode);
        Assert.Equal(4, await master.Store.Scalar<long>("SELECT count(*) FROM config_revisions"));
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_told_with_its_name()
    {
        var answer = await Post(site.Master.As("developer"), $"/api/v2/builds/{site.Build}/actions/rebuild", "{}", new string('k', 201));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Json())["errors"]!["Idempotency-Key"]);
    }

    [Theory]
    [InlineData("/api/v2/builds")]
    [InlineData("/api/v2/builders/linux")]
    [InlineData("/api/v2/openapi.json")]
    public async Task Who_has_the_version_of_an_answer_is_told_only_that_it_is_not_modified(string path)
    {
        using var client = site.Master.Anonymous();
        var first = await client.GetAsync(path);
        using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var stale = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { new EntityTagHeaderValue("\"old\"", true) } } };

        var unchanged = await client.SendAsync(again);

        Assert.Equal((HttpStatusCode.NotModified, 0), (unchanged.StatusCode, (await unchanged.Content.ReadAsByteArrayAsync()).Length));
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(stale)).StatusCode);
    }

    [Fact]
    public async Task A_version_is_new_when_something_is()
    {
        using var client = site.Master.Anonymous();
        var before = (await client.GetAsync("/api/v2/changes")).Headers.ETag;
        await site.Rows.Change();

        Assert.NotEqual(before, (await client.GetAsync("/api/v2/changes")).Headers.ETag);
    }

    [Fact]
    public async Task Heads_have_no_body_and_options_name_the_methods()
    {
        using var client = site.Master.Anonymous();
        var head = await client.SendAsync(new(HttpMethod.Head, "/api/v2/builds"));
        Assert.Equal((HttpStatusCode.OK, 0), (head.StatusCode, (await head.Content.ReadAsByteArrayAsync()).Length));
        Assert.True(head.Content.Headers.ContentLength > 100);

        var options = await client.SendAsync(new(HttpMethod.Options, "/api/v2/builds/1"));

        Assert.Equal(HttpStatusCode.NoContent, options.StatusCode);
        Assert.Equal(["GET", "HEAD", "POST"], options.Content.Headers.Allow.Order());
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.SendAsync(new(HttpMethod.Put, "/api/v2/builds/1"))).StatusCode);
    }

    private Task<long> Count(string table) => site.Master.Store.Scalar<long>($"SELECT count(*) FROM {table}");

    private HttpClient Bearer(string token)
    {
        var client = site.Master.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static Task<HttpResponseMessage> Post(HttpClient client, string path, string body, string key) =>
        client.SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { { "Idempotency-Key", key } } });
}

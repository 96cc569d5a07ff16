using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Weir.Server.Tests.Hooks;

public sealed class HookDoorTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private const string Secret = "hush";

    private const string Configuration = """
        weir: 1
        secrets: [{ from: env, prefix: WEIR_DOOR_TEST_ }]
        codebases: { lib: { repository: https://github.com/acme/lib.git } }
        changeSources:
          forge: { type: webhook, dialect: github, secret: HOOK }
          lost: { type: webhook, dialect: gitlab, secret: NOT_THERE }
          script: { type: webhook, dialect: base }
        workers: { w1: {} }
        builders: { b1: { steps: [ { run: "true" } ] } }
        """;

    private TestMaster Master => fixture.Master;

    private async Task Configure()
    {
        Environment.SetEnvironmentVariable("WEIR_DOOR_TEST_HOOK", Secret);
        var answer = await Master.Admin().PostJson("/api/v2/config/apply", System.Text.Json.JsonSerializer.Serialize(new { parts = new[] { new { name = "weir.yaml", text = Configuration } } }));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static HttpRequestMessage Hook(string path, string body, string? secret = Secret, string kind = "push")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-GitHub-Event", kind);
        if (secret is not null)
            request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes)));
        return request;
    }

    [Fact]
    public async Task The_doors_ask_for_the_signature_and_the_list_tells_admins_what_came()
    {
        await Configure();
        using var client = Master.Anonymous();

        Assert.Equal(HttpStatusCode.Accepted, (await client.SendAsync(Hook("/hooks/forge", """{"ref": "refs/heads/x"}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await client.SendAsync(Hook("/change_hook/github", """{"ref": "refs/heads/y"}"""))).StatusCode);
        var pong = await client.SendAsync(Hook("/hooks/forge", "{}", kind: "ping"));
        Assert.Equal(HttpStatusCode.OK, pong.StatusCode);
        Assert.StartsWith("pong", await pong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync(Hook("/hooks/forge", "{}", "wrong"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendAsync(Hook("/hooks/forge", "{}", null))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(Hook("/hooks/nobody", "{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(Hook("/change_hook/bitbucket", "{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await client.SendAsync(Hook("/hooks/lost", "{}"))).StatusCode);

        var listed = await (await Master.Admin().GetAsync("/api/v2/hooks")).Json();
        Assert.True(listed["hooks"]!.AsArray().Count >= 4);
        Assert.Contains(listed["hooks"]!.AsArray(), h => (string?)h!["source"] == "forge" && (string?)h["event"] == "push");
        var refused = await (await Master.Admin().GetAsync("/api/v2/hooks/refusals")).Json();
        Assert.Equal(2, refused["refusals"]!.AsArray().Sum(r => (int)r!["count"]!));
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").GetAsync("/api/v2/hooks")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("viewer").GetAsync("/changes/hooks")).StatusCode);
        var page = await Master.Admin().GetStringAsync("/changes/hooks?source=forge");
        Assert.Contains("does not fit the body and the secret", page, StringComparison.Ordinal);
        Assert.Contains("Read again", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_secret_the_sender_signs_in()
    {
        await Configure();

        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().PostForm("/hooks/script", ("author", "x"))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Master.Admin().PostForm("/hooks/script", ("author", "x"))).StatusCode);
        using var browser = Master.Browser();
        await TestMaster.SignIn(browser);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.PostForm("/hooks/script", ("author", "x"))).StatusCode);
    }

    [Fact]
    public async Task Large_hooks_are_taken_larger_ones_and_strange_ones_refused()
    {
        await Configure();
        using var client = Master.Anonymous();

        Assert.Equal(HttpStatusCode.Accepted, (await client.SendAsync(Hook("/hooks/forge", $$"""{"x": "{{new string('x', 3_000_000)}}"}"""))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.SendAsync(Hook("/hooks/forge", new string('x', 27_000_000)))).StatusCode);
        var text = Hook("/hooks/forge", "{}");
        text.Content!.Headers.ContentType = new("text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(text)).StatusCode);
        var packed = Hook("/hooks/forge", "{}");
        packed.Content!.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.SendAsync(packed)).StatusCode);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Api;

/// <summary>One thing of the configuration at a time over REST.</summary>
public sealed class ThingsApiTests(MasterFixture fixture) : IClassFixture<MasterFixture>, IAsyncLifetime
{
    private const string Text = "weir: 1\n# ours\nworkers: { w1: {} }\nlocks:\n  cpu: { capacity: 2 }  # cores\nbuilders:\n  lib:\n    steps:\n      - run: make   # all of it\n";

    private TestMaster Master => fixture.Master;

    public async ValueTask InitializeAsync() =>
        Assert.Equal(HttpStatusCode.OK, (await Master.Admin().PostJson("/api/v2/config/apply", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "weir.yaml", ["text"] = Text }, new JsonObject { ["name"] = "forms", ["text"] = "weir: 1\n" }) }.ToJsonString())).StatusCode);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_thing_is_read_changed_and_removed()
    {
        var read = await Master.Anonymous().GetAsync("/api/v2/config/things/locks/cpu");
        var thing = (await read.Json())["things"]![0]!;
        Assert.Equal(("""{"capacity":2}""", $"\"{thing["etag"]}\"", "weir.yaml"), (thing["value"]!.ToJsonString(), read.Headers.ETag!.Tag, (string)thing["place"]!["part"]!));

        var written = await Send(HttpMethod.Put, "locks/cpu", """{"value":{"capacity":4},"reason":"new machine"}""", match: read.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        Assert.Equal(Text.Replace("2 }", "4 }", StringComparison.Ordinal), await Part("weir.yaml"));
        Assert.Equal("new machine", (string)(await Json("/api/v2/config/in_force"))["revisions"]![0]!["reason"]!);

        var stale = await Send(HttpMethod.Put, "locks/cpu", """{"value":{"capacity":8}}""", match: read.Headers.ETag!.Tag);
        Assert.Equal((HttpStatusCode.PreconditionFailed, 4), (stale.StatusCode, (int)(await stale.Json())["standing"]!["value"]!["capacity"]!));
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Delete, "locks/cpu?reason=gone", null, match: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Anonymous().GetAsync("/api/v2/config/things/locks/cpu")).StatusCode);
    }

    [Fact]
    public async Task A_new_one_is_made_once_and_may_come_as_yaml()
    {
        Assert.Equal(HttpStatusCode.Created, (await Send(HttpMethod.Put, "builders/pyg", new JsonObject { ["text"] = "steps:\n  - run: make pyg\n" }.ToJsonString(), none: "*")).StatusCode);
        Assert.Equal("weir: 1\nbuilders:\n  pyg:\n    steps:\n      - run: make pyg\n", await Part("forms"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Send(HttpMethod.Put, "builders/pyg", """{"value":{"steps":[{"run":"other"}]}}""", none: "*")).StatusCode);
        Assert.Equal(["lib", "pyg"], (await Json("/api/v2/config/things/builders"))["things"]!.AsArray().Select(t => (string)t!["name"]!));
        Assert.Contains((await Json("/api/v2/config/parts"))["parts"]!.AsArray(), p => (string)p!["name"]! == "forms" && p["defines"]!.ToJsonString().Contains("pyg", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dry_run_tells_and_stores_nothing()
    {
        var would = await (await Send(HttpMethod.Put, "locks/cpu?dryRun=true", """{"value":{"capacity":4}}""", match: "*")).Json();

        Assert.Equal((true, true, null), ((bool)would["accepted"]!, (bool)would["dry_run"]!, (long?)would["revisionid"]));
        Assert.Contains("+  cpu: { capacity: 4 }  # cores", (string)would["text"]!, StringComparison.Ordinal);
        Assert.Equal(Text, await Part("weir.yaml"));
    }

    [Fact]
    public async Task What_is_wrong_is_told_at_its_place()
    {
        var refused = await Send(HttpMethod.Put, "builders/lib", """{"value":{"steps":[{"run":"make","timeout":"soon"}]}}""", match: "*");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal("steps[0].timeout", (string)(await refused.Json())["problems"]![0]!["path"]!);
        foreach (var (body, match, expected) in new[] { ("{}", "*", 400), ("""{"value":{},"text":"a: b"}""", "*", 400), ("""{"text":"a: [b"}""", "*", 400), ("""{"value":{}}""", (string?)null, 428), ("""{"value":{},"extra":1}""", "*", 400) })
            Assert.Equal(expected, (int)(await Send(HttpMethod.Put, "builders/lib", body, match: match)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Put, "buildres/lib", """{"value":{}}""", match: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Anonymous().GetAsync("/api/v2/config/things/buildres")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("developer").SendAsync(Request(HttpMethod.Put, "builders/lib", """{"value":{}}""", "*", null))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Master.Anonymous().SendAsync(Request(HttpMethod.Delete, "builders/lib", null, "*", null))).StatusCode);
    }

    [Fact]
    public async Task Everything_is_exported_as_one_text_that_reads_back_equal()
    {
        var text = await (await Master.Anonymous().GetAsync("/api/v2/config/export")).Content.ReadAsStringAsync();

        Assert.Equal("weir: 1\n\nworkers:\n  w1: {}\n\nlocks:\n  cpu:\n    capacity: 2\n\nbuilders:\n  lib:\n    steps:\n      - run: make\n", text);
        var diff = await (await Master.Admin().PostJson("/api/v2/config/diff", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "one.yaml", ["text"] = text }) }.ToJsonString())).Json();
        Assert.Empty(diff["differences"]![0]!["changes"]!.AsArray());
    }

    private Task<HttpResponseMessage> Send(HttpMethod method, string path, string? body, string? match = null, string? none = null) => Master.Admin().SendAsync(Request(method, path, body, match, none));

    private static HttpRequestMessage Request(HttpMethod method, string path, string? body, string? match, string? none)
    {
        var request = new HttpRequestMessage(method, "/api/v2/config/things/" + path) { Content = body is null ? null : JsonContent.Create(JsonNode.Parse(body)) };
        if (match is not null)
            request.Headers.TryAddWithoutValidation("If-Match", match);
        if (none is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", none);
        return request;
    }

    private async Task<JsonNode> Json(string path) => await (await Master.Anonymous().GetAsync(path)).Json();

    private async Task<string> Part(string name) => (string)(await Json("/api/v2/config/in_force"))["revisions"]![0]!["parts"]!.AsArray().First(p => (string)p!["name"]! == name)!["text"]!;
}

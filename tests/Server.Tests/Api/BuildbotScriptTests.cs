using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Api;

/// <summary>Scripts as people have them for Buildbot, pointed at Weir: the same paths, fields, types and calls.</summary>
public sealed class BuildbotScriptTests(Site site) : IClassFixture<Site>
{
    private const string Force = """{"jsonrpc":"2.0","id":7,"method":"force","params":{"builderid":BUILDER,"username":"","reason":"by script","branch":"","revision":"","repository":"","project":"","version":"1.2"}}""";

    // What Buildbot's data API has of each, with the type it has when it is not null.
    private static readonly Dictionary<string, (string Name, string Type)[]> Fields = new()
    {
        ["builders"] = Read("builderid:integer name:string description:string description_format:string description_html:string masterids:array projectid:integer tags:array"),
        ["builds"] = Read("buildid:integer number:integer builderid:integer buildrequestid:integer workerid:integer masterid:integer started_at:integer complete:boolean complete_at:integer locks_duration_s:integer properties:object results:integer state_string:string"),
        ["steps"] = Read("stepid:integer buildid:integer complete:boolean complete_at:integer hidden:boolean name:string number:integer results:integer started_at:integer locks_acquired_at:integer state_string:string urls:array"),
        ["logs"] = Read("complete:boolean logid:integer name:string num_lines:integer slug:string stepid:integer type:string"),
        ["buildrequests"] = Read("buildrequestid:integer builderid:integer buildsetid:integer claimed:boolean claimed_at:integer claimed_by_masterid:integer complete:boolean complete_at:integer priority:integer properties:object results:integer submitted_at:integer waited_for:boolean"),
        ["buildsets"] = Read("bsid:integer complete:boolean complete_at:integer external_idstring:string parent_buildid:integer parent_relationship:string reason:string rebuilt_buildid:integer results:integer sourcestamps:array submitted_at:integer"),
        ["sourcestamps"] = Read("ssid:integer branch:string codebase:string created_at:integer patch:object project:string repository:string revision:string"),
        ["changes"] = Read("changeid:integer author:string committer:string branch:string category:string codebase:string comments:string files:array parent_changeids:array project:string properties:object repository:string revision:string revlink:string sourcestamp:object when_timestamp:integer"),
        ["workers"] = Read("workerid:integer configured_on:array connected_to:array name:string paused:boolean pause_reason:string graceful:boolean workerinfo:object"),
        ["masters"] = Read("masterid:integer active:boolean last_active:integer name:string"),
        ["schedulers"] = Read("schedulerid:integer name:string enabled:boolean master:object"),
        ["forceschedulers"] = Read("name:string button_name:string label:string builder_names:array enabled:boolean all_fields:array"),
        ["changesources"] = Read("changesourceid:integer name:string master:object"),
        ["projects"] = Read("projectid:integer name:string slug:string description:string description_format:string description_html:string"),
        ["codebases"] = Read("codebaseid:integer name:string slug:string projectid:integer"),
    };

    private HttpClient Client { get; } = site.Master.Anonymous();

    [Fact]
    public async Task Every_field_of_Buildbot_is_there_with_its_type()
    {
        foreach (var (collection, fields) in Fields)
        {
            var path = collection switch { "steps" => $"builds/{site.Build}/steps", "logs" => $"steps/{site.Step}/logs", var all => all };
            var items = await Get(path, collection);
            Assert.NotEmpty(items);
            foreach (var item in items)
            {
                foreach (var (name, type) in fields)
                {
                    Assert.True(item!.AsObject().ContainsKey(name), $"{collection} have no {name}");
                    if (item[name] is { } value)
                        Assert.True(Type(value) == type, $"{collection}: {name} is {value.ToJsonString()}");
                }
            }
        }
    }

    [Fact]
    public async Task A_script_walks_from_a_builder_to_the_lines_of_a_log()
    {
        var builder = (await Get("builders?name=linux", "builders"))[0]!;
        var build = (await Get($"builders/{builder["builderid"]}/builds?limit=1&order=-number&complete=true&property=owner", "builds"))[0]!;
        Assert.Equal((2, "[\"ada\",\"Force\"]"), ((int)build["results"]!, build["properties"]!["owner"]!.ToJsonString()));
        Assert.False(build["properties"]!.AsObject().ContainsKey("count"));
        var step = (await Get($"builds/{build["buildid"]}/steps", "steps")).First(s => (int?)s!["results"] == 2)!;
        var log = (await Get($"builds/{build["buildid"]}/steps/{step["number"]}/logs", "logs"))[0]!;

        var chunk = (await Get($"logs/{log["logid"]}/contents", "logchunks"))[0]!;
        var same = (await Get($"builders/linux/builds/{build["number"]}/steps/{step["name"]}/logs/{log["slug"]}/contents?offset=1&limit=1", "logchunks"))[0]!;

        Assert.Equal(("oone\netwo\n", 0), ((string?)chunk["content"], (int)chunk["firstline"]!));
        Assert.Equal(("etwo\n", 1), ((string?)same["content"], (int)same["firstline"]!));
        Assert.Equal("one\ntwo\n", await Client.GetStringAsync($"/api/v2/steps/{step["stepid"]}/logs/stdio/raw"));
    }

    [Fact]
    public async Task A_script_asks_what_belongs_to_a_build()
    {
        var properties = (await Get($"builds/{site.Build}/properties", "properties"))[0]!;
        Assert.Equal(("[\"ada\",\"Force\"]", "[3,\"Step\"]"), (properties["owner"]!.ToJsonString(), properties["count"]!.ToJsonString()));
        var change = (await Get($"builds/{site.Build}/changes", "changes")).Single()!;
        Assert.Equal((site.Change, site.Stamp), ((long)change["changeid"]!, (long)change["sourcestamp"]!["ssid"]!));
        Assert.Equal(site.Build, (long)(await Get($"changes/{site.Change}/builds", "builds")).Single()!["buildid"]!);
        Assert.Equal(site.Change, (long)(await Get($"sourcestamps/{site.Stamp}/changes", "changes")).Single()!["changeid"]!);
        Assert.Equal(site.Build, (long)(await Get($"buildrequests/{site.Request}/builds", "builds")).Single()!["buildid"]!);
        Assert.Equal("[\"ada\",\"Force\"]", (await Get($"buildrequests/{site.Request}?property=*", "buildrequests"))[0]!["properties"]!["owner"]!.ToJsonString());
        Assert.Equal(site.Builder, (long)(await Get("workers/w1", "workers")).Single()!["configured_on"]!.AsArray().First(c => (long)c!["builderid"]! == site.Builder)!["builderid"]!);
        Assert.Equal(["linux"], (await Get("projects/gst/builders", "builders")).Select(b => (string?)b!["name"]));
        Assert.Equal(["force"], (await Get($"builders/{site.Builder}/forceschedulers", "forceschedulers")).Select(f => (string?)f!["name"]));
        Assert.Contains("builds", (await Get("", "rootlinks")).Select(r => (string?)r!["name"]));
        Assert.Contains((await Get("application.spec", "specs")), s => (string?)s!["path"] == "builds/n:id" && (string?)s["plural"] == "builds");
    }

    [Fact]
    public async Task A_script_forces_a_build_and_waits_for_its_request()
    {
        var forced = await (await site.Master.As("developer").PostJson("/api/v2/forceschedulers/force", Force.Replace("BUILDER", $"{site.Builder}", StringComparison.Ordinal))).Json();
        Assert.True(forced["result"] is not null, forced.ToJsonString());
        Assert.Equal(("2.0", 7), ((string?)forced["jsonrpc"], (int)forced["id"]!));
        var (bsid, brid) = ((long)forced["result"]![0]!, (long)forced["result"]![1]![$"{site.Builder}"]!);

        var request = (await Get($"buildrequests/{brid}?property=version", "buildrequests")).Single()!;
        Assert.Equal((bsid, false, false, "by script"), ((long)request["buildsetid"]!, (bool)request["complete"]!, (bool)request["claimed"]!, (string?)request["reason"]));
        Assert.Equal("1.2", (string?)request["properties"]!["version"]![0]);
        Assert.Contains(brid, (await Get("buildrequests?complete=false&claimed=false", "buildrequests")).Select(r => (long)r!["buildrequestid"]!));
        Assert.Empty(await Get($"buildrequests/{brid}/builds", "builds"));

        var cancelled = await (await site.Master.As("developer").PostJson($"/api/v2/buildrequests/{brid}", """{"jsonrpc":"2.0","id":8,"method":"cancel","params":{"reason":"enough"}}""")).Json();
        Assert.Null(cancelled["error"]);
        Assert.Equal((true, 6), ((await Get($"buildrequests/{brid}", "buildrequests")) is [var ended] ? ((bool)ended!["complete"]!, (int)ended["results"]!) : default));
    }

    [Fact]
    public async Task A_script_rebuilds_and_is_told_the_buildset_and_the_request()
    {
        var result = (await (await site.Master.As("developer").PostJson($"/api/v2/builders/linux/builds/1", """{"jsonrpc":"2.0","id":"x","method":"rebuild","params":{}}""")).Json())["result"]!;

        var set = (await Get($"buildsets/{result[0]}", "buildsets")).Single()!;
        Assert.Equal(site.Build, (long)set["rebuilt_buildid"]!);
        Assert.Equal((long)set["bsid"]!, (long)(await Get($"buildrequests/{result[1]![$"{site.Builder}"]}", "buildrequests")).Single()!["buildsetid"]!);
    }

    [Fact]
    public async Task A_script_switches_a_scheduler_off_as_in_Buildbot()
    {
        foreach (var enabled in new[] { false, true })
        {
            var id = (await Get("schedulers", "schedulers")).First(s => (string?)s!["name"] == "force")!["schedulerid"];
            var answer = await site.Master.Admin().PostJson($"/api/v2/schedulers/{id}", $$$"""{"jsonrpc":"2.0","id":1,"method":"enable","params":{"enabled":{{{(enabled ? "true" : "false")}}}}}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(enabled, (bool)(await Get($"schedulers/{id}", "schedulers")).Single()!["enabled"]!);
        }
    }

    [Theory]
    [InlineData("{", 400, -32700, "JSON parse error")]
    [InlineData("[]", 400, -32600, "JSONRPC batch requests are not supported")]
    [InlineData("7", 400, -32600, "JSONRPC root object must be an object")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"params":{}}""", 400, -32600, "missing key 'method'")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"stop","params":{}}""", 400, -32600, "only JSONRPC 2.0 is supported")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"explode","params":{}}""", 404, -32601, "action: explode is not supported")]
    public async Task What_is_wrong_is_told_in_Buildbots_words(string body, int status, int code, string message)
    {
        var answer = await site.Master.Admin().PostJson($"/api/v2/builds/{site.Build}", body);
        var error = (await answer.Json())["error"]!;

        Assert.Equal((status, code), ((int)answer.StatusCode, (int)error["code"]!));
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
    }

    private async Task<JsonArray> Get(string path, string collection)
    {
        var answer = await Client.GetAsync("/api/v2/" + path);
        var body = await answer.Json();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body.ToJsonString());
        Assert.NotNull(body["meta"]);
        return body[collection]!.AsArray();
    }

    private static (string, string)[] Read(string fields) => [.. fields.Split(' ').Select(f => (f.Split(':')[0], f.Split(':')[1]))];

    private static string Type(JsonNode value) => value.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "boolean",
        System.Text.Json.JsonValueKind.Number => "integer",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}

using System.Net;

namespace Weir.Server.Tests.Api;

public sealed class ResourceTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task A_collection_is_wrapped_with_its_total_and_one_is_a_list_of_one()
    {
        var all = await (await Master.Anonymous().GetAsync("/api/v2/masters")).Json();
        Assert.Equal(1, (int)all["meta"]!["total"]!);
        var one = await (await Master.Anonymous().GetAsync("/api/v2/masters/" + all["masters"]![0]!["masterid"])).Json();

        Assert.Equal((string?)all["masters"]![0]!["name"], (string?)one["masters"]!.AsArray().Single()!["name"]);
        Assert.True((bool)one["masters"]![0]!["active"]!);
        var (seconds, milliseconds) = ((long)one["masters"]![0]!["started_at"]!, (long)one["masters"]![0]!["started_at_ms"]!);
        Assert.Equal(seconds, milliseconds / 1000);
    }

    [Fact]
    public async Task Filters_order_fields_and_paging_work_as_in_Buildbot()
    {
        foreach (var name in new[] { "page-a", "page-b", "page-c" })
            await Master.Admin().PostJson("/api/v2/workers", $$"""{"name":"{{name}}"}""");

        Assert.Equal(["page-c", "page-b"], await Names("name__contains=page-&order=-name&limit=2&field=name"));
        Assert.Equal(["page-c"], await Names("name__contains=page-&order=name&offset=2&field=name"));
        Assert.Equal(["page-b"], await Names("name=page-b"));
        Assert.Equal(["page-a", "page-b"], await Names("name__le=page-b&name__ge=page-a&order=name"));
        Assert.Empty(await Names("name__contains=page-&paused=on"));
        var one = (await (await Master.Anonymous().GetAsync("/api/v2/workers?name=page-a&field=name")).Json())["workers"]![0]!.AsObject();
        Assert.Equal(["name"], one.Select(p => p.Key));
    }

    [Fact]
    public async Task A_change_can_be_sent_as_JSON_and_as_a_form_and_read_again()
    {
        var json = await Master.Admin().PostJson("/api/v2/changes", """{"author":"Ada <ada@x>","branch":"main","revision":"abc","comments":"One\nmore","files":["a/ü.c"],"repository":"https://x/r","properties":{"n":1}}""");
        Assert.Equal(HttpStatusCode.Created, json.StatusCode);
        var form = await Master.Admin().PostForm("/api/v2/changes", ("author", "Bob"), ("comments", "Two"), ("files", """["b.c"]"""), ("branch", "dev"), ("repository", "https://x/r"));
        Assert.Equal(HttpStatusCode.Created, form.StatusCode);

        var read = (await (await Master.Anonymous().GetAsync(json.Headers.Location)).Json())["changes"]![0]!;

        Assert.Equal("a/ü.c", (string?)read["files"]![0]);
        Assert.Equal("[1,\"Change\"]", read["properties"]!["n"]!.ToJsonString());
        Assert.Equal("b.c", (string?)(await form.Json())["changes"]![0]!["files"]![0]);
        Assert.Single((await (await Master.Anonymous().GetAsync("/api/v2/changes?branch=dev")).Json())["changes"]!.AsArray());
    }

    [Fact]
    public async Task A_configuration_is_checked_and_applied_over_REST_with_positions_of_what_is_wrong()
    {
        const string bad = """{"parts":[{"name":"weir.yaml","text":"weir: 1\nbuilder: {}\n"}]}""";
        var check = await (await Master.Admin().PostJson("/api/v2/config/check", bad)).Json();
        Assert.False((bool)check["accepted"]!);
        Assert.Equal(2, (int)check["problems"]![0]!["line"]!);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Master.Admin().PostJson("/api/v2/config/apply", bad)).StatusCode);

        var good = await Master.Admin().PostJson("/api/v2/config/apply", """{"parts":[{"name":"weir.yaml","text":"weir: 1\ntitle: Over REST\n"}],"reason":"try"}""");

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        var revision = (await (await Master.Anonymous().GetAsync($"/api/v2/config/revisions/{(await good.Json())["revisionid"]}")).Json())["revisions"]![0]!;
        Assert.Equal(("in_force", "admin", "try"), ((string?)revision["state"], (string?)revision["author"], (string?)revision["reason"]));
    }

    [Fact]
    public async Task The_interface_describes_itself()
    {
        var document = await (await Master.Anonymous().GetAsync("/api/v2/openapi.json")).Json();

        Assert.NotNull(document["paths"]!["/api/v2/builders/{builder}"]);
    }

    private async Task<string[]> Names(string query) =>
        [.. (await (await Master.Anonymous().GetAsync("/api/v2/workers?" + query)).Json())["workers"]!.AsArray().Select(w => (string)w!["name"]!)];
}

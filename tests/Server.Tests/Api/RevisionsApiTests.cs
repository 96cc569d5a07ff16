using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Api;

/// <summary>Old revisions over REST: compared, taken away as files, put back in force.</summary>
public sealed class RevisionsApiTests(MasterFixture fixture) : IClassFixture<MasterFixture>
{
    private TestMaster Master => fixture.Master;

    [Fact]
    public async Task An_old_revision_comes_back_as_a_new_one_with_its_content_and_is_on_record()
    {
        var (first, second) = (await Apply("First"), await Apply("Second"));

        var restored = await Master.Admin().PostJson($"/api/v2/config/revisions/{first}/actions/restore", """{"reason":"better"}""");

        Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        var id = (long)(await restored.Json())["result"]!["revisionid"]!;
        Assert.True(id > second);
        var now = (await Get("/api/v2/config/in_force"))["revisions"]![0]!;
        Assert.Equal((id, $"revision {first} restored: better", Text("First")), ((long)now["revisionid"]!, (string)now["reason"]!, (string)now["parts"]![0]!["text"]!));
        Assert.Equal(1, await Master.Store.Scalar<long>($"SELECT count(*) FROM audit WHERE action = 'config.restore' AND subject = 'revision {id}' AND actor = 'admin'"));

        var again = await (await Master.Admin().PostJson($"/api/v2/config/revisions/{first}/actions/restore", "{}")).Json();
        Assert.Equal((false, id), ((bool)again["result"]!["changed"]!, (long)again["result"]!["revisionid"]!));
    }

    [Fact]
    public async Task What_was_never_in_force_cannot_come_back()
    {
        await Apply("Good");
        var refused = (long)(await (await Master.Admin().PostJson("/api/v2/config/apply", """{"parts":[{"name":"a.yaml","text":"weir: 1\nbuilder: {}\n"}]}""")).Json())["revisionid"]!;

        Assert.Equal(HttpStatusCode.Conflict, (await Master.Admin().PostJson($"/api/v2/config/revisions/{refused}/actions/restore", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Admin().PostJson("/api/v2/config/revisions/999999/actions/restore", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Master.As("developer").PostJson($"/api/v2/config/revisions/{refused}/actions/restore", "{}")).StatusCode);
    }

    [Fact]
    public async Task Any_two_revisions_are_compared_and_local_files_with_what_is_in_force()
    {
        var (first, _, third) = (await Apply("One"), await Apply("Two"), await Apply("Three"));

        Assert.Contains("-title: One\n+title: Three\n", await Difference($"/api/v2/config/revisions/{third}/difference?from={first}"));
        Assert.Contains("-title: Two\n+title: Three\n", await Difference($"/api/v2/config/revisions/{third}/difference"));
        Assert.Equal("", await Difference($"/api/v2/config/revisions/{third}/difference?from={third}"));
        Assert.Equal(HttpStatusCode.NotFound, (await Master.Admin().GetAsync($"/api/v2/config/revisions/{third}/difference?from=999999")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Master.Admin().GetAsync($"/api/v2/config/revisions/{third}/difference?from=x")).StatusCode);

        var answer = await (await Master.Admin().PostJson("/api/v2/config/diff", Body("Four"))).Json();
        Assert.Contains("-title: Three\n+title: Four\n", (string)answer["differences"]![0]!["text"]!);
        Assert.Equal(third, (long)(await Get("/api/v2/config/in_force"))["revisions"]![0]!["revisionid"]!);
    }

    [Fact]
    public async Task Revisions_are_listed_by_state_author_reason_and_time()
    {
        await using var master = await TestMaster.Start();
        await master.AddUser("configurer", "configure");
        await master.Admin().PostJson("/api/v2/config/apply", Body("One"));
        await master.As("configurer").PostJson("/api/v2/config/apply", Body("Two").TrimEnd('}') + ",\"reason\":\"tidied up\"}");
        await master.Admin().PostJson("/api/v2/config/apply", """{"parts":[{"name":"a.yaml","text":"weir: 1\nbuilder: {}\n"}]}""");
        await master.Store.Execute("UPDATE config_revisions SET created_at = '2026-01-01T00:00:00Z' WHERE id = (SELECT min(id) FROM config_revisions)");

        async Task<string[]> List(string query) => [.. (await (await master.Anonymous().GetAsync("/api/v2/config/revisions?field=state&field=author&" + query)).Json())["revisions"]!.AsArray().Select(r => $"{r!["state"]} {r["author"]}")];

        Assert.Equal(["refused admin", "in_force configurer", "superseded admin"], await List(""));
        Assert.Equal(["in_force configurer"], await List("state=in_force"));
        Assert.Equal(["in_force configurer", "superseded admin"], await List("state__ne=refused"));
        Assert.Equal(["superseded admin", "refused admin"], await List("author=admin&order=revisionid"));
        Assert.Equal(["in_force configurer"], await List("reason__contains=tidied"));
        Assert.Equal(["superseded admin"], await List("created_at__lt=1770000000"));
        Assert.Equal(["superseded admin"], await List($"after={await master.Store.Scalar<long>("SELECT revision_id FROM config_in_force")}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await master.Anonymous().GetAsync("/api/v2/config/revisions?parts=x")).StatusCode);
    }

    [Fact]
    public async Task A_revision_is_taken_away_as_files_that_stay_in_their_folder()
    {
        var body = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "../../etc/weir.yaml", ["text"] = Text("Zip") }) };
        var id = (long)(await (await Master.Admin().PostJson("/api/v2/config/apply", body.ToJsonString())).Json())["revisionid"]!;

        using var archive = new ZipArchive(await (await Master.Anonymous().GetAsync($"/api/v2/config/revisions/{id}/export")).Content.ReadAsStreamAsync());

        var entry = Assert.Single(archive.Entries);
        Assert.Equal("weir.yaml", entry.FullName);
        using var reader = new StreamReader(entry.Open());
        Assert.Equal(Text("Zip"), await reader.ReadToEndAsync());
    }

    private static string Text(string title) => $"weir: 1\ntitle: {title}\n";

    private static string Body(string title) => new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["name"] = "a.yaml", ["text"] = Text(title) }) }.ToJsonString();

    private async Task<long> Apply(string title) => (long)(await (await Master.Admin().PostJson("/api/v2/config/apply", Body(title))).Json())["revisionid"]!;

    private async Task<JsonNode> Get(string path) => await (await Master.Admin().GetAsync(path)).Json();

    private async Task<string> Difference(string path) => (string)(await Get(path))["differences"]![0]!["text"]!;
}

using System.Net;
using System.Net.Http.Json;
using Weir.Whole.Tests.F;

namespace Weir.Whole.Tests.A;

/// <summary>A team's repository changes while builds run: each build does what its revision says, and a mistake stops nobody.</summary>
public sealed class TeamPartTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_teams_commits_come_in_force_beside_running_builds_and_a_broken_one_is_shown()
    {
        await using var weir = await Installation.Create("");
        var repository = new TeamRepository(Path.Combine(weir.Directory, "team"));
        repository.Commit(Builder("old", "sleep 4"));
        await File.WriteAllTextAsync(weir.Configuration, $$"""
            weir: 1
            workers: { w1: { maxBuilds: 3 } }
            parts:
              team: { repository: 'file://{{repository.Path}}', every: 1s, may: { workers: [w1] } }
            """);
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builders WHERE name = 'team-hull'"), "the team's builder");

        var before = await Force(weir, master);
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builds"), "the build to start");
        var commit = repository.Commit(Builder("new", "true"));
        await weir.Until(async () => await weir.Sql<long?>("SELECT revision_id FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id WHERE r.parts::text LIKE '%' || @commit || '%'", new { commit }), "the commit to be in force");
        var after = await Force(weir, master);
        Assert.Equal((0, 0), (await weir.ResultOf(after), await weir.ResultOf(before)));
        Assert.Equal("old new", $"{await Step(weir, before)} {await Step(weir, after)}");

        var broken = repository.Commit("weir: 1\nworkers: { mine: {} }\n");
        await weir.Until(async () => await weir.Sql<long?>("SELECT number FROM config_sources WHERE name = 'team' AND pending_commit = @broken", new { broken }), "the refusal");
        var page = await master.Http.GetStringAsync("/configuration");
        Assert.Contains("Names of the part &quot;team&quot; begin with &quot;team-&quot;", page, StringComparison.Ordinal);
        Assert.Equal(0, await weir.ResultOf(await Force(weir, master)));
        Assert.Equal(HttpStatusCode.Conflict, (await Put(master, "/api/v2/config/things/builders/team-hull", """{"value":{"steps":[{"run":"x"}]}}""")).StatusCode);
        Assert.True((await master.Http.PostAsJsonAsync("/api/v2/config/apply", new { parts = new[] { new { name = "own.yaml", text = "weir: 1\nprojects: { own: {} }\n" } } })).IsSuccessStatusCode);
        await Look(master);
    }

    private async Task Look(Installation.Master master)
    {
        Browser.MustBeThere();
        await using var tab = await browser.Open(master.Url + "/configuration");
        var shots = Directory.CreateDirectory(Path.Combine(Browser.Root, "artifacts", "screenshots")).FullName;
        await tab.Page.ScreenshotAsync(new() { Path = Path.Combine(shots, "configuration-parts.png"), FullPage = true });
        Assert.Equal("Where it comes from", await tab.Page.Locator("#configuration-parts").TextContentAsync());
        Assert.Equal(3, await tab.Page.Locator("tr[id^=part-of-]").CountAsync());
        Assert.Empty(tab.Complaints);
    }

    private static string Builder(string step, string run) => $"weir: 1\nbuilders:\n  team-hull:\n    workers: {{ names: [w1] }}\n    steps:\n      - {{ name: {step}, run: '{run}' }}\nschedulers:\n  team-force: {{ type: force, builders: [team-hull] }}\n";

    private static async Task<long> Force(Installation weir, Installation.Master master)
    {
        var answer = await master.Http.PostAsJsonAsync("/api/v2/forceschedulers/team-force/actions/force", new { builders = new[] { "team-hull" } });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await weir.Sql<long>("SELECT max(id) FROM requests");
    }

    private static async Task<HttpResponseMessage> Put(Installation.Master master, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return await master.Http.SendAsync(request);
    }

    private static Task<string> Step(Installation weir, long request) => weir.Sql<string>("SELECT string_agg(s.name, ',') FROM steps s JOIN builds b ON b.id = s.build_id WHERE b.request_id = @request", new { request });
}

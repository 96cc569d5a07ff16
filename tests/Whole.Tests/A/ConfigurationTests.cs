using System.Net.Http.Json;

namespace Weir.Whole.Tests.A;

/// <summary>A1, A2: a new configuration never touches what runs; a bad one changes nothing and says what is wrong.</summary>
public sealed class ConfigurationTests
{
    private static string Config(string steps) => $$"""
        weir: 1
        workers: { w1: { maxBuilds: 2 } }
        schedulers:
          force: { type: force, builders: [hull] }
        builders:
          hull:
            steps:
        {{steps}}
        """;

    private const string Old = "      - { name: wait, run: 'sleep 3' }\n      - { name: old-last, run: 'echo old' }";
    private const string New = "      - { name: new-only, run: 'echo new' }";

    [Fact]
    public async Task A_build_keeps_the_configuration_it_started_with()
    {
        await using var weir = await Installation.Create(Config(Old));
        var master = await weir.StartMaster("one");
        weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        var before = await weir.Force(master, "hull");
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builds"), "the build to start");
        var revision = await weir.Sql<long>("SELECT revision_id FROM config_in_force");

        await File.WriteAllTextAsync(weir.Configuration, Config(New));
        await weir.Until(async () => await weir.Sql<long>("SELECT revision_id FROM config_in_force") is var now && now != revision ? now : (long?)null, "the changed file to be in force");
        var after = await weir.Force(master, "hull");

        Assert.Equal(0, await weir.ResultOf(after));
        Assert.Equal(0, await weir.ResultOf(before));
        Assert.Equal("old-last,wait", await Steps(weir, before));
        Assert.Equal("new-only", await Steps(weir, after));
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_says_where_it_is_bad()
    {
        await using var weir = await Installation.Create(Config(Old));
        var master = await weir.StartMaster("one");
        var revision = await weir.Sql<long>("SELECT revision_id FROM config_in_force");

        await File.WriteAllTextAsync(weir.Configuration, Config("      - { name: wait, rum: 'sleep 3' }"));
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM config_revisions WHERE state = 'Refused'"), "the refusal");

        Assert.Equal(revision, await weir.Sql<long>("SELECT revision_id FROM config_in_force"));
        await Installation.Eventually(() => Task.FromResult(master.Process.Output.Contains("weir.yaml:8:", StringComparison.Ordinal)), "the log to name the line", () => master.Process.Output);
        Assert.Contains("A step needs one of git, run, set, trigger. Did you mean \"run\"?", System.Net.WebUtility.HtmlDecode(await master.Http.GetStringAsync("/configuration")));
        var answer = await master.Http.PostAsJsonAsync("/api/v2/config/apply", new { parts = new[] { new { name = "more.yaml", text = "weir: 2\nbuilder: {}\n" } } });
        Assert.False(answer.IsSuccessStatusCode);
        Assert.Contains("did you mean", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    private static Task<string> Steps(Installation weir, long request) =>
        weir.Sql<string>("SELECT string_agg(s.name, ',' ORDER BY s.name) FROM steps s JOIN builds b ON b.id = s.build_id WHERE b.request_id = @request", new { request });
}

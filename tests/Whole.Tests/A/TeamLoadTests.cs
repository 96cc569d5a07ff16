using System.Globalization;
using System.Net.Http.Json;

namespace Weir.Whole.Tests.A;

/// <summary>A team commits all the time while its builds run, and masters die while they look at its repository.</summary>
public sealed class TeamLoadTests
{
    private const int Commits = 10;

    // Each commit has steps of other names, another number of them, and says its own number in each.
    private static string Builder(int commit)
    {
        var steps = Enumerable.Range(0, 2 + (commit % 3)).Select(i => string.Create(CultureInfo.InvariantCulture, $"      - {{ name: c{commit}-{i}, run: 'sleep 0.4; echo commit {commit} step {i}' }}\n"));
        return $"weir: 1\nbuilders:\n  team-hull:\n    workers: {{ names: [w1] }}\n    steps:\n{string.Concat(steps)}schedulers:\n  team-force: {{ type: force, builders: [team-hull] }}\n";
    }

    private static async Task<(Installation Weir, TeamRepository Repository, int Port, Installation.Master Master)> Start(bool worker)
    {
        var weir = await Installation.Create("");
        var repository = new TeamRepository(Path.Combine(weir.Directory, "team"));
        repository.Commit(Builder(0));
        await File.WriteAllTextAsync(weir.Configuration, $$"""
            weir: 1
            workers: { w1: { maxBuilds: 6 } }
            parts:
              team: { repository: 'file://{{repository.Path}}', every: 1s, may: { workers: [w1] } }
            """);
        var port = Installation.FreePort();
        var master = await weir.StartMaster("one", port: port);
        if (worker)
            weir.StartWorker("w1", await weir.WorkerToken(master, "w1"), master.Url);
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM builders WHERE name = 'team-hull'"), "the team's builder");
        return (weir, repository, port, master);
    }

    private static Task<long?> Taken(Installation weir, string commit) => weir.Sql<long?>("SELECT revision_id FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id WHERE r.parts::text LIKE '%' || @commit || '%'", new { commit });

    [Fact]
    public async Task Every_build_does_what_the_revision_says_that_it_claims()
    {
        var (weir, repository, _, master) = await Start(worker: true);
        await using var _ = weir;
        using var enough = new CancellationTokenSource();
        var forcing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                Assert.True((await master.Http.PostAsJsonAsync("/api/v2/forceschedulers/team-force/actions/force", new { builders = new[] { "team-hull" } })).IsSuccessStatusCode);
                await Task.Delay(200);
            }
        });
        for (var i = 1; i <= Commits; i++)
        {
            var commit = repository.Commit(Builder(i));
            await weir.Until(() => Taken(weir, commit), "the commit to be in force");
        }
        await enough.CancelAsync();
        await forcing;
        await Installation.Eventually(() => weir.Sql<bool>("SELECT NOT EXISTS (SELECT FROM requests WHERE completed_at IS NULL)"), "all builds to end");

        // The steps that were carried out, and what they printed, beside what the revision has that the build claims.
        const string beside = """
            FROM builds b
            JOIN config_revisions r ON r.id = b.config_revision_id
            CROSS JOIN LATERAL (SELECT string_agg(s->>'Name', ' ' ORDER BY n) AS names FROM jsonb_array_elements(r.model->'Builders') AS x (builder), jsonb_array_elements(x.builder->'Steps') WITH ORDINALITY AS y (s, n) WHERE x.builder->>'Name' = 'team-hull') said
            CROSS JOIN LATERAL (SELECT string_agg(s.name, ' ' ORDER BY s.number) AS names FROM steps s WHERE s.build_id = b.id) did
            """;
        Assert.Equal(0, await weir.Sql<int>($"SELECT count(*)::int {beside} WHERE said.names IS DISTINCT FROM did.names OR b.results <> 0"));
        Assert.InRange(await weir.Sql<int>("SELECT count(DISTINCT config_revision_id)::int FROM builds"), 5, Commits + 1);
        Assert.True(await weir.Sql<bool>("SELECT EXISTS (SELECT FROM builds a JOIN builds b ON a.config_revision_id < b.config_revision_id AND b.started_at < a.completed_at)"), "No two builds of different revisions ran side by side.");
        var logs = await weir.Sql<string>("SELECT string_agg(l.id || ':' || s.name, ' ' ORDER BY l.id) FROM logs l JOIN steps s ON s.id = l.step_id WHERE l.name = 'stdio'");
        foreach (var (log, step) in logs.Split(' ').Select(l => l.Split(':')).Select(l => (l[0], l[1])))
        {
            var parts = step[1..].Split('-');
            Assert.Contains($"commit {parts[0]} step {parts[1]}", await weir.RawLog(master, long.Parse(log, CultureInfo.InvariantCulture)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_master_that_dies_while_it_looks_leaves_the_commit_to_the_next()
    {
        var (weir, repository, port, master) = await Start(worker: false);
        await using var _ = weir;
        var random = new Random(5);
        for (var i = 1; i <= 4; i++)
        {
            var commit = repository.Commit(Builder(i));
            // Before it has looked, while git runs, between fetch and commit, or just after.
            await Task.Delay(random.Next(0, 1300));
            await master.Process.Kill();
            master = await weir.StartMaster("one", port: port);
            await weir.Until(() => Taken(weir, commit), $"commit {i} to be in force");
        }

        // Each commit made one revision, and all but the last have been followed.
        Assert.Equal("1 1 1 1 1", await weir.Sql<string>("SELECT string_agg(n::text, ' ') FROM (SELECT count(*) AS n FROM config_revisions r, jsonb_array_elements(r.parts) p WHERE p->>'From' = 'team' GROUP BY p->>'Commit') c"));
        Assert.Equal(1, await weir.Sql<int>("SELECT count(*)::int FROM config_revisions WHERE state = 'InForce'"));
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weir.Support;

namespace Weir.Whole.Tests.E;

/// <summary>E2, E4: a master of pages connects with a database role that may do little, and serves every page and every action all the same.</summary>
public sealed partial class PagesRoleTests
{
    private const string Configuration = """
        weir: 1
        codebases: { lib: { repository: "http://127.0.0.1:9/lib.git", branch: main } }
        changeSources:
          script: { type: webhook, dialect: base }
          lib-poll: { type: git-poller, codebase: lib, branches: [main], every: 1h }
        workers: { w1: { maxBuilds: 2 }, w2: {} }
        builders:
          long: { workers: { names: [w1] }, steps: [ { name: work, run: "echo begun; sleep 300" } ] }
          never: { workers: { names: [w2] }, steps: [ { name: work, run: "true" } ] }
        schedulers:
          force: { type: force, builders: [long, never] }
          nightly: { type: nightly, builders: [never], cron: "0 3 * * *" }
        """;

    // Pages of one kind are alike: some of each are enough.
    private const int MostOfAKind = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_no_more_than_its_rights_it_serves_every_page_and_every_action()
    {
        await using var weir = await Installation.Create(Configuration);
        var engine = await weir.StartMaster("engine", roles: "engine");
        await using var login = await PagesLogin.Create(weir.Store);
        var pages = await weir.StartMaster("pages", roles: "ui", connection: login.ConnectionString);

        // A worker's token is ordered, carried out, and works.
        weir.StartWorker("w1", await weir.WorkerToken(pages, "w1"), engine.Url);
        var running = await weir.Force(pages, "long");
        var build = await weir.Until(async () => await weir.Sql<long?>("SELECT b.id FROM builds b JOIN logs l ON l.build_id = b.id WHERE b.request_id = @running AND l.line_count > 0", new { running }), "the build's first line");
        var (second, third) = (await weir.Force(pages, "never"), await weir.Force(pages, "never"));
        var set = await weir.Sql<long>("SELECT buildset_id FROM requests WHERE id = @third", new { third });

        await Done(pages, $"/api/v2/buildrequests/{second}/actions/set_priority", new { priority = 5 });
        await Done(pages, $"/api/v2/buildrequests/{second}/actions/cancel", new { reason = "not needed" });
        await Done(pages, $"/api/v2/buildsets/{set}/actions/cancel", new { reason = "nor this" });
        await Done(pages, $"/api/v2/builds/{build}/actions/stop", new { reason = "long enough" });
        await Done(pages, "/api/v2/workers/w1/actions/pause", new { reason = "new disk" });
        await Done(pages, "/api/v2/workers/w1/actions/unpause", new { });
        await Done(pages, "/api/v2/schedulers/nightly/actions/disable", new { });
        await Done(pages, "/api/v2/schedulers/nightly/actions/enable", new { });
        await Done(pages, "/api/v2/schedulers/nightly/actions/fire", new { reason = "now" });
        await Done(pages, "/api/v2/changesources/lib-poll/actions/poll", new { });
        Assert.Equal(6, await weir.ResultOf(running));
        await Done(pages, $"/api/v2/builds/{build}/actions/rebuild", new { reason = "again" });

        // Changes and hooks are taken in; one is turned away and counted; one is read again.
        Assert.True((await pages.Http.PostAsJsonAsync("/api/v2/changes", new { codebase = "lib", branch = "main", revision = "abc", author = "ann", comments = "c" }, Cancellation)).IsSuccessStatusCode);
        var hook = await pages.Http.PostAsync("/hooks/script", new FormUrlEncodedContent(new Dictionary<string, string> { ["author"] = "ann", ["comments"] = "by hook", ["branch"] = "main", ["revision"] = "def", ["repository"] = "http://127.0.0.1:9/lib.git" }), Cancellation);
        Assert.True(hook.IsSuccessStatusCode, await hook.Content.ReadAsStringAsync(Cancellation));
        var stored = await weir.Sql<long>("SELECT max(id) FROM raw_hooks");
        await Done(pages, $"/api/v2/hooks/{stored}/actions/read_again", new { });

        // Configurations.
        var parts = new[] { new { name = "more.yaml", text = "weir: 1\nprojects: { later: {} }\n" } };
        var first = await weir.Sql<long>("SELECT revision_id FROM config_in_force");
        var applied = await Done(pages, "/api/v2/config/apply", new { parts, reason = "later" });
        Assert.True((bool)applied["accepted"]! && (bool)applied["changed"]!, applied.ToJsonString());
        var wrong = await pages.Http.PostAsJsonAsync("/api/v2/config/apply", new { parts = new[] { new { name = "weir.yaml", text = "weir: 1\nbuildres: {}" } } }, Cancellation);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        await Done(pages, $"/api/v2/config/revisions/{first}/actions/restore", new { reason = "back" });

        await Put(pages, "/api/v2/config/texts/extra.yaml", new { text = "weir: 1\nlocks: { later: {} }\n" });

        // Secrets of the store: what is ordered is sealed already.
        await Put(pages, "/api/v2/secrets/TOKEN", new { value = "hush-hush-hush" });
        Assert.Equal(1, await weir.Sql<long>("SELECT count(*) FROM secrets WHERE name = 'TOKEN'"));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM orders o WHERE o::text LIKE '%hush%'"));
        Assert.True((await pages.Http.DeleteAsync("/api/v2/secrets/TOKEN", Cancellation)).IsSuccessStatusCode);

        // Accounts, tokens; those of its like, and the refusal of what cannot be.
        await Done(pages, "/api/v2/users", new { name = "bob", rights = new[] { "force" } });
        await Done(pages, "/api/v2/tokens", new { label = "script", user = "bob" });
        var other = await weir.StartMaster("other", roles: "ui", connection: login.ConnectionString);
        await Done(pages, $"/api/v2/masters/{await Master(weir, "other")}/actions/shutdown", new { reason = "enough" });
        await other.Process.WaitForExit(TimeSpan.FromSeconds(30));
        Assert.Equal(0, other.Process.ExitCode);
        await Done(pages, $"/api/v2/masters/{await Master(weir, "other")}/actions/retire", new { });
        Assert.Equal(HttpStatusCode.Conflict, (await pages.Http.PostAsJsonAsync($"/api/v2/masters/{await Master(weir, "engine")}/actions/retire", new { }, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await pages.Http.GetAsync("/api/v2/store", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await pages.Http.GetAsync("/api/v2/store/checks", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await pages.Http.GetAsync("/metrics", Cancellation)).StatusCode);

        // Nor may it take the name of an engine that runs.
        var impostor = await weir.StartMaster("engine", roles: "ui", connection: login.ConnectionString, wait: false);
        await impostor.Process.WaitForExit(TimeSpan.FromSeconds(30));
        Assert.Equal(1, impostor.Process.ExitCode);
        Assert.Contains("may not take the name engine: an engine of that name runs", impostor.Process.Output, StringComparison.Ordinal);

        await FollowLinks(pages);
        Assert.DoesNotContain("permission denied", pages.Process.Output, StringComparison.Ordinal);

        // The engine goes by its order, and then nobody is there: it is ordered, and the page says so until an engine comes.
        await Done(pages, $"/api/v2/masters/{await Master(weir, "engine")}/actions/shutdown", new { reason = "upgrade", quick = true });
        await engine.Process.WaitForExit(TimeSpan.FromSeconds(60));
        var ordered = await pages.Http.PostAsJsonAsync("/api/v2/workers/w2/actions/pause", new { reason = "while away" }, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, ordered.StatusCode);
        Assert.Contains("asked by admin", await pages.Http.GetStringAsync("/workers", Cancellation), StringComparison.Ordinal);
        Assert.Contains("ordered", await pages.Http.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
        var order = JsonNode.Parse(await pages.Http.GetStringAsync(ordered.Headers.Location, Cancellation))!["orders"]![0]!;
        Assert.Null(order["done_at"]);
        var again = await weir.StartMaster("engine", roles: "engine");
        await weir.Until(async () => await weir.Sql<long?>("SELECT id FROM workers WHERE name = 'w2' AND pause_reason = 'while away'"), "the order to be carried out");
        await Installation.Eventually(async () => !(await pages.Http.GetStringAsync("/workers", Cancellation)).Contains("No engine has carried it out", StringComparison.Ordinal), "the page to have nothing to say");

        await pages.Process.Kill();
        await again.Process.Kill();
    }

    [Fact]
    public async Task It_waits_for_its_rights_and_for_the_schema_and_says_so()
    {
        await using var weir = await Installation.Create(Configuration);
        await using var login = await PagesLogin.Create(weir.Store);
        await weir.Store.Execute($"REVOKE INSERT ON audit FROM {login.Pages}");
        var pages = await weir.StartMaster("pages", roles: "ui", connection: login.ConnectionString, wait: false);
        await Installation.Eventually(() => Task.FromResult(pages.Process.Output.Contains("lacks INSERT of audit; run `App.Server db roles`", StringComparison.Ordinal)), "the master to say what it lacks", () => pages.Process.Output);

        // An engine gives what is missing as it starts.
        var engine = await weir.StartMaster("engine", roles: "engine");
        await Installation.Ready("pages", pages);

        await pages.Process.Kill();
        await engine.Process.Kill();
    }

    private static Task<long> Master(Installation weir, string name) => weir.Sql<long>("SELECT id FROM masters WHERE name = @name", new { name });

    private static async Task<JsonObject> Done(Installation.Master master, string path, object body)
    {
        var answer = await master.Http.PostAsJsonAsync(path, body, Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.Accepted, $"{path}: {(int)answer.StatusCode} {text}\n{master.Process.Output}");
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    private static async Task Put(Installation.Master master, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body) };
        request.Headers.IfNoneMatch.Add(System.Net.Http.Headers.EntityTagHeaderValue.Any);
        using var answer = await master.Http.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.Accepted, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancellation)}");
    }

    private static async Task FollowLinks(Installation.Master master)
    {
        var (seen, next, wrong) = (new HashSet<string> { "/" }, new Queue<string>(["/"]), new StringBuilder());
        var kinds = new Dictionary<string, int>();
        while (next.TryDequeue(out var address))
        {
            using var answer = await master.Http.GetAsync(new Uri(address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
            if ((int)answer.StatusCode >= 400)
                wrong.AppendLine($"{address}: {(int)answer.StatusCode}");
            if (answer.Content.Headers.ContentType?.MediaType != "text/html")
                continue;
            foreach (Match link in Link().Matches(await answer.Content.ReadAsStringAsync(Cancellation)))
            {
                var found = WebUtility.HtmlDecode(link.Groups[1].Value).Split('#')[0];
                var kind = Digits().Replace(found.Split('?')[0], "0") + (found.Contains('?', StringComparison.Ordinal) ? "?" : "");
                if (found.StartsWith('/') && !found.StartsWith("//", StringComparison.Ordinal) && seen.Add(found) && (kinds[kind] = kinds.GetValueOrDefault(kind) + 1) <= MostOfAKind)
                    next.Enqueue(found);
            }
        }
        Assert.Equal("", wrong.ToString());
        Assert.True(kinds.Count > 20, $"Only {kinds.Count} kinds of pages were found.");
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("<a [^>]*href=\"([^\"]+)\"")]
    private static partial Regex Link();
}

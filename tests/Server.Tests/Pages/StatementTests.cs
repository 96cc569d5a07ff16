using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Weir.App.Client;
using Weir.App.Client.Frame;
using Weir.Shared.Builds;
using Weir.Support;

namespace Weir.Server.Tests.Pages;

/// <summary>Every page asks the store as often as it declares at most, with little to show and with much.</summary>
public sealed class StatementTests : IAsyncLifetime
{
    private const string Configuration = """
        weir: 1
        codebases: { lib: { repository: /srv/lib.git } }
        schedulers: { force: { type: force, builders: [lib] } }
        workers: { attic: {} }
        builders:
          lib: { steps: [ { git: { codebase: lib } }, { run: make } ] }
        """;

    private TestMaster master = null!;
    private Rows rows = null!;
    private long builder, worker, masterId, revision, build, buildset, change, log;

    public async ValueTask InitializeAsync()
    {
        // A page's statements only: an engine asks all the time, but not on behalf of a page.
        master = await TestMaster.Start();
        rows = new(master.Store);
        using var admin = master.Admin();
        foreach (var text in new[] { Configuration, Configuration.Replace("run: make", "run: make all", StringComparison.Ordinal) })
            Assert.Equal(HttpStatusCode.OK, (await admin.PostJson("/api/v2/config/apply", new System.Text.Json.Nodes.JsonObject { ["parts"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["name"] = "weir.yaml", ["text"] = text }) }.ToJsonString())).StatusCode);
        builder = await master.Store.Scalar<long>("SELECT id FROM builders");
        worker = await master.Store.Scalar<long>("SELECT id FROM workers");
        masterId = await master.Store.Scalar<long>("SELECT min(id) FROM masters");
        revision = await master.Store.Scalar<long>("SELECT max(id) FROM config_revisions");
        change = await rows.Change();
        var order = await rows.Order(builder, changes: [change]);
        buildset = order.Buildset;
        build = await rows.Build(builder, worker, masterId, revision, order: order, results: BuildResult.Failure);
        log = await rows.LogOf(build, [Rows.Line("one"), Rows.Line("two")]);
        await rows.Build(builder, worker, masterId, revision, 100, 200, BuildResult.Failure);
    }

    public ValueTask DisposeAsync() => master.DisposeAsync();

    // A page that is new needs an address here.
    private string Address(string template) => template switch
    {
        "/builders/{Name}" => "/builders/lib",
        "/builders/{Name}/force/{Scheduler}" => "/builders/lib/force/force",
        "/builders/{Builder}/builds/{Number:int}" => "/builders/lib/builds/1",
        "/builders/{Builder}/builds/{Number:int}/compare/{Other:int}" => "/builders/lib/builds/1/compare/2",
        "/buildsets/{Id:long}" => $"/buildsets/{buildset}",
        "/changes/{Id:long}" => $"/changes/{change}",
        "/logs/{Id:long}" => $"/logs/{log}",
        "/workers/{Name}" => "/workers/attic",
        "/schedulers/{Name}" => "/schedulers/force",
        "/requests/{Id:long}" => "/requests/1",
        "/requests/{Id:long}/complete" => "/requests/1/complete",
        "/configuration/{Id:long}" => $"/configuration/{revision}",
        "/configuration/{Id:long}/restore" => $"/configuration/{revision - 1}/restore",
        "/configuration/things/{Section}" => "/configuration/things/builders",
        "/configuration/things/{Section}/{Name}" => "/configuration/things/builders/lib",
        "/configuration/new/{Section}" => "/configuration/new/builders?like=lib",
        "/configuration/text" => "/configuration/text?name=weir.yaml",
        "/configuration/compare" => $"/configuration/compare?from={revision - 1}&to={revision}",
        _ when !template.Contains('{', StringComparison.Ordinal) => template,
        _ => throw new InvalidOperationException($"Give an address for the page {template}."),
    };

    [Fact]
    public async Task Each_page_keeps_to_the_statements_that_it_declares()
    {
        var pages = typeof(Routes).Assembly.GetTypes().Where(t => t.GetCustomAttributes<RouteAttribute>().Any()).ToList();
        Assert.Empty(pages.Where(p => p.GetCustomAttribute<StatementsAttribute>() is null).Select(p => p.Name));

        var little = await Counts(pages);
        await Grow();
        var much = await Counts(pages);

        var wrong = pages.Where(p => Math.Max(little[p].Length, much[p].Length) > p.GetCustomAttribute<StatementsAttribute>()!.Most)
            .Select(p => $"{p.Name} declares {p.GetCustomAttribute<StatementsAttribute>()!.Most} and asks {little[p].Length}, with much to show {much[p].Length}:\n{string.Join("\n--\n", little[p].Length > much[p].Length ? little[p] : much[p])}");
        Assert.Equal("", string.Join('\n', wrong));
        Assert.All(pages, p => Assert.InRange(p.GetCustomAttribute<StatementsAttribute>()!.Most, 0, 12));
    }

    private async Task<Dictionary<Type, string[]>> Counts(List<Type> pages)
    {
        var counts = new Dictionary<Type, string[]>();
        using var browser = master.Browser();
        await TestMaster.SignIn(browser);
        foreach (var page in pages)
        {
            var address = Address(page.GetCustomAttributes<RouteAttribute>().First().Template);
            await browser.GetAsync(address);
            using var calls = new StoreCalls();
            using var answer = await browser.GetAsync(address);
            Assert.True((int)answer.StatusCode < 500 && (answer.StatusCode != HttpStatusCode.NotFound || address == "/not-found"), $"{address}: {answer.StatusCode}");
            await answer.Content.ReadAsStringAsync();
            // Who asks is looked up once in a second, by whatever page comes then.
            counts[page] = [.. calls.Texts.Where(t => !t.Contains("password_hash", StringComparison.Ordinal))];
        }
        return counts;
    }

    private async Task Grow()
    {
        for (var i = 0; i < 12; i++)
        {
            var other = await rows.Builder($"other-{i}", $"project-{i % 3}");
            await rows.Worker($"worker-{i}");
            await rows.Change();
            for (var k = 0; k < 8; k++)
            {
                var made = await rows.Build(k % 2 == 0 ? other : builder, worker, masterId, revision, 300 * k, (300 * k) + 100, k % 3 == 0 ? BuildResult.Failure : BuildResult.Success);
                await rows.Step(made, 0, "make", results: BuildResult.Failure);
            }
            await rows.Request(buildset, other, waits: "SlotsFull");
        }
        for (var step = 1; step < 6; step++)
            await rows.Log(build, await rows.Step(build, step, $"check-{step}", results: BuildResult.Failure));
    }
}

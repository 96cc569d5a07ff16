using System.Globalization;

namespace Weir.Whole.Tests.A;

/// <summary>A1: everything that a running build uses is renamed under it, with real masters and a real worker; then the engine is killed.</summary>
public sealed class RenamingTests
{
    private static string Config(string go, bool renamed)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $$"""
            weir: 1
            workers: { WORKER: { SAID-attic maxBuilds: 3 } }
            locks: { LOCK: { SAID-cpu } }
            sharedDirectories: { DIRECTORY: { SAID-sdk } }
            schedulers:
              force: { type: force, builders: [BUILDER, check] }
              AFTER: { SAID-after type: triggerable, builders: [check] }
            builders:
              BUILDER:
                SAID-install
                steps:
                  - { name: wait, run: "until [ -e {{go}} ]; do sleep 0.1; done" }
                  - { name: write, run: "env | grep ^WEIR_SHARED_ && echo $(ls \"$WEIR_SHARED_VARIABLE\" | wc -l) > \"$WEIR_SHARED_VARIABLE\"/file$(ls \"$WEIR_SHARED_VARIABLE\" | wc -l)", shared: { DIRECTORY: write }, locks: [LOCK] }
                  - { name: go-on, trigger: { scheduler: AFTER, wait: true } }
              check: { steps: [ { name: check, run: "ls \"$WEIR_SHARED_VARIABLE\"/file0", shared: { DIRECTORY: read }, locks: [LOCK] } ] }
            """);
        foreach (var (place, old, now) in new[] { ("WORKER", "attic", "loft"), ("LOCK", "cpu", "processors"), ("DIRECTORY", "sdk", "kit"), ("AFTER", "after", "then"), ("BUILDER", "install", "put") })
        {
            // What stands in braces needs a comma after it.
            text = text.Replace($"SAID-{old}\n", renamed ? $"was: {old}\n" : "description: x\n", StringComparison.Ordinal)
                .Replace($"SAID-{old} }}", renamed ? $"was: {old} }}" : "}", StringComparison.Ordinal)
                .Replace($"SAID-{old}", renamed ? $"was: {old}," : "", StringComparison.Ordinal)
                .Replace(place, renamed ? now : old, StringComparison.Ordinal);
        }
        return text.Replace("VARIABLE", renamed ? "KIT" : "SDK", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_goes_on_with_the_names_that_it_knows_and_the_next_has_what_it_left()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var weir = await Installation.Create("weir: 1\n");
        var go = Path.Combine(weir.Directory, "go");
        await File.WriteAllTextAsync(weir.Configuration, Config(go, renamed: false), cancellation);
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port);
        weir.StartWorker("attic", await weir.WorkerToken(pages, "attic"), engine.Url);
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM worker_sessions WHERE ended_at IS NULL)"), "the worker", () => engine.Process.Output);
        var first = await weir.Force(pages, "install");
        await Installation.Eventually(() => weir.Sql<bool>("SELECT EXISTS (SELECT FROM commands WHERE ended IS NULL)"), "the build", () => engine.Process.Output);

        await File.WriteAllTextAsync(weir.Configuration, Config(go, renamed: true), cancellation);
        await Installation.Eventually(() => weir.Sql<bool>("SELECT count(*) = 5 FROM former_names"), "all to be renamed", () => engine.Process.Output);
        // The worker's own settings go on saying attic.
        await engine.Process.Kill();
        engine = await weir.StartMaster("one", roles: "engine", port: port);
        await Installation.Eventually(() => weir.Sql<bool>("SELECT s.ended_at IS NULL AND s.heartbeat_at > weir_now() - interval '10 seconds' AND s.session > 1 FROM worker_sessions s JOIN workers w ON w.id = s.worker_id WHERE w.name = 'loft'"), "the worker to come back", () => engine.Process.Output);
        await File.WriteAllTextAsync(go, "", cancellation);

        Assert.Equal(0, await weir.ResultOf(first));
        var second = await weir.Force(pages, "put");
        Assert.Equal(0, await weir.ResultOf(second));

        Assert.Equal("check 1 loft,check 2 loft,put 1 loft,put 2 loft", await weir.Sql<string>("SELECT string_agg(n.name || ' ' || b.number || ' ' || w.name, ',' ORDER BY n.name, b.number) FROM builds b JOIN builders n ON n.id = b.builder_id JOIN workers w ON w.id = b.worker_id WHERE b.results = 0"));
        Assert.Equal(["file0", "file1"], Directory.EnumerateFiles(Path.Combine(weir.WorkDirectory("attic"), ".weir", "shared", "sdk")).Select(Path.GetFileName).Order());
        Assert.Equal(["sdk"], Directory.EnumerateDirectories(Path.Combine(weir.WorkDirectory("attic"), ".weir", "shared")).Select(Path.GetFileName));
        await Installation.Eventually(() => weir.Sql<bool>("SELECT NOT EXISTS (SELECT FROM buildsets WHERE scheduler = 'after')"), "the past to follow", () => engine.Process.Output);
        Assert.Equal(0, await weir.Sql<int>("SELECT count(*) FROM lock_claims"));
    }
}

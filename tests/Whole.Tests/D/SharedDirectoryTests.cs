using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Weir.Whole.Tests.D;

/// <summary>Directories that builders share, with real masters and workers: an engine dies while one is written, an admin moves it, and what is no longer configured goes.</summary>
public sealed class SharedDirectoryTests
{
    private static string Config(string go, bool shared) => string.Create(CultureInfo.InvariantCulture, $$"""
        weir: 1
        workers: { w1: { maxBuilds: 3 }, w2: { maxBuilds: 3 } }
        {{(shared ? "sharedDirectories: { sdk-1: { description: The SDK } }" : "")}}
        schedulers: { force: { type: force, builders: [install, app, other] } }
        builders:
          install:
            steps:
              - run: |
                  echo half > "$WEIR_SHARED_SDK_1"/lib
                  until [ -e {{go}} ]; do sleep 0.1; done
                  echo whole > "$WEIR_SHARED_SDK_1"/lib
                {{(shared ? "shared: { sdk-1: write }" : "name: run")}}
          app:
            steps: [ { run: "test \"$(cat \"$WEIR_SHARED_SDK_1\"/lib)\" = whole"{{(shared ? ", shared: { sdk-1: read }" : "")}} } ]
          other: { steps: [ { run: "true" } ] }
        """);

    [Fact]
    public async Task A_build_reads_what_another_wrote_whoever_dies_and_what_nobody_needs_any_more_is_removed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var weir = await Installation.Create("weir: 1\n");
        var go = Path.Combine(weir.Directory, "go");
        await File.WriteAllTextAsync(weir.Configuration, Config(go, shared: true), cancellation);
        var port = Installation.FreePort();
        var pages = await weir.StartMaster("pages", roles: "ui");
        var engine = await weir.StartMaster("one", roles: "engine", port: port);
        foreach (var name in new[] { "w1", "w2" })
            weir.StartWorker(name, await weir.WorkerToken(pages, name), engine.Url);
        var install = await weir.Force(pages, "install");
        await Installation.Eventually(async () => (await weir.Sql<string?>("SELECT w.name FROM workers w JOIN build_owners o ON o.worker_id = w.id LIMIT 1")) is { } at && File.Exists(Lib(weir, at)), "half of it", () => engine.Process.Output);
        var home = await weir.Sql<string>("SELECT w.name FROM workers w JOIN shared_directories d ON d.worker_id = w.id");
        var other = home == "w1" ? "w2" : "w1";
        var apps = new[] { await weir.Force(pages, "app"), await weir.Force(pages, "app") };
        await Installation.Eventually(() => weir.Sql<bool>("SELECT count(*) = 2 FROM steps WHERE state_text = 'waits for the shared directory sdk-1'"), "two that wait", () => engine.Process.Output);

        await engine.Process.Kill();
        await File.WriteAllTextAsync(go, "", cancellation);
        engine = await weir.StartMaster("one", roles: "engine", port: port);

        foreach (var request in apps.Prepend(install))
            Assert.Equal(0, await weir.ResultOf(request));
        Assert.Equal(1, await weir.Sql<int>("SELECT count(DISTINCT worker_id) FROM builds"));
        await Installation.Eventually(async () => await Told(pages) is { Writer: "install #1", Well: true, Bytes: 6 } told && told.Worker == home, "the worker to tell of it", () => engine.Process.Output);

        // Moved, it begins empty; the old one is removed, and builds run where it is now.
        Assert.True((await pages.Http.PostAsJsonAsync("/api/v2/shareddirectories/sdk-1/actions/move", new { worker = other, reason = "more room" }, cancellation)).IsSuccessStatusCode);
        await Installation.Eventually(() => Task.FromResult(!Directory.Exists(Path.GetDirectoryName(Lib(weir, home)))), "the old one to be removed", () => engine.Process.Output);
        Assert.Equal(0, await weir.ResultOf(await weir.Force(pages, "install")));
        Assert.Equal("whole\n", await File.ReadAllTextAsync(Lib(weir, other), cancellation));

        // It leaves the configuration.
        await File.WriteAllTextAsync(weir.Configuration, Config(go, shared: false), cancellation);
        await Installation.Eventually(() => Task.FromResult(!Directory.Exists(Path.GetDirectoryName(Lib(weir, other)))), "it to be removed", () => engine.Process.Output);
        Assert.Equal(0, await weir.ResultOf(await weir.Force(pages, "other")));
        Assert.Equal(0, await weir.Sql<int>("SELECT count(*) FROM lock_claims"));
    }

    private static string Lib(Installation weir, string worker) => Path.Combine(weir.WorkDirectory(worker), ".weir", "shared", "sdk-1", "lib");

    private sealed record Shown(string? Worker, string? Writer, bool? Well, long? Bytes);

    private static async Task<Shown?> Told(Installation.Master pages)
    {
        var answer = await pages.Http.GetFromJsonAsync<JsonElement>("/api/v2/shareddirectories");
        return answer.GetProperty("shareddirectories").EnumerateArray().Select(d => new Shown(d.GetProperty("worker").GetString(), d.GetProperty("writer").GetString(),
            d.GetProperty("well").ValueKind == JsonValueKind.Null ? null : d.GetProperty("well").GetBoolean(), d.GetProperty("bytes").ValueKind == JsonValueKind.Null ? null : d.GetProperty("bytes").GetInt64())).FirstOrDefault();
    }
}

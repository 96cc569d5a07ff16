using System.Diagnostics;

namespace Weir.Whole.Tests.F;

/// <summary>The classes that look at the same installation.</summary>
[CollectionDefinition(nameof(PagesFixture))]
public sealed class PagesCollection : ICollectionFixture<PagesFixture>;

/// <summary>The demo as a user would see it: an engine, a ui master on the same store, a worker, real repositories, some builds behind and one running.</summary>
public sealed class PagesFixture : IAsyncLifetime
{
    private Installation? weir;

    public Installation Weir => weir!;
    public Browser Browser { get; } = new();
    public Installation.Master Engine { get; private set; } = null!;
    public Installation.Master Ui { get; private set; } = null!;
    public string Repositories { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        weir = await Installation.Create("weir: 1\n");
        Repositories = Path.Combine(weir.Directory, "demo");
        await Run("bash", Path.Combine(Browser.Root, "samples", "demo", "make-repositories"), Repositories);
        var demo = await File.ReadAllTextAsync(Path.Combine(Repositories, "weir.yaml"));
        await File.WriteAllTextAsync(weir.Configuration, demo.Replace("\nschedulers:\n", "\nschedulers:\n  force: { type: force, builders: [soak, hull-linux] }\n", StringComparison.Ordinal));
        Engine = await weir.StartMaster("engine", "engine");
        Ui = await weir.StartMaster("pages", "ui");
        weir.StartWorker("local", await weir.WorkerToken(Ui, "local"), Engine.Url);
        await weir.Until(async () => await weir.Sql<long>("SELECT count(*) FROM builds WHERE completed_at IS NOT NULL") >= 3 ? 1L : (long?)null, "the demo's first builds", 120);
        await ChangeConfiguration();
    }

    // A revision with something of everything to look at: another value, a step and a worker that came, a builder under another name.
    private async Task ChangeConfiguration()
    {
        var text = await File.ReadAllTextAsync(weir!.Configuration);
        await File.WriteAllTextAsync(weir.Configuration, text
            .Replace("timeout: 1m", "timeout: 2m", StringComparison.Ordinal)
            .Replace("        run: ./check\n      - set:", "        run: ./check\n      - name: tidy\n        run: ./lint || true\n      - set:", StringComparison.Ordinal)
            .Replace("  volunteer-*: {", "  board: { tags: [arm] }\n  volunteer-*: {", StringComparison.Ordinal)
            .Replace("builders: [package]", "builders: [package, ferry-linux]", StringComparison.Ordinal));
        await weir.Until(async () => await weir.Sql<long>("SELECT count(*) FROM config_revisions WHERE model IS NOT NULL") >= 2 ? 1L : (long?)null, "the second revision", 30);
    }

    public static async Task Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (weir is not null)
            await weir.DisposeAsync();
    }
}

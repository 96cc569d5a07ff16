using Weir.Shared.Builds;
using Weir.Shared.Events;
using Weir.Support;

namespace Weir.Whole.Tests.F;

/// <summary>A site with five hundred builders and a day of 14,000 builds in its store, shown by a ui master; builds begin and end there by rows and events, as engines would write them.</summary>
public sealed class BigSite : IAsyncLifetime
{
    private readonly Random random = new(20261125);
    private readonly List<(long Build, long Builder)> running = [];
    private Installation? weir;
    private Rows rows = null!;
    private long master;
    private long revision;
    private long worker;

    public Installation Weir => weir!;
    public Browser Browser { get; } = new();
    public Installation.Master Ui { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        weir = await Installation.Create("weir: 1\n", invented: true);
        await BigStore.Fill(weir.Store, builders: 500, buildsPerDay: 14_000, days: 1, workers: 100, waiting: 60);
        rows = new Rows(weir.Store);
        master = await weir.Sql<long>("SELECT min(id) FROM masters");
        revision = await weir.Sql<long>("SELECT min(id) FROM config_revisions");
        worker = await weir.Sql<long>("SELECT min(id) FROM workers");
        Ui = await weir.StartMaster("pages", "ui");
        foreach (var path in new[] { "/waterfall", "/waterfall?fold=-", "/waterfall?wall=1" })
            await Ui.Http.GetStringAsync(path);
    }

    /// <summary>One thing happens: a build begins, a step begins or a build ends, a request comes or goes, a change comes.</summary>
    public async Task Happen(IReadOnlyList<long> builders)
    {
        switch (random.Next(10))
        {
            case < 4:
                await Begin(builders[random.Next(builders.Count)]);
                break;
            case < 7 when running.Count > 0:
                var at = random.Next(running.Count);
                await End(running[at].Build, running[at].Builder, (BuildResult)random.Next(5));
                running.RemoveAt(at);
                break;
            case 7 when running.Count > 0:
                var (build, builder) = running[random.Next(running.Count)];
                await rows.Step(build, await weir!.Sql<int>("SELECT count(*)::integer FROM steps WHERE build_id = @build", new { build }), "step", from: Now, results: null);
                await Tell(EventKind.StepStarted, "builder_id, build_id", $"{builder}, {build}");
                break;
            case 8:
                var waiting = builders[random.Next(builders.Count)];
                await rows.Request(await rows.Buildset(), waiting, submitted: DateTimeOffset.UtcNow, waits: "SlotsFull", text: "all are busy");
                await Tell(EventKind.RequestAdded, "builder_id", $"{waiting}");
                break;
            default:
                var change = await rows.Change(received: DateTimeOffset.UtcNow);
                await Tell(EventKind.ChangeAdded, "change_id", $"{change}");
                break;
        }
    }

    public async Task<long> Begin(long builder)
    {
        var build = await rows.Build(builder, worker, master, revision, from: Now, results: null);
        running.Add((build, builder));
        await Tell(EventKind.BuildStarted, "builder_id, build_id", $"{builder}, {build}");
        return build;
    }

    public async Task End(long build, long builder, BuildResult result)
    {
        await rows.Run("UPDATE builds SET completed_at = weir_now(), results = @result, state_text = 'done' WHERE id = @build", ("build", build), ("result", (short)result));
        await Tell(EventKind.BuildCompleted, "builder_id, build_id", $"{builder}, {build}");
    }

    public Task<long[]> Builders(string project) => weir!.Sql<long[]>("SELECT array_agg(id ORDER BY position) FROM builders WHERE project = @project", new { project });

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (weir is not null)
            await weir.DisposeAsync();
    }

    private double Now => (DateTimeOffset.UtcNow - rows.Start).TotalSeconds;

    private Task Tell(EventKind kind, string columns, string values) => rows.Run($"INSERT INTO event_outbox (kind, {columns}) VALUES ('{kind}', {values})");
}

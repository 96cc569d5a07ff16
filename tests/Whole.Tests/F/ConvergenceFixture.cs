using System.Net.Http.Json;

namespace Weir.Whole.Tests.F;

/// <summary>An engine, a master with pages, a worker, and builders whose builds are short: something happens all the time.</summary>
public sealed class ConvergenceFixture : IAsyncLifetime
{
    private const string Configuration = """
        weir: 1
        workers:
          w1: { maxBuilds: 3 }
        schedulers:
          force: { type: force, builders: [quick, chatty, failing] }
        builders:
          quick:
            steps:
              - name: one
                run: echo one
              - name: two
                run: sleep 0.3
          chatty:
            steps:
              - name: talk
                run: |
                  i=0
                  while [ $i -lt 60 ]; do echo "line $i"; i=$((i+1)); [ $((i % 10)) -eq 0 ] && sleep 0.2; done
          failing:
            steps:
              - name: look
                run: echo looking
              - name: fall
                run: sleep 0.2; exit 1
        """;

    private static readonly string[] Builders = ["quick", "chatty", "failing"];

    private Installation? weir;

    public Installation Weir => weir!;
    public Browser Browser { get; } = new();
    public Installation.Master Engine { get; private set; } = null!;
    public Installation.Master Ui { get; set; } = null!;
    public int UiPort { get; } = Installation.FreePort();

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        weir = await Installation.Create(Configuration);
        Engine = await weir.StartMaster("engine", "engine");
        Ui = await weir.StartMaster("pages", "ui", UiPort);
        weir.StartWorker("w1", await weir.WorkerToken(Engine, "w1"), Engine.Url);
        foreach (var builder in Builders)
            await weir.ResultOf(await weir.Force(Engine, builder), 120);
    }

    /// <summary>Builds, stops, pauses and changes at random, through the engine, so that no page's wire is in the way.</summary>
    public async Task Happen(Random random, CancellationToken until)
    {
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            await weir!.Force(Engine, Builders[random.Next(Builders.Length)]);
            switch (random.Next(6))
            {
                case 0:
                    await Engine.Http.PostAsJsonAsync("/api/v2/changes", new { author = "Ada", comments = $"change {i}", repository = "https://x/r", branch = "main" }, CancellationToken.None);
                    break;
                case 1:
                    await Engine.Http.PostAsJsonAsync("/api/v2/workers/w1/actions/pause", new { reason = "for a moment" }, CancellationToken.None);
                    await Task.Delay(random.Next(300), CancellationToken.None);
                    await Engine.Http.PostAsJsonAsync("/api/v2/workers/w1/actions/unpause", new { }, CancellationToken.None);
                    break;
            }
            await Task.Delay(200 + random.Next(800), CancellationToken.None);
        }
    }

    /// <summary>Until every build has ended and every event has its number.</summary>
    public Task Quiet() => weir!.Until(async () =>
        await weir.Sql<long>("SELECT (SELECT count(*) FROM requests WHERE completed_at IS NULL) + (SELECT count(*) FROM event_outbox)") == 0 ? 1L : (long?)null, "everything to end", 120);

    public async Task<string[]> Paths() =>
    [
        "/", "/waterfall", "/builders", "/builders/chatty", "/queue", "/buildsets", "/workers/w1", "/masters", "/changes",
        "/builders/" + await weir!.Sql<string>("SELECT r.name || '/builds/' || b.number FROM builds b JOIN builders r ON r.id = b.builder_id ORDER BY b.id DESC LIMIT 1"),
    ];

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (weir is not null)
            await weir.DisposeAsync();
    }
}

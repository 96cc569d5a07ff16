using Weir.Support;

namespace Weir.Whole.Tests.F;

/// <summary>A ui master alone on a store with long logs: nothing runs, so what is measured is the page and the reading.</summary>
public sealed class LogFixture : IAsyncLifetime
{
    private Installation? weir;
    private Rows? rows;
    private (long Worker, long Master, long Revision) ids;

    public Installation Weir => weir!;
    public Rows Rows => rows!;
    public Browser Browser { get; } = new();
    public Installation.Master Ui { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        weir = await Installation.Create("weir: 1\n", invented: true);
        rows = new Rows(weir.Store);
        ids = (await rows.Worker(), await rows.Master(), await rows.Revision());
        Ui = await weir.StartMaster("pages", "ui");
    }

    /// <summary>An empty log of a step of its own; open, until <see cref="Complete"/>.</summary>
    public async Task<long> NewLog(string step = "compile")
    {
        var build = await Rows.Build(await Rows.Builder(), ids.Worker, ids.Master, ids.Revision);
        return await Rows.Log(build, await Rows.Step(build, 0, step));
    }

    public async Task<long> Log(long lines)
    {
        var log = await NewLog();
        await BigLog.Fill(Rows, log, lines);
        await Complete(log);
        return log;
    }

    public Task Complete(long log) => Weir.Store.Execute($"UPDATE logs SET completed_at = weir_now() WHERE id = {log}");

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (weir is not null)
            await weir.DisposeAsync();
    }
}

using Weir.Shared;
using Weir.Shared.Builds;
using Weir.Shared.Workers;

namespace Weir.App.Client.Workers;

/// <summary>A worker's page: the worker and a part of its builds.</summary>
public sealed record WorkerView(WorkerRecord Worker, Page<BuildSummary> Builds, WorkerOutlook? Outlook, bool IsFirst)
{
    private const int Shown = 30;

    public static async Task<WorkerView?> Load(IWorkerQueries workers, IBuildQueries builds, long id, long? before, CancellationToken cancellation) =>
        await workers.Find(id, cancellation) is { } worker ? await Of(worker, workers, builds, before, cancellation) : null;

    public static async Task<WorkerView?> Load(IWorkerQueries workers, IBuildQueries builds, string name, long? before, CancellationToken cancellation) =>
        await workers.Find(name, cancellation) is { } worker ? await Of(worker, workers, builds, before, cancellation) : null;

    private static async Task<WorkerView> Of(WorkerRecord worker, IWorkerQueries workers, IBuildQueries builds, long? before, CancellationToken cancellation) =>
        new(worker, await builds.List(new() { WorkerId = worker.Id, Before = before, Limit = Shown }, cancellation), await workers.Outlook(worker.Id, cancellation), before is null);
}

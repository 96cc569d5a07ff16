using Weir.Shared.Builds;
using Weir.Shared.Workers;

namespace Weir.App.Client.Workers;

/// <summary>A worker's page: the worker and its last builds.</summary>
public sealed record WorkerView(WorkerRecord Worker, IReadOnlyList<BuildSummary> Builds)
{
    private const int Shown = 30;

    public static async Task<WorkerView?> Load(IWorkerQueries workers, IBuildQueries builds, long id, CancellationToken cancellation) =>
        await workers.Find(id, cancellation) is { } worker ? await Of(worker, builds, cancellation) : null;

    public static async Task<WorkerView?> Load(IWorkerQueries workers, IBuildQueries builds, string name, CancellationToken cancellation) =>
        await workers.Find(name, cancellation) is { } worker ? await Of(worker, builds, cancellation) : null;

    private static async Task<WorkerView> Of(WorkerRecord worker, IBuildQueries builds, CancellationToken cancellation) =>
        new(worker, (await builds.List(new() { WorkerId = worker.Id, Limit = Shown }, cancellation)).Items);
}

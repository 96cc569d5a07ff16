using Weir.Engine.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>
/// Which worker has which shared directory, with what was decided so far: builders that share one run where it is. A directory that is nowhere yet comes with the first build to a worker that all may use who share it or
/// a directory that goes with it.
/// </summary>
internal sealed class Homes(IReadOnlyDictionary<string, DirectoryHome> stored)
{
    private readonly Dictionary<string, DirectoryHome> homes = new(stored);

    /// <summary>Of the workers that a builder may use, those on which its directories are or could be.</summary>
    public IReadOnlyList<DispatchWorker> Among(DispatchBuilder builder, IReadOnlyList<DispatchWorker> workers)
    {
        if (builder.Shared is not { } shared)
            return workers;
        return Of(shared) switch
        {
            [] => [.. workers.Where(w => shared.Builders.All(b => WorkerMatching.Matches(b.Workers, w.Name, w.Tags) && (w.Abilities is not { } abilities || !b.Needs.Except(abilities).Any())))],
            [var home] => [.. workers.Where(w => w.Id == home.Worker)],
            _ => [],
        };
    }

    /// <summary>A build is about to begin there, and brings its directories.</summary>
    public void Settle(DispatchBuilder builder, DispatchWorker worker)
    {
        foreach (var name in builder.Shared?.All ?? [])
            homes.TryAdd(name, new(worker.Id, worker.Name));
    }

    /// <summary>Why a builder that has workers has none of them that has its directories.</summary>
    public Wait Missing(WaitingRequest request, DispatchBuilder builder)
    {
        var shared = builder.Shared!;
        switch (Of(shared))
        {
            case []:
                return new(request.Id, builder.Id, WaitKind.DirectoryElsewhere, $"No worker that is known can take all builders that share {Directories(shared.All)}.");
            case [var home]:
                var why = home.Configured ? $"which {builder.Name} may not use" : "which is no longer in the configuration";
                return new(request.Id, builder.Id, WaitKind.DirectoryElsewhere, $"{Sentence(Directories(At(home, shared)))} {(At(home, shared).Count == 1 ? "is" : "are")} on worker {home.Name}, {why}; an admin can move {(At(home, shared).Count == 1 ? "it" : "them")}.", new(WaitBlocker.Worker, home.Worker));
            case var several:
                return new(request.Id, builder.Id, WaitKind.DirectoryElsewhere, $"What it uses is on different workers: {string.Join(", ", several.Select(h => $"{Directories(At(h, shared))} on {h.Name}"))}; an admin can move {(several.Count == 2 ? "one of them" : "them")}.", new(WaitBlocker.Worker, several[0].Worker));
        }
    }

    // Its own first; where these are nowhere yet, those that go with them.
    private IReadOnlyList<DirectoryHome> Of(DispatchDirectories shared) =>
        Of(shared.Own) is { Count: > 0 } own ? own : Of(shared.All);

    private IReadOnlyList<DirectoryHome> Of(IEnumerable<string> names) => [.. names.Select(n => homes.GetValueOrDefault(n)).OfType<DirectoryHome>().DistinctBy(h => h.Worker)];

    private List<string> At(DirectoryHome home, DispatchDirectories shared) =>
        [.. (Of(shared.Own).Count > 0 ? shared.Own : shared.All).Where(n => homes.GetValueOrDefault(n)?.Worker == home.Worker)];

    private static string Directories(IReadOnlyList<string> names) => names.Count == 1 ? $"the shared directory {names[0]}" : $"the shared directories {string.Join(", ", names)}";

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

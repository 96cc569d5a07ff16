using Weir.Engine.Configuration;

namespace Weir.Engine.Queue;

/// <summary>Which workers each builder may use. Names and tags change seldom, and comparing all with all is dear: it is remembered until they do.</summary>
internal sealed class MatchingWorkers
{
    private readonly Dictionary<long, int[]> places = [];
    private (long Id, string Name, string[] Tags)[] known = [];
    private long revision;

    /// <param name="workers">All workers, always in the same order.</param>
    /// <param name="inForce">The revision that the builders are of.</param>
    public Func<DispatchBuilder, IReadOnlyList<DispatchWorker>> Among(DispatchWorker[] workers, long inForce)
    {
        if (revision != inForce || !SameAs(workers))
        {
            places.Clear();
            (known, revision) = ([.. workers.Select(w => (w.Id, w.Name, w.Tags.ToArray()))], inForce);
        }
        return builder =>
        {
            if (!places.TryGetValue(builder.Id, out var its))
                places[builder.Id] = its = [.. workers.Index().Where(w => WorkerMatching.Matches(builder.Workers, w.Item.Name, w.Item.Tags)).Select(w => w.Index)];
            return Array.ConvertAll(its, i => workers[i]);
        };
    }

    private bool SameAs(DispatchWorker[] workers) => known.Length == workers.Length && known.Zip(workers).All(p => p.First.Id == p.Second.Id && p.First.Name == p.Second.Name && p.First.Tags.SequenceEqual(p.Second.Tags));
}

namespace Weir.Engine.Queue;

/// <summary>An engine that takes part: how many workers are connected to it.</summary>
public sealed record SpreadEngine(long Id, int Workers);

/// <summary>An idle worker of the engine that decides.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Usable">The engines of which a builder can use it, and that it may be sent to; the deciding one included, if one of its own can.</param>
/// <param name="Wanted">The engines that may begin on it something that waits and can begin nowhere else.</param>
public sealed record SpreadWorker(long Id, IReadOnlyCollection<long> Usable, IReadOnlyCollection<long> Wanted);

/// <summary>Why a worker is sent to another engine; a closed list.</summary>
public enum HandoverCause
{
    /// <summary>Something waits for it that only the other engine may begin.</summary>
    Wanted,

    /// <summary>No builder of the engine it is connected to can use it.</summary>
    Useless,

    /// <summary>The engine has more than its share.</summary>
    Share,
}

/// <summary>A worker that shall go to another engine.</summary>
public sealed record Handover(long Worker, long Engine, HandoverCause Cause);

/// <summary>
/// Decides which of its idle workers an engine hands over, one at a time. Pure. A worker is handed over for its share only to an engine that has at least two fewer: afterwards the two differ by less, so the sum
/// of the squares falls with each step, and whoever decides in which order, it comes to an end and never goes round.
/// </summary>
public static class Spreading
{
    public static Handover? Decide(long self, IReadOnlyCollection<SpreadEngine> engines, IReadOnlyCollection<SpreadWorker> idle)
    {
        var others = engines.Where(e => e.Id != self).OrderBy(e => e.Workers).ThenBy(e => e.Id).ToArray();
        if (others.Length == 0 || engines.FirstOrDefault(e => e.Id == self) is not { } mine)
            return null;
        // What this engine itself may begin on a worker it is about to begin.
        var free = idle.Where(w => !w.Wanted.Contains(self)).OrderBy(w => w.Id).ToArray();
        return First(free.Where(w => w.Wanted.Count > 0), w => w.Wanted, others, HandoverCause.Wanted)
            ?? First(free.Where(w => !w.Usable.Contains(self)), w => w.Usable, others, HandoverCause.Useless)
            ?? First(free, w => w.Usable, others.Where(e => e.Workers + 2 <= mine.Workers), HandoverCause.Share);
    }

    // The emptiest engine first.
    private static Handover? First(IEnumerable<SpreadWorker> workers, Func<SpreadWorker, IReadOnlyCollection<long>> engines, IEnumerable<SpreadEngine> others, HandoverCause cause) => (
        from engine in others
        from worker in workers
        where engines(worker).Contains(engine.Id)
        select new Handover(worker.Id, engine.Id, cause)).FirstOrDefault();
}

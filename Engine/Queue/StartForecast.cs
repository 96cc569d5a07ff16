using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>A worker, as a forecast sees it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Slots">How many builds it may run.</param>
/// <param name="From">From when on it may be given builds.</param>
/// <param name="Until">When it closes; null: not that we know.</param>
/// <param name="Ends">When each build that runs on it will probably end; null: nobody knows.</param>
public sealed record ForecastWorker(long Id, int Slots, DateTimeOffset From, DateTimeOffset? Until, IReadOnlyList<DateTimeOffset?> Ends);

/// <summary>A builder for which requests wait.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Usual">How long its builds take; null: not known.</param>
/// <param name="Workers">The workers that it may use.</param>
public sealed record ForecastBuilder(long Id, TimeSpan? Usual, IReadOnlyList<long> Workers)
{
    /// <summary>What its requests wait for; null: nobody has said it yet.</summary>
    public WaitKind? Kind { get; init; }

    /// <summary>When what they wait for will probably be over; null: nobody knows, or it is not what keeps them.</summary>
    public DateTimeOffset? Over { get; init; }
}

/// <summary>A waiting request.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Builder">Its builder.</param>
/// <param name="NotBefore">Before then it will not start.</param>
public sealed record ForecastRequest(long Id, long Builder, DateTimeOffset? NotBefore = null)
{
    /// <summary>It waits for something of its own of which nobody knows when it is over.</summary>
    public bool IsStuck { get; init; }
}

/// <summary>
/// When waiting requests will probably start: they are put on the workers one after the other, in the order of the queue, each where a slot is free first, for as long as its builder's builds usually take. Pure. It says
/// nothing where it would have to guess: behind a build of which nobody knows how long it takes, and about who waits behind somebody else for a lock or the cap of a project.
/// </summary>
public static class StartForecast
{
    /// <param name="now">The moment.</param>
    /// <param name="requests">In the order of the queue.</param>
    /// <param name="builders">Theirs.</param>
    /// <param name="workers">All that may be given builds now or later.</param>
    public static IReadOnlyDictionary<long, DateTimeOffset> Of(DateTimeOffset now, IEnumerable<ForecastRequest> requests, IEnumerable<ForecastBuilder> builders, IEnumerable<ForecastWorker> workers)
    {
        var byId = builders.ToDictionary(b => b.Id);
        var slots = workers.Where(w => w.Slots > 0).ToDictionary(w => w.Id, w => new Slots(w, now));
        var starts = new Dictionary<long, DateTimeOffset>();
        var behind = new HashSet<long>();
        foreach (var request in requests)
        {
            if (request.IsStuck || !byId.TryGetValue(request.Builder, out var builder) || Earliest(builder, behind) is not { } earliest)
                continue;
            var from = new[] { now, earliest, request.NotBefore ?? now }.Max();
            if (Best(builder, slots, from) is not { } best)
                continue;
            var start = best.Start(from);
            best.Take(start, builder.Usual);
            starts[request.Id] = start;
        }
        return starts;
    }

    // Null: nobody knows. Of those that wait for a lock or a cap only the first is told: what will be free for the second depends on who else asks.
    private static DateTimeOffset? Earliest(ForecastBuilder builder, HashSet<long> behind) => builder.Kind switch
    {
        null or WaitKind.New or WaitKind.SlotsFull or WaitKind.NotBefore or WaitKind.WorkersAway => DateTimeOffset.MinValue,
        WaitKind.PausedBy or WaitKind.WorkersPaused => builder.Over,
        WaitKind.LockHeld or WaitKind.CapReached => behind.Add(builder.Id) ? builder.Over : null,
        _ => null,
    };

    private static Slots? Best(ForecastBuilder builder, Dictionary<long, Slots> slots, DateTimeOffset from) => builder.Workers
        .Select(w => slots.GetValueOrDefault(w)).OfType<Slots>()
        .Where(s => s.Start(from) is var start && start < DateTimeOffset.MaxValue && s.IsOpenFor(start, builder.Usual))
        .MinBy(s => s.Start(from));

    private sealed class Slots
    {
        private readonly PriorityQueue<DateTimeOffset, DateTimeOffset> free = new();
        private readonly ForecastWorker worker;

        public Slots(ForecastWorker worker, DateTimeOffset now)
        {
            this.worker = worker;
            // Whoever runs beyond the slots (they were made fewer) must end first.
            var ends = worker.Ends.Select(e => e ?? DateTimeOffset.MaxValue).Order().Skip(Math.Max(0, worker.Ends.Count - worker.Slots)).ToArray();
            foreach (var end in ends)
                free.Enqueue(end, end);
            for (var n = ends.Length; n < worker.Slots; n++)
                free.Enqueue(now, now);
        }

        public DateTimeOffset Start(DateTimeOffset from) => new[] { free.Peek(), worker.From, from }.Max();

        public bool IsOpenFor(DateTimeOffset start, TimeSpan? usual) => worker.Until is not { } until || start + (usual ?? TimeSpan.Zero) <= until;

        public void Take(DateTimeOffset start, TimeSpan? usual)
        {
            free.Dequeue();
            var end = usual is { } takes ? start + takes : DateTimeOffset.MaxValue;
            free.Enqueue(end, end);
        }
    }
}

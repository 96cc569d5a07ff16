using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Pauses, asked for at a master of pages.</summary>
internal sealed class PauseOrders(OrderBook book) : IPauseActions
{
    private const int MostNamed = 5;

    private sealed record OfWorker(string Name);

    public static IEnumerable<OrderKind> Kinds(PauseActions actions) =>
    [
        OrderKind.Of<NewPause>("pause.begin", (pause, _, by, cancellation) => actions.Begin(pause, by, cancellation)),
        OrderKind.Of<PauseSubject[]>("pause.end", (subjects, _, by, cancellation) => actions.End(subjects, by, cancellation)),
        // As earlier masters of pages order them.
        OrderKind.Of<OfWorker>("worker.pause", (a, reason, by, cancellation) => actions.Begin(new([new(PauseKind.Worker, a.Name)], reason), by, cancellation)),
        OrderKind.Of<OfWorker>("worker.resume", (a, _, by, cancellation) => actions.End([new(PauseKind.Worker, a.Name)], by, cancellation)),
    ];

    public Task<ActionOutcome> Begin(NewPause pause, Actor by, CancellationToken cancellation) => book.Ask("pause.begin", Named(pause.Subjects), pause, pause.Reason, by, cancellation);

    public Task<ActionOutcome> End(IReadOnlyList<PauseSubject> subjects, Actor by, CancellationToken cancellation) => book.Ask("pause.end", Named(subjects), subjects.ToArray(), null, by, cancellation);

    private static string Named(IReadOnlyList<PauseSubject> subjects) =>
        string.Join(", ", subjects.Take(MostNamed).Select(s => s.InWords)) + (subjects.Count > MostNamed ? $" and {subjects.Count - MostNamed} more" : "");
}

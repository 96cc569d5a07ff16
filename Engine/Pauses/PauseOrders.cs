using Weir.Engine.Storage.Orders;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;

namespace Weir.Engine.Pauses;

/// <summary>Pauses, asked for at a master of pages.</summary>
internal sealed class PauseOrders(OrderBook book) : IPauseActions
{
    private const int MostNamed = 5;

    public static IEnumerable<OrderKind> Kinds(PauseActions actions) =>
    [
        OrderKind.Of<NewPause>("pause.begin", (pause, _, by, cancellation) => actions.Begin(pause, by, cancellation)),
        OrderKind.Of<PauseSubject[]>("pause.end", (subjects, _, by, cancellation) => actions.End(subjects, by, cancellation)),
    ];

    public Task<ActionOutcome> Begin(NewPause pause, Actor by, CancellationToken cancellation) => book.Ask("pause.begin", Named(pause.Subjects), pause, pause.Reason, by, cancellation);

    public Task<ActionOutcome> End(IReadOnlyList<PauseSubject> subjects, Actor by, CancellationToken cancellation) => book.Ask("pause.end", Named(subjects), subjects.ToArray(), null, by, cancellation);

    private static string Named(IReadOnlyList<PauseSubject> subjects) =>
        string.Join(", ", subjects.Take(MostNamed).Select(s => s.InWords)) + (subjects.Count > MostNamed ? $" and {subjects.Count - MostNamed} more" : "");
}

using Weir.App.Client.Frame;
using Weir.App.Client.Waterfall;
using Weir.Shared.Builds;
using Weir.Shared.Events;

namespace Weir.App.Server.Live;

/// <summary>What happened on the waterfall since it was last told: which blocks, heads and changes have to be shown again.</summary>
internal sealed class WaterfallGathering
{
    // More than that is quicker told by the page asking for itself again.
    private const int MostBlocks = 300;

    private readonly HashSet<long> _builds = [];
    private readonly HashSet<long> _builders = [];
    private readonly HashSet<long> _changes = [];

    public IReadOnlyCollection<long> Builds => _builds;
    public IReadOnlyCollection<long> Builders => _builders;
    public IReadOnlyCollection<long> Changes => _changes;

    /// <summary>Pieces will not do: the columns themselves have changed, or too much at once.</summary>
    public bool IsTooMuch { get; private set; }
    public bool IsEmpty => !IsTooMuch && _builds.Count == 0 && _builders.Count == 0 && _changes.Count == 0;

    /// <summary>Something was lost on the way.</summary>
    public void GiveUp() => IsTooMuch = true;

    public void Add(WeirEvent e)
    {
        // Which builders a worker serves is a matter of patterns; its coming and going is rare enough to show all heads again.
        IsTooMuch |= e.Kind is EventKind.ConfigurationChanged or EventKind.WorkerChanged;
        if (e.BuildId is { } build)
            _builds.Add(build);
        if (e.BuilderId is { } builder)
            _builders.Add(builder);
        if (e.ChangeId is { } change && e.Kind == EventKind.ChangeAdded)
            _changes.Add(change);
        IsTooMuch |= _builds.Count > MostBlocks;
    }
}

/// <summary>Tells watchers of the waterfall what happened: one rendering for all of them, with times and without pixels.</summary>
internal sealed class WaterfallNews(FragmentRenderer renderer, IWaterfallQueries queries, IEventFeed events)
{
    // Who was away for longer asks for the page again.
    private const int MostMissed = 1000;

    // Events are noted by their reader while the fragments are made.
    private readonly Lock _lock = new();
    private WaterfallGathering _gathered = new();

    public void Add(WeirEvent e)
    {
        lock (_lock)
            _gathered.Add(e);
    }

    /// <summary>Something was lost on the way: the page asks for itself again.</summary>
    public void AddEverything()
    {
        lock (_lock)
            _gathered.GiveUp();
    }

    /// <summary>The fragment; empty when nothing happened, null when the page should rather ask for itself again.</summary>
    public Task<string?> Take(Moment moment, CancellationToken cancellation)
    {
        WaterfallGathering gathered;
        lock (_lock)
            (gathered, _gathered) = (_gathered, new());
        return Render(gathered, moment, cancellation);
    }

    /// <summary>The same for a page that was rendered at an event and has just begun to watch.</summary>
    public async Task<string?> Since(long number, Moment moment, CancellationToken cancellation)
    {
        var missed = await events.After(number, MostMissed, cancellation);
        var gathered = new WaterfallGathering();
        foreach (var e in missed.Where(e => EventTopics.Of(e).Contains(Topic.Waterfall)))
            gathered.Add(e);
        return missed.Count == MostMissed ? null : await Render(gathered, moment, cancellation);
    }

    private async Task<string?> Render(WaterfallGathering gathered, Moment moment, CancellationToken cancellation)
    {
        if (gathered.IsTooMuch)
            return null;
        if (gathered.IsEmpty)
            return "";
        var update = await queries.Update(gathered.Builds, gathered.Builders, gathered.Changes, cancellation);
        return await renderer.Render<WaterfallNewsView>(new() { ["Update"] = update, ["Moment"] = moment });
    }
}

using Weir.Engine.Configuration.Check;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>A draft put together with all other sources, and checked. There is a model only if it is good.</summary>
internal sealed record Judgement(SourceSet Sources, IReadOnlyList<Offer> Offers, IReadOnlyList<ConfigurationPart> Parts, WeirConfiguration? Model, IReadOnlyList<ConfigurationProblem> Problems)
{
    // Each costs a check of the whole.
    private const int MostTriedAgain = 8;

    /// <summary>
    /// What is offered, together with the last good contents of the other sources. Newest contents that were not good are tried again with it, as many as will do: two sources may be good together
    /// that are not good one by one, as when a builder moves from one to the other.
    /// </summary>
    public static Judgement Of(SourceSet sources, Draft draft) => Judge(sources, draft) with { Guard = draft.Guard };

    private static Judgement Judge(SourceSet sources, Draft draft)
    {
        if (draft.Problems.Count > 0)
            return new(sources, draft.Offers, sources.With(draft.Offers), null, draft.Problems);
        var alone = Check(sources, draft.Offers);
        if (draft.Exact)
            return alone;
        var waiting = sources.Rows.Where(r => draft.Offers.All(o => o.Source != r.Name)).Select(r => r.Waiting()).OfType<Offer>().Take(MostTriedAgain).ToList();
        if (waiting.Count > 1 && Check(sources, [.. draft.Offers, .. waiting]) is { Model: not null } all)
            return all;
        var best = alone;
        foreach (var more in waiting)
        {
            if (Check(sources, [.. best.Offers, more]) is { Model: not null } better)
                best = better;
        }
        return best;
    }

    /// <summary>See <see cref="Draft.Guard"/>.</summary>
    public Func<StoreTransaction, Task<bool>>? Guard { get; init; }

    /// <summary>Behind the locks: the sources are what was judged, and whoever offered still may.</summary>
    public async Task<bool> Stands(StoreTransaction unit) => (Guard is null || await Guard(unit)) && await SourceRows.Stand(unit, Sources);

    private static Judgement Check(SourceSet sources, IReadOnlyList<Offer> offers)
    {
        var parts = sources.With(offers);
        if (parts.Any(p => p.Origin == PartOrigin.Repository))
        {
            // What is not declared any more is gone with its declaration.
            var declared = PartBinding.Declared(parts);
            parts = [.. parts.Where(p => p.Origin != PartOrigin.Repository || declared.Contains(p.From!))];
        }
        var (model, problems) = ConfigurationReader.Read(parts);
        return new(sources, offers, parts, model, problems);
    }
}

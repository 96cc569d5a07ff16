using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>What one source has to be taken as its whole content from now on.</summary>
internal sealed record Offer(string Source, PartOrigin Origin, IReadOnlyList<ConfigurationPart> Parts)
{
    public string? Commit { get; init; }
    public string? Place { get; init; }

    /// <summary>The address of whoever made the commit; null: it says none that is one.</summary>
    public string? Author { get; init; }

    /// <summary>The hash by which the source knows later that it has offered this already; null: what it gave last stands as it is.</summary>
    public string? Given { get; init; }
}

/// <summary>What somebody wants to become of sources, with what is wrong before it is even put together with the others.</summary>
internal sealed record Draft(IReadOnlyList<Offer> Offers, IReadOnlyList<ConfigurationProblem> Problems)
{
    /// <summary>Nothing but this: newest contents of others that were not good are not tried again together with it.</summary>
    public bool Exact { get; init; }

    /// <summary>Asked in the transaction that stores it, good or refused; where it says no, nothing is stored.</summary>
    public Func<StoreTransaction, Task<bool>>? Guard { get; init; }

    /// <summary>When it shall come in force.</summary>
    public ApplyTerms Terms { get; init; } = ApplyTerms.None;

    public static Draft Of(params IReadOnlyList<Offer> offers) => new(offers, []);
}

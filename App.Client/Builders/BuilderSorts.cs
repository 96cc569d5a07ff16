using Weir.Shared.Builds;

namespace Weir.App.Client.Builders;

/// <summary>The orders of the overview as the address says them, and the address of any part of it.</summary>
internal static class BuilderSorts
{
    public static string Word(BuilderSort sort) => sort.ToString().ToLowerInvariant();

    /// <summary>What is not an order of ours means the configuration's.</summary>
    public static BuilderSort Parse(string? word) => Enum.TryParse<BuilderSort>(word, ignoreCase: true, out var sort) && Enum.IsDefined(sort) ? sort : BuilderSort.Place;

    public static string Address(BuilderWish wish) => Urls.With(Urls.Builders,
        ("q", wish.Filter), ("sort", wish.Sort == BuilderSort.Place ? null : Word(wish.Sort)), ("after", wish.After is { } after ? Parts.Words.Number(after) : null));
}

using Weir.Engine.Configuration;

namespace Weir.Engine.Masters;

/// <summary>Of which builders an engine begins builds: those of which a name or a pattern matches, or that carry one of the tags. Nothing named: of all.</summary>
public sealed record BuilderLimits(IReadOnlyList<string> Names, IReadOnlyList<string> Tags)
{
    public static BuilderLimits None { get; } = new([], []);

    public bool IsNone => Names.Count == 0 && Tags.Count == 0;

    public bool Allow(string builder, IReadOnlyCollection<string> tags) =>
        IsNone || Names.Any(pattern => WorkerMatching.MatchesName(pattern, builder)) || Tags.Any(pattern => tags.Any(tag => WorkerMatching.MatchesName(pattern, tag)));

    /// <summary>As it is said to people: "the builders rust-*, docs and those tagged arm".</summary>
    public string InWords => (Names.Count, Tags.Count) switch
    {
        (0, 0) => "all builders",
        (0, _) => $"builders tagged {List(Tags, "or")}",
        (_, 0) => $"the builders {List(Names, "and")}",
        _ => $"the builders {List(Names, "and")}, and those tagged {List(Tags, "or")}",
    };

    private static string List(IReadOnlyList<string> words, string last) => words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} {last} {words[^1]}";
}

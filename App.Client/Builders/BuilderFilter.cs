using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.App.Client.Builders;

/// <summary>The words of a builders' filter: <c>tag:</c>, <c>project:</c>, <c>is:red</c>, <c>is:running</c>, <c>is:waiting</c>; any other word is part of the name. All must hold.</summary>
public static class BuilderFilter
{
    public static bool Holds(string? filter, BuilderSummary builder) =>
        (filter ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(word => HoldsWord(word, builder));

    private static bool HoldsWord(string word, BuilderSummary builder)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var value = word[(colon + 1)..];
        return (colon < 0 ? "" : word[..colon].ToLowerInvariant()) switch
        {
            "tag" => builder.Tags.Contains(value, StringComparer.OrdinalIgnoreCase),
            "project" => string.Equals(builder.Project, value, StringComparison.OrdinalIgnoreCase),
            "is" => value.ToLowerInvariant() switch
            {
                "red" => builder.Last is { } last && ShownStates.Of(last).IsBad(),
                "running" => builder.Running.Count > 0,
                "waiting" => builder.Waiting > 0,
                _ => false,
            },
            _ => builder.Name.Contains(word, StringComparison.OrdinalIgnoreCase),
        };
    }
}

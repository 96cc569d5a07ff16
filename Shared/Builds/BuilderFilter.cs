namespace Weir.Shared.Builds;

/// <summary>
/// The words of a builders' filter: <c>tag:</c>, <c>project:</c>, <c>is:red</c>, <c>is:running</c>, <c>is:waiting</c>, <c>is:unmanned</c>, <c>is:never</c>, <c>is:retired</c>;
/// any other word is part of the name. All must hold.
/// </summary>
public static class BuilderFilter
{
    public static bool Holds(string? filter, BuilderHead builder) =>
        (filter ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(word => HoldsWord(word, builder));

    /// <summary>Retired builders are shown to who asks for them only.</summary>
    public static bool AsksForRetired(string? filter) => filter?.Contains("is:retired", StringComparison.OrdinalIgnoreCase) == true;

    private static bool HoldsWord(string word, BuilderHead builder)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var value = word[(colon + 1)..];
        return (colon < 0 ? "" : word[..colon].ToLowerInvariant()) switch
        {
            "tag" => builder.Tags.Contains(value, StringComparer.OrdinalIgnoreCase),
            "project" => string.Equals(builder.Project, value, StringComparison.OrdinalIgnoreCase),
            "is" => value.ToLowerInvariant() switch
            {
                "red" => builder.IsRed,
                "running" => builder.Running > 0,
                "waiting" => builder.Waiting > 0,
                "unmanned" => builder.IsUnmanned,
                "never" => builder.NeverBuilt,
                "retired" => builder.RetiredAt is not null,
                _ => false,
            },
            _ => builder.Name.Contains(word, StringComparison.OrdinalIgnoreCase),
        };
    }
}

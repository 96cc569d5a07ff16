using System.Runtime.CompilerServices;
using System.Text.Json;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes;

/// <summary>Which changes a scheduler wants, and which of them matter. Pure; what was read from a configuration is prepared once.</summary>
internal static class ChangeFilter
{
    private static readonly ConditionalWeakTable<object, IReadOnlyList<FilePattern>> Prepared = [];

    private sealed record FilePattern(Glob Glob, bool Excludes);

    /// <summary>All given conditions hold.</summary>
    public static bool Matches(ChangeFilterConfiguration filter, ChangeRecord change) =>
        OneOf(filter.Codebases, change.Codebase)
        && OneOf(filter.Branches, change.Branch)
        && OneOf(filter.Projects, change.Project)
        && OneOf(filter.Authors, change.Author)
        && OneOf(filter.Categories, change.Category)
        && filter.Properties.All(p => OneOf(p.Value, change.Properties.FirstOrDefault(own => own.Name == p.Key)?.Value is { } json ? Plain(json) : null))
        && Touches(filter.Files, change);

    /// <summary>A change that touches no important file starts nothing, but rides along. One that names no files is important.</summary>
    public static bool IsImportant(IReadOnlyList<string> important, ChangeRecord change) => Touches(important, change);

    private static bool OneOf(IReadOnlyList<string> patterns, string? value) =>
        patterns.Count == 0 || (value is not null && Patterns(patterns).Any(p => p.Glob.Matches(value)));

    // A text as it reads, any other value as JSON writes it.
    private static string Plain(string json) => json.StartsWith('"') ? JsonSerializer.Deserialize<string>(json)! : json;

    // For each file the last pattern that matches it decides; a list that only excludes begins with everything. A list that was cut may have named it.
    private static bool Touches(IReadOnlyList<string> patterns, ChangeRecord change)
    {
        if (patterns.Count == 0 || change.Files.Count == 0 || change.FilesCut)
            return true;
        var prepared = Patterns(patterns);
        return change.Files.Any(file => Wanted(prepared, file));
    }

    private static bool Wanted(IReadOnlyList<FilePattern> patterns, string file)
    {
        for (var i = patterns.Count - 1; i >= 0; i--)
        {
            if (patterns[i].Glob.Matches(file))
                return !patterns[i].Excludes;
        }
        return patterns.All(p => p.Excludes);
    }

    private static IReadOnlyList<FilePattern> Patterns(IReadOnlyList<string> patterns) =>
        Prepared.GetValue(patterns, static list => [.. ((IReadOnlyList<string>)list).Select(p => p is ['!', ..] ? new FilePattern(new Glob(p[1..]), true) : new FilePattern(new Glob(p), false))]);
}

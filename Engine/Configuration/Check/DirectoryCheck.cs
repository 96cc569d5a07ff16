using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Checks what is said about shared directories: that they exist, and that there is a worker on which all builders can be that share one.</summary>
internal static class DirectoryCheck
{
    public static void Check(Sections sections, WeirConfiguration model, Problems problems)
    {
        foreach (var builder in sections.Builders)
        {
            foreach (var (step, i) in (builder.Value["steps"]?.Items ?? []).Select((s, i) => (s, i)).Where(s => s.s.Kind == YamlKind.Map))
            {
                foreach (var name in step.Map("shared").Select(d => d.Key).Where(d => Format.TextRules.Name(d.Text) is null && sections.Find("sharedDirectories", d.Text) is null))
                    problems.Add(name, FormattableString.Invariant($"builders.{builder.Key.Text}.steps[{i}].shared.{name.Text}"), $"There is no shared directory \"{name.Text}\".{Suggestion.DidYouMean(name.Text, sections.Known("sharedDirectories"))}");
            }
        }
        foreach (var group in DirectoryGroups.Of(model))
        {
            // One that no worker fits at all is spoken of elsewhere.
            if (group.Builders.Count < 2 || DirectoryGroups.Homes(group, model).Count > 0 || group.Builders.Any(b => !model.Workers.Any(w => WorkerMatching.Matches(b.Workers, w.Name, w.Tags) || b.Workers.Names.Any(n => WorkerMatching.MatchesName(w.Name, n)))))
                continue;
            var last = group.Builders[^1];
            problems.Add(sections.Find("builders", last.Name)!, $"builders.{last.Name}", $"{Names([.. group.Builders.Select(b => b.Name)])} share {(group.Directories.Count == 1 ? "the directory" : "the directories")} {string.Join(", ", group.Directories)}, which must be on one worker, but no worker can take all of them.{Each(group)}");
        }
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : string.Join(", ", names.SkipLast(1)) + " and " + names[^1];

    private static string Each(DirectoryGroup group) => group.Builders.Count > 5 ? "" : " " + string.Join("; ", group.Builders.Select(b => $"{b.Name} wants {Wanted(b.Workers)}")) + ".";

    private static string Wanted(WorkerSelector selector) => (selector.Names.Count, selector.Tags.Count) switch
    {
        (0, 0) => "any",
        (_, 0) => string.Join(" or ", selector.Names),
        (0, _) => $"one with {(selector.Tags.Count == 1 ? "the tag" : "the tags")} {string.Join(", ", selector.Tags)}",
        _ => $"{string.Join(" or ", selector.Names)}, or one with {(selector.Tags.Count == 1 ? "the tag" : "the tags")} {string.Join(", ", selector.Tags)}",
    };
}

using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// For what a revision waits, after what its author says and what waits already. A revision is put together of the newest contents of all sources, so those of one that waits are in it: unless its author says
/// that it comes now, it waits as well, for all that either of them waits for.
/// </summary>
internal sealed record WaitingTerms
{
    /// <summary>Who must be idle, of an empty list all; null: nobody.</summary>
    public string[]? IdleBuilders { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    public AtDeadline? AtDeadline { get; init; }

    /// <summary>The sources whose content goes back when it is dropped: of those who said nothing of waiting it stays.</summary>
    public string[] BroughtBy { get; init; } = [];

    /// <summary>What waits for builders that go with it is cancelled.</summary>
    public bool CancelsWaiting { get; init; }

    /// <summary>The terms of a revision to be made.</summary>
    /// <param name="said">What its author says.</param>
    /// <param name="isWhole">It is the content of an old revision, and nothing of what waits is in it.</param>
    /// <param name="waiting">What waits; null: nothing does.</param>
    /// <param name="before">The parts that its own differ from: those of what waits, or of what is in force.</param>
    /// <param name="parts">Its own.</param>
    public static WaitingTerms Of(ApplyTerms said, bool isWhole, RevisionToCome? waiting, IReadOnlyList<ConfigurationPart> before, IReadOnlyList<ConfigurationPart> parts)
    {
        var own = said.WhenIdle?.Distinct().Order(StringComparer.Ordinal).ToArray();
        if (said.Now || isWhole || waiting?.IdleBuilders is not { } others)
            return new() { IdleBuilders = own, Deadline = own is null ? null : said.Deadline, AtDeadline = own is null ? null : said.AtDeadline, BroughtBy = Differing(before, parts), CancelsWaiting = said.CancelsWaiting };
        var hasDeadline = own is not null && said.Deadline is not null;
        return new()
        {
            IdleBuilders = own is null ? others : own.Length == 0 || others.Length == 0 ? [] : [.. own.Union(others).Order(StringComparer.Ordinal)],
            Deadline = hasDeadline ? said.Deadline : waiting.Deadline,
            AtDeadline = hasDeadline || waiting.AtDeadline is null ? said.AtDeadline : Enum.Parse<AtDeadline>(waiting.AtDeadline),
            BroughtBy = own is null ? waiting.BroughtBy : [.. waiting.BroughtBy.Union(Differing(before, parts))],
            CancelsWaiting = said.CancelsWaiting || waiting.CancelsWaiting,
        };
    }

    private static string[] Differing(IReadOnlyList<ConfigurationPart> before, IReadOnlyList<ConfigurationPart> after)
    {
        var (old, now) = (before.ToLookup(SourceSet.SourceOf), after.ToLookup(SourceSet.SourceOf));
        return [.. old.Select(s => s.Key).Union(now.Select(s => s.Key)).Where(s => !old[s].Select(p => (p.Name, p.Text)).SequenceEqual(now[s].Select(p => (p.Name, p.Text)))).Order(StringComparer.Ordinal)];
    }
}

using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Texts;

/// <summary>Makes of an edit of one text the new content of its source, or an answer that says why there is none. The sources may be read more than once: the last counts.</summary>
internal sealed class TextDraft(TextEdit edit)
{
    public const int LongestName = 250;

    /// <summary>Why nothing was drafted.</summary>
    public TextAnswer? Answer { get; private set; }

    private bool Removes => string.IsNullOrWhiteSpace(edit.Text);

    /// <summary>The etag of what the text shall be; null: it shall be gone.</summary>
    public string? ETag => Removes ? null : FoundText.ETagOf(edit.Text);

    public Draft? Make(SourceSet sources)
    {
        Answer = null;
        var found = FoundText.All(sources).FirstOrDefault(t => t.Part.Name == edit.Name);
        var standing = found?.ToText();
        if (standing?.WhyNot is { } why)
            return Stop(new(EditOutcome.ReadOnly) { Why = why, Standing = standing });
        if (found is null && WrongName() is { } wrong)
            return Stop(new(EditOutcome.Refused) { Problems = [wrong] });
        if (standing?.ETag == ETag)
            return Stop(new(EditOutcome.Unchanged) { ETag = ETag });
        if (edit.ETag != "*" && edit.ETag != standing?.ETag)
            return Stop(new(EditOutcome.ChangedMeanwhile) { Standing = standing, Text = standing is null ? "" : Difference.Between([found!.Part], [new(edit.Name, edit.Text)]), Why = standing is null ? $"{edit.Name} was removed meanwhile." : edit.ETag is null ? $"There is {edit.Name} already." : $"{edit.Name} was changed meanwhile." });
        var source = found?.Source.Name ?? (edit.Name == SourceSet.Forms ? SourceSet.Forms : SourceSet.Store);
        var parts = sources.Find(source)?.Good() ?? [];
        var written = new ConfigurationPart(edit.Name, edit.Text);
        return Draft.Of(new Offer(source, PartOrigin.Store, found is null ? [.. parts, written] : [.. parts.Where(p => !Removes || p.Name != edit.Name).Select(p => p.Name == edit.Name ? written : p)]));
    }

    private ConfigurationProblem? WrongName() =>
        string.IsNullOrWhiteSpace(edit.Name) || edit.Name.Length > LongestName || edit.Name.Any(char.IsControl) ? new("", 0, 0, "name", $"A name of at most {LongestName} characters, without line ends and the like, was expected.")
        : Removes ? new(edit.Name, 0, 0, "", $"The text is empty, and there is no {edit.Name} that could be removed.")
        : null;

    private Draft? Stop(TextAnswer answer)
    {
        Answer = answer;
        return null;
    }
}

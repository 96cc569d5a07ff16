using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Things;

/// <summary>Makes of an edit of one thing the new content of the source that defines it, or an answer that says why there is none. The sources may be read more than once: the last counts.</summary>
internal sealed class ThingDraft(ThingEdit edit)
{
    private const string Templates = "templates";
    private readonly string newName = edit.NewName ?? edit.Name;

    /// <summary>Why nothing was drafted.</summary>
    public ThingAnswer? Answer { get; private set; }

    /// <summary>The part that the edit changes.</summary>
    public string Part { get; private set; } = "";

    /// <summary>The etag of what the thing shall be.</summary>
    public string? ETag { get; private set; }

    public Draft? Make(SourceSet sources)
    {
        Answer = null;
        if (!Sections.Names.Contains(edit.Section))
            return Stop(new(EditOutcome.Missing) { Why = $"There is no section {edit.Section}. There are {string.Join(", ", Sections.Names)}." });
        if (Value(out var value) is { } wrong)
            return Stop(wrong);
        var all = FoundThing.Of(sources, edit.Section).ToList();
        var found = all.Find(t => t.Name == edit.Name);
        if (value is not null && found is not null)
            value = SameWriting.Keep(edit.Section, found.Value, value);
        if (Precondition(found, value) is { } stop)
            return Stop(stop);
        if (newName != edit.Name && all.Exists(t => t.Name == newName))
            return Stop(Refused("name", $"There is \"{newName}\" already."));
        if (newName != edit.Name && value is JsonObject renamed && edit.Section != Templates)
            renamed["was"] = edit.Name;
        ETag = value is null ? null : FoundThing.ETagOf(value);
        return found is null ? Add(sources, value!) : Change(sources, found, value);
    }

    private ThingAnswer? Value(out JsonNode? value)
    {
        value = edit.Value is { ValueKind: not JsonValueKind.Null } given ? JsonNode.Parse(given.GetRawText()) : null;
        if (edit.Value is null or { ValueKind: JsonValueKind.Object })
            return null;
        return Refused("", $"A map was expected, not {edit.Value.Value.ValueKind.ToString().ToLowerInvariant()}.");
    }

    private ThingAnswer? Precondition(FoundThing? found, JsonNode? value)
    {
        if (found is null && edit.ETag == "*" && (value is null || edit.NewName is not null))
            return new(EditOutcome.Missing) { Why = $"There is no {edit.Name} in {edit.Section}." };
        if (found is null)
            return edit.ETag is null or "*" ? value is null ? new(EditOutcome.Missing) { Why = $"There is no {edit.Name} in {edit.Section}." } : null
                : value is null ? new(EditOutcome.Unchanged) : new(EditOutcome.ChangedMeanwhile) { Why = $"{edit.Name} was removed meanwhile." };
        var standing = found.Value;
        if (value is not null && newName == edit.Name && standing?.ToJsonString() == value.ToJsonString())
            return new(EditOutcome.Unchanged) { ETag = FoundThing.ETagOf(standing) };
        if (edit.ETag != "*" && edit.ETag != FoundThing.ETagOf(standing))
            return new(EditOutcome.ChangedMeanwhile) { Standing = found.ToThing(edit.Section), Why = edit.ETag is null ? $"There is {edit.Name} in {edit.Section} already." : $"Somebody has changed {edit.Name} meanwhile." };
        return found.WhyNot is { } why ? new(EditOutcome.ReadOnly) { Why = why, Standing = found.ToThing(edit.Section) } : null;
    }

    private Draft? Add(SourceSet sources, JsonNode value)
    {
        Part = edit.Part ?? SourceSet.Forms;
        var source = Part == SourceSet.Forms ? SourceSet.Forms : SourceSet.Store;
        var parts = sources.Find(source)?.Good() ?? [];
        var part = parts.FirstOrDefault(p => p.Name == Part) ?? (Part == SourceSet.Forms ? new(Part, PartText.Empty) : null);
        return part is null
            ? Stop(new(EditOutcome.Missing) { Why = $"The store has no part {Part}. New things go into {string.Join(", ", parts.Select(p => p.Name).Append(SourceSet.Forms))}." })
            : Offer(source, parts, part, PartText.Change(part, edit.Section, newName, newName, value));
    }

    private Draft? Change(SourceSet sources, FoundThing found, JsonNode? value)
    {
        Part = found.Part.Name;
        var draft = Offer(found.Source.Name, found.Source.Good(), found.Part, PartText.Change(found.Part, edit.Section, edit.Name, newName, value));
        return draft is null || newName == edit.Name ? draft : Follow(sources, draft);
    }

    // What can be edited here and refers to it, refers to it under its new name; what stands elsewhere the check complains about.
    private Draft? Follow(SourceSet sources, Draft draft)
    {
        var following = new Following(edit.Section, edit.Name, newName);
        foreach (var (section, thing) in Sections.Names.Append("parts").SelectMany(s => FoundThing.Of(sources, s).Where(t => t.WhyNot is null).Select(t => (s, t))).ToList())
        {
            if ((section, thing.Name) == (edit.Section, edit.Name) || following.In(section, thing.Value) is not { } value)
                continue;
            var parts = draft.Offers.FirstOrDefault(o => o.Source == thing.Source.Name)?.Parts ?? thing.Source.Good();
            var part = parts.First(p => p.Name == thing.Part.Name);
            if (Offer(thing.Source.Name, parts, part, PartText.Change(part, section, thing.Name, thing.Name, value)) is not { } more)
                return null;
            draft = draft with { Offers = [.. draft.Offers.Where(o => o.Source != thing.Source.Name), .. more.Offers] };
        }
        return draft;
    }

    private Draft? Offer(string source, IReadOnlyList<ConfigurationPart> parts, ConfigurationPart part, ChangedText changed)
    {
        if (changed.Text is not { } text)
            return Stop(Refused("", changed.Why ?? ""));
        var others = parts.Where(p => p.Name != part.Name).ToList();
        var made = new ConfigurationPart(part.Name, text);
        return Draft.Of(new Offer(source, PartOrigin.Store, others.Count == parts.Count ? [.. parts, made] : [.. parts.Select(p => p.Name == part.Name ? made : p)]));
    }

    private Draft? Stop(ThingAnswer answer)
    {
        Answer = answer;
        return null;
    }

    private static ThingAnswer Refused(string path, string message) => new(EditOutcome.Refused) { Problems = [new(path, message, new("", 0, 0, path, message))] };
}

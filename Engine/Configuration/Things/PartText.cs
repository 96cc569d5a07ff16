using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Writing;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Things;

/// <summary>A part with another text, or why its text cannot be changed so.</summary>
internal sealed record ChangedText(string? Text, string? Why);

/// <summary>The text of a part as something in which one thing is changed and everything else stays: read back, all else is equal, or nothing is done.</summary>
internal static class PartText
{
    /// <summary>What a part begins with that nobody has written anything into.</summary>
    public const string Empty = "weir: 1\n";

    /// <summary>Puts a thing in the place of another, or removes it (<paramref name="value"/> is null); <paramref name="newName"/> is its name from now on.</summary>
    public static ChangedText Change(ConfigurationPart part, string section, string name, string newName, JsonNode? value)
    {
        if (Read(part) is not { } root)
            return new(null, $"The part {part.Name} cannot be read.");
        var wanted = (JsonObject)JsonScalar.Read(root)!;
        if (newName != name && value is not null)
        {
            // The key first, so that all lines of the thing stay where they are.
            if (YamlSpan.Read(part.Text)?.Find(section)?.Value.Find(name) is not { } entry)
                return new(null, "It is written in a way in which its name cannot be changed here.");
            var renamed = new TextEdits(part.Text);
            renamed.Replace(entry.KeyStart, entry.KeyEnd, newName);
            return Read(part with { Text = renamed.Made() }) is null ? new(null, $"\"{newName}\" is no name here.") : Change(part with { Text = renamed.Made() }, section, newName, newName, value);
        }
        if (wanted[section] is not JsonObject things)
            wanted[section] = things = [];
        if (value is null)
            things.Remove(name);
        else
            things[name] = value.DeepClone();
        if (things.Count == 0)
            wanted.Remove(section);
        return Small(part, root, wanted) is { } small ? new(small, null)
            : Anew(part, section, name, value, wanted) is { } anew ? new(anew, null)
            : new(null, $"The part {part.Name} is written in a way (anchors that other things use, or braces around the whole section with comments in them) in which this thing cannot be changed without touching others. Change the text itself.");
    }

    /// <summary>The lines of a thing as they are written, without those that belong to the next.</summary>
    public static string Lines(ConfigurationPart part, string section, string name)
    {
        if (YamlSpan.Read(part.Text)?.Find(section)?.Value.Find(name) is not { } entry)
            return "";
        var text = new TextEdits(part.Text);
        var indent = text.Column(entry.KeyStart);
        if (!text.BeginsLine(entry.KeyStart))
            return part.Text[entry.KeyStart..Math.Max(entry.Value.End, entry.KeyEnd)] + "\n";
        var lines = part.Text[text.LineStart(entry.KeyStart)..text.EndOfLines(indent, Math.Max(entry.Value.End, entry.KeyEnd))].TrimEnd().Split('\n');
        return string.Join('\n', lines.Select(l => l.TrimEnd('\r')).Select(l => l.AsSpan(0, Math.Min(indent, l.Length)).Trim().IsEmpty ? l[Math.Min(indent, l.Length)..] : l)) + "\n";
    }

    private static string? Small(ConfigurationPart part, YamlNode root, JsonObject wanted)
    {
        if (YamlSpan.Read(part.Text) is not { Kind: SpanKind.Map } span)
            return null;
        var (edits, gaveUp) = (new TextEdits(part.Text), false);
        new YamlSurgery(edits).Change(span, root, wanted, _ => gaveUp = true);
        return gaveUp || LosesComments(part.Text, span, wanted) ? null : Good(part, edits, wanted);
    }

    // The thing's own value as a whole, where the small changes did not come out right.
    private static string? Anew(ConfigurationPart part, string section, string name, JsonNode? value, JsonObject wanted)
    {
        if (value is null || YamlSpan.Read(part.Text)?.Find(section)?.Value is not { IsFlow: false } map || map.Find(name) is not { } entry)
            return null;
        var edits = new TextEdits(part.Text);
        new YamlSurgery(edits).AfterKey(entry, value);
        return Good(part, edits, wanted);
    }

    private static string? Good(ConfigurationPart part, TextEdits edits, JsonObject wanted)
    {
        var made = edits.Made();
        return Read(part with { Text = made }) is { } back && JsonNode.DeepEquals(JsonScalar.Read(back), wanted) ? made : null;
    }

    // A section in braces is written anew as a whole when its names change; comments in it would go.
    private static bool LosesComments(string text, YamlSpan root, JsonObject wanted) => root.Entries.Any(e =>
        e.Value is { Kind: SpanKind.Map, IsFlow: true } map && wanted[e.Key] is var now && !(now is JsonObject o && o.Select(x => x.Key).SequenceEqual(map.Entries.Select(x => x.Key)))
        && text[map.Start..map.End].Split('\n').Any(l => l.TrimStart().StartsWith('#') || l.Contains(" #", StringComparison.Ordinal)));

    private static YamlNode? Read(ConfigurationPart part)
    {
        var problems = new Problems();
        return YamlReader.Read(part, problems) is { Kind: YamlKind.Map } root && !problems.Any ? root : null;
    }
}

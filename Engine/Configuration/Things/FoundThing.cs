using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Templates;
using Weir.Engine.Configuration.Writing;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Things;

/// <summary>A named thing in the newest good contents of the sources: in which source and part, and its value.</summary>
internal sealed record FoundThing(SourceRow Source, ConfigurationPart Part, YamlEntry Entry)
{
    public string Name => Entry.Key.Text;

    public JsonNode? Value => JsonScalar.Read(Entry.Value);

    public ThingPlace Place => new(Part.Name, Source.OriginKind, Entry.Key.Line, Source.CommitId);

    /// <summary>Why it cannot be edited here; null: it can.</summary>
    public string? WhyNot => Source.OriginKind switch
    {
        PartOrigin.File => $"It stands in the watched file {Part.Name}{(Source.Place is { } path ? $" ({path})" : "")}, line {Entry.Key.Line}: it is changed there.",
        PartOrigin.Repository => $"It stands in {Part.Name}, line {Entry.Key.Line}, of the part {Source.Name}, out of {Source.Place}{(Source.CommitId is { Length: > 0 } commit ? $" at commit {commit[..Math.Min(12, commit.Length)]}" : "")}: it is changed by a commit there.",
        _ => null,
    };

    public Thing ToThing(string section)
    {
        var value = Value;
        return new()
        {
            Section = section,
            Name = Name,
            Value = JsonSerializer.SerializeToElement(value),
            ETag = ETagOf(value),
            Place = Place,
            Text = PartText.Lines(Part, section, Name),
            WhyNot = WhyNot,
        };
    }

    /// <summary>Of a builder with templates or a matrix: what it comes to.</summary>
    public static IReadOnlyList<MadeThing> Made(SourceSet sources, FoundThing builder) =>
        !Expansion.IsMade(builder.Entry.Value) ? [] : [.. Made(Roots(sources), builder.Name).Select(e => new MadeThing(e.Key.Text, YamlWriter.Document(new JsonObject { [e.Key.Text] = JsonScalar.Read(e.Value) })))];

    /// <summary>The builder whose matrix makes one of this name.</summary>
    public static FoundThing? MakerOf(SourceSet sources, string name)
    {
        var candidates = Of(sources, "builders").Where(b => Expansion.IsMade(b.Entry.Value) && name.StartsWith(b.Name + "-", StringComparison.Ordinal)).ToList();
        if (candidates.Count == 0)
            return null;
        var roots = Roots(sources);
        return candidates.Find(c => Made(roots, c.Name).Any(e => e.Key.Text == name));
    }

    private static IReadOnlyList<YamlEntry> Made(IReadOnlyList<YamlNode> roots, string builder) =>
        roots.Select(r => r["builders"]?.Find(builder)).OfType<YamlEntry>().FirstOrDefault() is { } written ? Expansion.MadeOf(roots, written) : [];

    private static IReadOnlyList<YamlNode> Roots(SourceSet sources) => [.. sources.With([]).Select(p => YamlReader.Read(p, new())).OfType<YamlNode>().Where(r => r.Kind == YamlKind.Map)];

    public static string ETagOf(JsonNode? value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value?.ToJsonString() ?? "null")))[..32];

    /// <summary>The thing in the parts of a revision.</summary>
    public static FoundThing? At(IReadOnlyList<ConfigurationPart> parts, string section, string name) =>
        parts.Select(p => YamlReader.Read(p, new())?[section]?.Find(name) is { } entry ? new FoundThing(new(), p, entry) : null).FirstOrDefault(t => t is not null);

    /// <summary>All things of a section, in the order of the configuration.</summary>
    public static IEnumerable<FoundThing> Of(SourceSet sources, string section) =>
        from source in sources.InOrder()
        from part in source.Good()
        let root = YamlReader.Read(part, new())
        where root is { Kind: YamlKind.Map }
        from entry in root.Map(section)
        select new FoundThing(source, part, entry);

    /// <summary>The names of all sections; each part is read once.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<ThingName>> OfAll(SourceSet sources)
    {
        var roots = (from source in sources.InOrder() from part in source.Good() let root = YamlReader.Read(part, new()) where root is { Kind: YamlKind.Map } select (source, part, root)).ToList();
        return Sections.Names.ToDictionary(s => s, s => (IReadOnlyList<ThingName>)
            [.. from r in roots from entry in r.root.Map(s) let thing = new FoundThing(r.source, r.part, entry) select new ThingName(thing.Name, thing.Place, thing.WhyNot)]);
    }
}

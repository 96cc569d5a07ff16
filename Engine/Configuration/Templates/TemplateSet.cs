using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Templates;

/// <summary>All templates by name, each with what it takes from others. A part out of a repository takes from its own and from the admin's.</summary>
internal sealed class TemplateSet
{
    private readonly Problems problems;
    private readonly Dictionary<string, YamlEntry> byName = [];
    private readonly Dictionary<string, YamlNode> whole = [];
    private readonly List<string> within = [];
    private readonly HashSet<string> used = [];

    public TemplateSet(IReadOnlyList<YamlNode> roots, Problems problems)
    {
        this.problems = problems;
        foreach (var entry in roots.SelectMany(r => r["templates"]?.Entries ?? []))
        {
            if (!byName.TryAdd(entry.Key.Text, entry))
                problems.Add(entry.Key, $"templates.{entry.Key.Text}", $"\"{entry.Key.Text}\" is defined twice: here and at {byName[entry.Key.Text].Key.Place}.");
        }
    }

    /// <summary>A builder (or template) over all that it extends: the later over the earlier, its own over all.</summary>
    public YamlNode Extended(YamlNode map, string path)
    {
        if (map.Kind != YamlKind.Map || map[Expansion.Extends] is not { } extends)
            return map;
        ConfigurationFormat.Builder.Find(Expansion.Extends)!.Kind!.Check(extends, $"{path}.{Expansion.Extends}", problems);
        var (below, isWhole) = ((YamlNode?)null, true);
        foreach (var name in (extends.Kind == YamlKind.List ? extends.Items : [extends]).Where(n => n is { Kind: YamlKind.Scalar, IsNothing: false }))
        {
            if (Find(name, $"{path}.{Expansion.Extends}") is { } template)
                below = below is null ? template : NodeMaking.Merge(below, template);
            else
                isWhole = false;
        }
        // What a template would give that there is not is not missing: the key stays.
        var own = isWhole ? NodeMaking.Without(map, Expansion.Extends) : map;
        return below is null ? own : NodeMaking.Merge(below, own);
    }

    /// <summary>Those that nobody takes are checked by themselves; the others are checked in what is made of them.</summary>
    public void CheckUnused()
    {
        foreach (var (name, entry) in byName.Where(t => !used.Contains(t.Key)))
        {
            var path = $"templates.{name}";
            var its = Extended(entry.Value, path);
            // What a matrix would put in its places is not known.
            if (its.Kind == YamlKind.Map && !Scalars(its).Any(s => s.Text.Contains("matrix", StringComparison.Ordinal)))
                ConfigurationFormat.BuilderTemplate.Check(its, path, problems);
        }
    }

    private YamlNode? Find(YamlNode name, string path)
    {
        used.Add(name.Text);
        if (!byName.TryGetValue(name.Text, out var entry))
        {
            problems.Add(name, path, $"There is no template \"{name.Text}\".{Suggestion.DidYouMean(name.Text, byName.Keys)}");
            return null;
        }
        if (entry.Key.Source.From is { } owner && owner != name.Source.From)
        {
            problems.Add(name, path, $"The template \"{name.Text}\" belongs to the part \"{owner}\": only that part extends it.");
            return null;
        }
        if (whole.TryGetValue(name.Text, out var known))
            return known;
        if (within.Contains(name.Text))
        {
            problems.Add(name, path, $"The template \"{name.Text}\" would extend itself: {string.Join(" → ", within.SkipWhile(t => t != name.Text).Append(name.Text))}.");
            return null;
        }
        within.Add(name.Text);
        var its = Extended(entry.Value, $"templates.{name.Text}");
        within.RemoveAt(within.Count - 1);
        return whole[name.Text] = its;
    }

    private static IEnumerable<YamlNode> Scalars(YamlNode node) => node.Kind == YamlKind.Scalar ? [node] : node.Items.Concat(node.Entries.Select(e => e.Value)).SelectMany(Scalars);
}

using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Templates;

/// <summary>
/// Makes of what is written what is meant: builders take what their templates say, and one with a matrix becomes one for each combination. What comes of it are ordinary nodes, each at the place where it was written: all
/// that is checked afterwards, and all complaints, need not know of templates.
/// </summary>
internal sealed class Expansion
{
    public const string Extends = "extends";

    // A builder may take much from a template, and a matrix makes many of it.
    private const int MostNodes = 400_000;

    private readonly Problems problems;
    private readonly TemplateSet templates;
    private readonly Dictionary<string, List<string>> made = [];
    private int nodes;

    private Expansion(IReadOnlyList<YamlNode> roots, Problems problems)
    {
        this.problems = problems;
        templates = new(roots, problems);
    }

    /// <summary>The parts as they are meant; null: they would be too much to be looked at.</summary>
    public static IReadOnlyList<YamlNode>? Of(IReadOnlyList<YamlNode> roots, Problems problems)
    {
        if (!roots.Any(r => r["templates"] is not null || r["builders"] is { } builders && builders.Entries.Any(b => IsMade(b.Value))))
            return roots;
        problems.SaysOnce = true;
        var expansion = new Expansion(roots, problems);
        var expanded = roots.Select(expansion.Builders).ToList();
        expansion.templates.CheckUnused();
        if (expansion.nodes > MostNodes)
            return null;
        return [.. expanded.Select(expansion.Schedulers)];
    }

    /// <summary>It is not as it is written: it has templates or a matrix.</summary>
    public static bool IsMade(YamlNode builder) => builder.Find(Extends) is not null || Matrix.Keys.Any(k => builder.Find(k) is not null);

    /// <summary>The builders that are made of one that is written, in parts that are good.</summary>
    public static IReadOnlyList<YamlEntry> MadeOf(IReadOnlyList<YamlNode> roots, YamlEntry written)
    {
        var expansion = new Expansion(roots, new());
        return [.. expansion.Made(written)];
    }

    private YamlNode Builders(YamlNode root)
    {
        if (root["builders"] is not { Kind: YamlKind.Map } builders || !builders.Entries.Any(b => IsMade(b.Value)))
            return root;
        var all = new Dictionary<string, YamlEntry>();
        var entries = new List<YamlEntry>();
        foreach (var entry in builders.Entries.SelectMany(Made))
        {
            if (all.TryAdd(entry.Key.Text, entry))
                entries.Add(entry);
            else
                problems.Add(entry.Key, $"builders.{entry.Key.Text}", $"\"{entry.Key.Text}\" is defined twice, once by a matrix: here and at {all[entry.Key.Text].Key.Place}.");
        }
        return Replaced(root, "builders", NodeMaking.Map(builders, entries));
    }

    private IEnumerable<YamlEntry> Made(YamlEntry builder)
    {
        var path = $"builders.{builder.Key.Text}";
        if (builder.Value.Kind != YamlKind.Map || !IsMade(builder.Value))
            return [builder];
        var whole = templates.Extended(builder.Value, path);
        var combinations = Matrix.Of(whole, builder.Key, path, problems);
        if (combinations is null)
            return Counted(builder.Key, [new(builder.Key, NodeMaking.Without(whole, Matrix.Keys))]);
        made[builder.Key.Text] = [.. combinations.Select(c => c.Name)];
        var bare = NodeMaking.Without(whole, Matrix.Keys);
        return Counted(builder.Key, combinations.Select(c => new YamlEntry(NodeMaking.Scalar(builder.Key, c.Name, plain: true), new MatrixValues(c, builder.Key.Text, path, problems).Put(bare))));
    }

    private IEnumerable<YamlEntry> Counted(YamlNode at, IEnumerable<YamlEntry> entries)
    {
        foreach (var entry in entries)
        {
            var before = nodes;
            nodes += entry.Value.Size;
            if (nodes > MostNodes)
            {
                if (before <= MostNodes)
                    problems.Add(at, $"builders.{at.Text}", $"With what templates and matrices stand for the builders have more than {MostNodes:N0} values.");
                yield break;
            }
            yield return entry;
        }
    }

    // A scheduler that names a builder with a matrix means all of them.
    private YamlNode Schedulers(YamlNode root)
    {
        if (made.Count == 0 || root["schedulers"] is not { Kind: YamlKind.Map } schedulers)
            return root;
        return Replaced(root, "schedulers", NodeMaking.Map(schedulers, schedulers.Entries.Select(s => s.Value["builders"] is { } builders && Names(builders) is { } more ? new(s.Key, Replaced(s.Value, "builders", more)) : s)));
    }

    private YamlNode? Names(YamlNode builders)
    {
        IReadOnlyList<YamlNode> items = builders.Kind == YamlKind.List ? builders.Items : [builders];
        return items.Any(i => made.ContainsKey(i.Text)) ? NodeMaking.List(builders, items.SelectMany(i => made.TryGetValue(i.Text, out var all) ? all.Select(n => NodeMaking.Scalar(i, n, plain: true)) : [i])) : null;
    }

    private static YamlNode Replaced(YamlNode map, string key, YamlNode value) => NodeMaking.Map(map, map.Entries.Select(e => e.Key.Text == key ? new(e.Key, value) : e));
}

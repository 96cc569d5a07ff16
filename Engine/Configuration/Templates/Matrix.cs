using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Templates;

/// <summary>One combination of a matrix: the name of the builder that it makes, and its values by axis.</summary>
internal sealed record Combination(string Name, IReadOnlyDictionary<string, YamlNode> Values)
{
    /// <summary>The names of all values that any combination has.</summary>
    public required IReadOnlyList<string> Known { get; init; }
}

/// <summary>The combinations of a builder's matrix, in the order of writing: the first axis changes slowest. Those of <c>exclude</c> are left out; <c>include</c> adds values to combinations, or combinations.</summary>
internal static class Matrix
{
    public const int Most = 256;
    private const string Axes = "matrix";
    private const string Include = "include";
    private const string Exclude = "exclude";

    /// <summary>The keys of a builder that are about its matrix.</summary>
    public static readonly string[] Keys = [Axes, Include, Exclude];

    /// <summary>Null: it has none.</summary>
    public static IReadOnlyList<Combination>? Of(YamlNode builder, YamlNode name, string path, Problems problems)
    {
        var before = problems.Count;
        foreach (var key in Keys)
        {
            if (builder.Find(key) is { } entry)
                ConfigurationFormat.Builder.Find(key)!.Kind!.Check(entry.Value, $"{path}.{key}", problems);
        }
        if (builder[Axes] is not { Kind: YamlKind.Map, Entries.Count: > 0 } matrix)
        {
            foreach (var key in new[] { Include, Exclude }.Select(builder.Find).OfType<YamlEntry>())
                problems.Add(key.Key, $"{path}.{key.Key.Text}", $"\"{key.Key.Text}\" is about a \"matrix\", and there is none.");
            return null;
        }
        // What is wrong with it is said; what it would make is not known.
        return problems.Count > before ? [] : new Making(matrix, name, path, problems).All(builder);
    }

    private sealed class Making(YamlNode matrix, YamlNode name, string path, Problems problems)
    {
        private readonly IReadOnlyList<string> axes = [.. matrix.Entries.Select(e => e.Key.Text)];

        public IReadOnlyList<Combination> All(YamlNode builder)
        {
            var sizes = matrix.Entries.Select(e => (long)Values(e.Value).Count).ToList();
            if (sizes.Aggregate(1L, (all, size) => Math.Min(all * size, int.MaxValue)) is > Most and var count)
            {
                problems.Add(matrix, $"{path}.{Axes}", $"These are {count:N0} combinations; at most {Most} are allowed.");
                return [];
            }
            var all = matrix.Entries.Aggregate<YamlEntry, IEnumerable<Dictionary<string, YamlNode>>>([[]], (so, axis) => so.SelectMany(c => Values(axis.Value).Select(v => new Dictionary<string, YamlNode>(c) { [axis.Key.Text] = v }))).ToList();
            foreach (var (item, i) in Items(builder, Exclude))
                Leave(item, FormattableString.Invariant($"{path}.{Exclude}[{i}]"), all);
            foreach (var (item, i) in Items(builder, Include))
                Add(item, FormattableString.Invariant($"{path}.{Include}[{i}]"), all);
            if (all.Count == 0)
                problems.Add(matrix, $"{path}.{Axes}", "No combination is left.");
            return Named(all);
        }

        private void Leave(YamlNode item, string at, List<Dictionary<string, YamlNode>> all)
        {
            foreach (var key in item.Entries.Where(e => !axes.Contains(e.Key.Text)))
                problems.Add(key.Key, $"{at}.{key.Key.Text}", $"The matrix has no axis \"{key.Key.Text}\".{Suggestion.DidYouMean(key.Key.Text, axes)}");
            if (item.Entries.All(e => axes.Contains(e.Key.Text)) && all.RemoveAll(c => item.Entries.All(e => c[e.Key.Text].Text == e.Value.Text)) == 0)
                problems.Add(item, at, "No combination is like this.");
        }

        private void Add(YamlNode item, string at, List<Dictionary<string, YamlNode>> all)
        {
            if (axes.FirstOrDefault(a => item[a] is null) is { } missing)
            {
                problems.Add(item, at, $"A value for the axis \"{missing}\" is missing: a combination has one for each.");
                return;
            }
            if (all.Find(c => axes.All(a => c[a].Text == item[a]!.Text)) is not { } same)
                all.Add(same = []);
            foreach (var entry in item.Entries)
                same[entry.Key.Text] = entry.Value;
            if (all.Count == Most + 1)
                problems.Add(item, at, $"At most {Most} combinations are allowed.");
        }

        private IReadOnlyList<Combination> Named(List<Dictionary<string, YamlNode>> all)
        {
            string[] known = [.. axes.Union(all.SelectMany(c => c.Keys))];
            var made = new Dictionary<string, Combination>();
            foreach (var values in all)
            {
                var its = $"{name.Text}-{string.Join('-', axes.Select(a => Part(values[a].Text)))}";
                if (TextRules.Name(its) is { } wrong)
                    problems.Add(values[axes[^1]], $"{path}.{Axes}", $"The combination {Words(values)} would be named \"{its}\". {wrong}");
                else if (!made.TryAdd(its, new(its, values) { Known = known }))
                    problems.Add(values[axes[^1]], $"{path}.{Axes}", $"Two combinations would be named \"{its}\": {Words(made[its].Values)}, and {Words(values)}.");
            }
            return [.. made.Values];
        }

        private string Words(IReadOnlyDictionary<string, YamlNode> values) => string.Join(", ", axes.Select(a => $"{a} {values[a].Text}"));

        private static IReadOnlyList<YamlNode> Values(YamlNode axis) => axis.Kind == YamlKind.List ? axis.Items : [axis];

        private static IEnumerable<(YamlNode Item, int Index)> Items(YamlNode builder, string key) => builder[key] is not { } list ? [] : (list.Kind == YamlKind.List ? list.Items : [list]).Where(i => i.Kind == YamlKind.Map).Select((item, i) => (item, i));

        // Small letters and digits stay; whatever stands between them is one hyphen.
        private static string Part(string value) =>
            string.Join('-', new string([.. value.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } part ? part : "none";
    }
}

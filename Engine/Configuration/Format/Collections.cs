using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>A list of values of one kind; a single value may stand for a list of one.</summary>
internal sealed record ListKind(Kind Item, int Least = 0, int Most = 10_000, bool AllowSingle = false) : Kind
{
    public override string Expected => AllowSingle ? $"{Item.Expected}, or a list of them," : Item is TextKind or ShapeKind ? "a list" : $"a list whose items are each {Item.Expected}";

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (AllowSingle && !node.IsNothing && (node.Kind == YamlKind.Scalar || (Item is EitherKind either && node.Kind == either.OtherShape)))
        {
            Item.Check(node, path, problems);
            return;
        }
        if (node.Kind != YamlKind.List && !node.IsNothing)
        {
            Refuse(node, path, problems);
            return;
        }
        for (var i = 0; i < node.Items.Count; i++)
            Item.Check(node.Items[i], FormattableString.Invariant($"{path}[{i}]"), problems);
        if (node.Items.Count < Least)
            problems.Add(node, path, "At least one is needed here.");
        if (node.Items.Count > Most)
            problems.Add(node, path, $"A list of at most {Most:N0} was expected, not of {node.Items.Count:N0}.");
    }

    public override JsonObject Schema()
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = Item.Schema() };
        if (Least > 0)
            list["minItems"] = Least;
        return AllowSingle ? new() { ["anyOf"] = new JsonArray(Item.Schema(), list) } : list;
    }
}

/// <summary>A map from names to values of one kind.</summary>
internal sealed record MapKind(string KeyWord, Func<string, string?> KeyRule, string KeyPattern, Kind Value, int Most = 1000) : Kind
{
    public override string Expected => $"a map by {KeyWord}";

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind != YamlKind.Map)
        {
            if (!node.IsNothing)
                Refuse(node, path, problems);
            return;
        }
        var seen = new Dictionary<string, YamlEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in node.Entries)
        {
            var entryPath = path.Length == 0 ? entry.Key.Text : $"{path}.{entry.Key.Text}";
            if (KeyRule(entry.Key.Text) is { } complaint)
                problems.Add(entry.Key, path, complaint);
            else if (!seen.TryAdd(entry.Key.Text, entry) && KeyWord != "variable")
                problems.Add(entry.Key, entryPath, $"\"{entry.Key.Text}\" differs only in case from \"{seen[entry.Key.Text].Key.Text}\" at {seen[entry.Key.Text].Key.Place}.");
            Value.Check(entry.Value, entryPath, problems);
        }
        if (node.Entries.Count > Most)
            problems.Add(node, path, $"At most {Most:N0} are allowed here, not {node.Entries.Count:N0}.");
    }

    public override JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["propertyNames"] = new JsonObject { ["pattern"] = KeyPattern },
        ["additionalProperties"] = Value.Schema(),
    };
}

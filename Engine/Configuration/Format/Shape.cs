using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>One key of a map with fixed keys: what may stand under it and what it means. Without a kind it is a key of the format that this release cannot do.</summary>
internal sealed record Key(string Name, Kind? Kind, string Description, string? Default = null, bool Required = false)
{
    private static readonly TextKind FormerName = new("a name", TextRules.Name, Pattern: TextRules.NamePattern);

    private static readonly Dictionary<string, string> Referred = new()
    {
        ["project"] = "projects", ["codebase"] = "codebases", ["codebases"] = "codebases", ["builders"] = "builders", ["scheduler"] = "schedulers", ["names"] = "workers",
        ["extends"] = "templates",
    };

    /// <summary>The section whose names are expected here; null: something else.</summary>
    public string? NamesOf => Referred.GetValueOrDefault(Name);

    /// <summary>The section (or several, with spaces between) to whose things names here refer, also in maps by name and in maps that have a name; null: none.</summary>
    public string? Refers { get => field ?? NamesOf; init; }

    public bool RefersTo(string section) => Refers?.Split(' ').Contains(section) ?? false;

    /// <summary>It is not missing where this other key stands, which gives it.</summary>
    public string? Unless { get; init; }

    public static Key Later(string name) => new(name, null, "");

    /// <summary>The key by which a thing says that it had another name before.</summary>
    public static Key Was(string what) => new("was", FormerName, $"The name that it had before: {what}. It may stay there; nothing happens twice.");

    /// <summary>The key that says of which type a thing is.</summary>
    public static Key Type(string word) => new("type", new WordKind([word], []), "The type.", Required: true);
}

/// <summary>A map with fixed keys: <see cref="Name"/> with its article, as in "a builder has no key …".</summary>
internal sealed record Shape(string Name, string Description, IReadOnlyList<Key> Keys)
{
    private readonly Dictionary<string, Key> byName = Keys.ToDictionary(k => k.Name);

    public Key? Find(string name) => byName.GetValueOrDefault(name);

    public IEnumerable<Key> Available => Keys.Where(k => k.Kind is not null);

    public void Check(YamlNode map, string path, Problems problems, Func<string, string?>? elsewhere = null)
    {
        foreach (var entry in map.Entries)
            CheckKey(entry, path, problems, elsewhere);
        foreach (var key in Keys.Where(k => k.Required && map[k.Name] is null && (k.Unless is null || map[k.Unless] is null)))
            problems.Add(map, path, $"The key \"{key.Name}\" is missing: {key.Description}");
    }

    public void CheckKey(YamlEntry entry, string path, Problems problems, Func<string, string?>? elsewhere = null)
    {
        var name = entry.Key.Text;
        var entryPath = path.Length == 0 ? name : $"{path}.{name}";
        switch (Find(name))
        {
            case { Kind: { } kind }:
                kind.Check(entry.Value, entryPath, problems);
                break;
            case { }:
                problems.Add(entry.Key, entryPath, WordKind.NotYet(name));
                break;
            case null when path.Length == 0 && name.StartsWith("x-", StringComparison.Ordinal):
                break; // a place for anchors
            case null:
                problems.Add(entry.Key, entryPath, $"{char.ToUpperInvariant(Name[0])}{Name[1..]} has no key \"{name}\".{elsewhere?.Invoke(name) ?? Hint(name)}");
                break;
        }
    }

    private string Hint(string name) =>
        Suggestion.DidYouMean(name, Available.Select(k => k.Name)) is { Length: > 0 } near ? near : $" It has {string.Join(", ", Available.Select(k => k.Name))}.";

    public JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["description"] = Description,
        ["properties"] = new JsonObject(Available.Select(k => KeyValuePair.Create<string, JsonNode?>(k.Name, KeySchema(k)))),
        ["required"] = new JsonArray([.. Keys.Where(k => k is { Required: true, Unless: null }).Select(k => JsonValue.Create(k.Name))]),
        ["additionalProperties"] = false,
    };

    private static JsonObject KeySchema(Key key)
    {
        var schema = key.Kind!.Schema();
        schema["description"] = key.Description + (key.Default is null ? "" : $" Default: {key.Default}.");
        // No word of JSON Schema: our editor completes from it, others pass it over.
        if (key is { NamesOf: { } section, Kind: not (ShapeKind or MapKind) })
            schema["x-names"] = section;
        return schema;
    }
}

/// <summary>A value that is a map with fixed keys.</summary>
internal record ShapeKind(Shape Shape) : Kind
{
    public override string Expected => "a map";

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind == YamlKind.Map || node.IsNothing)
            Shape.Check(node, path, problems);
        else
            Refuse(node, path, problems);
    }

    public override JsonObject Schema() => Shape.Schema();
}

/// <summary>Of what is only taken by others: which keys it has is checked here, and what stands in them where it is taken.</summary>
internal sealed record TakenShapeKind(Shape Shape) : ShapeKind(Shape)
{
    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind != YamlKind.Map && !node.IsNothing)
            Refuse(node, path, problems);
        foreach (var entry in node.Entries.Where(e => Shape.Find(e.Key.Text)?.Kind is null))
            Shape.CheckKey(entry, path, problems);
    }
}

/// <summary>A map whose key <c>type</c> says which keys it has.</summary>
internal sealed record TypedKind(string Name, IReadOnlyDictionary<string, Shape> Shapes, IReadOnlyList<string> Later) : Kind
{
    private readonly WordKind types = new([.. Shapes.Keys], Later);

    public override string Expected => "a map";

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind != YamlKind.Map)
            Refuse(node, path, problems);
        else if (node["type"] is not { } type)
            problems.Add(node, path, $"The key \"type\" is missing: {types.Expected}.");
        else if (type.Kind == YamlKind.Scalar && Shapes.TryGetValue(type.Text, out var shape))
            shape.Check(node, path, problems);
        else
            types.Check(type, $"{path}.type", problems);
    }

    public override JsonObject Schema() => new()
    {
        ["oneOf"] = new JsonArray([.. Shapes.Select(s =>
        {
            var schema = s.Value.Schema();
            schema["properties"]!["type"] = new JsonObject { ["const"] = s.Key, ["description"] = s.Value.Description };
            return schema;
        })]),
    };
}

/// <summary>A step: a map with one key that says what it does, the keys that all steps have, and those of its kind.</summary>
internal sealed record StepKind(IReadOnlyDictionary<string, Shape> Shapes, IReadOnlyList<string> Later) : Kind
{
    public override string Expected => "a step (a map)";

    /// <summary>The key that says what the step does; null if there is none or more than one.</summary>
    public string? KindOf(YamlNode step) => step.Entries.Select(e => e.Key.Text).Where(Shapes.ContainsKey).ToList() is [var kind] ? kind : null;

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind != YamlKind.Map)
        {
            Refuse(node, path, problems);
            return;
        }
        var does = node.Entries.Where(e => Shapes.ContainsKey(e.Key.Text) || Later.Contains(e.Key.Text)).ToList();
        if (does.Count > 1)
            problems.Add(does[1].Key, path, $"A step does one thing: \"{does[0].Key.Text}\" or \"{does[1].Key.Text}\", not both. Make them two steps.");
        else if (does.Count == 1 && Shapes.TryGetValue(does[0].Key.Text, out var shape))
            shape.Check(node, path, problems, OtherKind);
        else if (does.Count == 1)
            problems.Add(does[0].Key, $"{path}.{does[0].Key.Text}", WordKind.NotYet($"{does[0].Key.Text} step"));
        else
            problems.Add(node, path, $"A step needs one of {string.Join(", ", Shapes.Keys)}.{Near(node)}");
    }

    private string Near(YamlNode step) =>
        step.Entries.Select(e => Suggestion.DidYouMean(e.Key.Text, Shapes.Keys)).FirstOrDefault(s => s.Length > 0) ?? "";

    private string? OtherKind(string key) =>
        Shapes.FirstOrDefault(s => s.Value.Find(key) is not null).Key is { } other ? $" It is a key of a {other} step." : null;

    public override JsonObject Schema() => new() { ["oneOf"] = new JsonArray([.. Shapes.Values.Select(s => s.Schema())]) };
}

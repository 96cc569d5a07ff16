using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes locks, and what is held of them, of checked nodes.</summary>
internal static class LockBinding
{
    public static LockConfiguration Lock(YamlEntry entry) => new()
    {
        Name = entry.Key.Text,
        Was = entry.Value.Text("was"),
        Scope = entry.Value.Text("scope") == "worker" ? LockScope.Worker : LockScope.All,
        Capacity = entry.Value["pool"] is { } pool ? Math.Max(1, pool.Entries.Count) : entry.Value.Number("capacity", 1),
        Pool = entry.Value.Map("pool").ToDictionary(n => n.Key.Text, n => (IReadOnlyList<string>)[.. entry.Value["pool"]!.Texts(n.Key.Text).Distinct()]),
        PerWorker = entry.Value.Map("perWorker").ToDictionary(w => w.Key.Text, w => entry.Value["perWorker"]!.Number(w.Key.Text, 1)),
    };

    /// <summary>A list, or one alone; each is a name or a map.</summary>
    public static IReadOnlyList<LockUse> Uses(YamlNode? node, Sections sections) => node switch
    {
        null or { IsNothing: true } => [],
        { Kind: YamlKind.List } => [.. node.Items.Select(n => Use(n, sections))],
        _ => [Use(node, sections)],
    };

    /// <summary>The directories that a step shares with others, as what is held of the locks that stand for them.</summary>
    public static IEnumerable<LockUse> Directories(YamlNode step) => step.Map("shared").Select(d => new LockUse { Name = SharedDirectories.Lock(d.Key.Text), Exclusive = d.Value is { Kind: YamlKind.Scalar, Text: "write" } });

    private static LockUse Use(YamlNode node, Sections sections)
    {
        var name = node.Kind == YamlKind.Map ? node.Text("name") ?? "" : node.Kind == YamlKind.Scalar ? node.Text : "";
        var named = sections.Find("locks", name)?["pool"] is not null;
        if (node.Kind != YamlKind.Map)
            return new() { Name = name, Named = named };
        var from = node.Text("from");
        return new()
        {
            Name = name,
            Named = named,
            Units = node.Number(node["quantity"] is null ? "units" : "quantity", 1),
            Labels = [.. node.Texts("labels").Distinct()],
            Exclusive = node.Text("mode") == "exclusive",
            From = from ?? node.Text("to"),
            To = node.Text("to") ?? from,
        };
    }
}

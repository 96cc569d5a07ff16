using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Check;

/// <summary>Makes locks, and what is held of them, of checked nodes.</summary>
internal static class LockBinding
{
    public static LockConfiguration Lock(YamlEntry entry) => new()
    {
        Name = entry.Key.Text,
        Scope = entry.Value.Text("scope") == "worker" ? LockScope.Worker : LockScope.All,
        Capacity = entry.Value.Number("capacity", 1),
        PerWorker = entry.Value.Map("perWorker").ToDictionary(w => w.Key.Text, w => entry.Value["perWorker"]!.Number(w.Key.Text, 1)),
    };

    /// <summary>A list, or one alone; each is a name or a map.</summary>
    public static IReadOnlyList<LockUse> Uses(YamlNode? node) => node switch
    {
        null or { IsNothing: true } => [],
        { Kind: YamlKind.List } => [.. node.Items.Select(Use)],
        _ => [Use(node)],
    };

    private static LockUse Use(YamlNode node)
    {
        if (node.Kind != YamlKind.Map)
            return new() { Name = node.Kind == YamlKind.Scalar ? node.Text : "" };
        var from = node.Text("from");
        return new()
        {
            Name = node.Text("name") ?? "",
            Units = node.Number("units", 1),
            Exclusive = node.Text("mode") == "exclusive",
            From = from ?? node.Text("to"),
            To = node.Text("to") ?? from,
        };
    }
}

using System.Text.Json;
using Weir.App.Client.Parts;

namespace Weir.App.Client.Workers;

/// <summary>What a worker said of itself, as words. It is a worker's word: anything may stand there, or nothing.</summary>
public static class WorkerInfo
{
    /// <summary>System, architecture and cores in one line.</summary>
    public static string Machine(string json)
    {
        var all = All(json);
        var cores = Value(all, "cores");
        return string.Join(", ", new[] { Value(all, "system"), Value(all, "architecture"), cores is null ? null : $"{cores} cores" }.OfType<string>());
    }

    /// <summary>All members, in order.</summary>
    public static IReadOnlyList<(string Name, string Value)> All(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Object ? []
                : [.. document.RootElement.EnumerateObject().Select(Said)];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static (string Name, string Value) Said(JsonProperty member) => member switch
    {
        { Name: "MemoryBytes", Value.ValueKind: JsonValueKind.Number } when member.Value.TryGetInt64(out var bytes) && bytes >= 0 => ("Memory", Words.Bytes(bytes)),
        { Value.ValueKind: JsonValueKind.String } => (member.Name, member.Value.GetString()!),
        _ => (member.Name, member.Value.GetRawText()),
    };

    private static string? Value(IReadOnlyList<(string Name, string Value)> all, string name) =>
        all.Where(m => string.Equals(m.Name, name, StringComparison.OrdinalIgnoreCase)).Select(m => m.Value).FirstOrDefault();
}

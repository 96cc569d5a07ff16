using Weir.App.Client.Parts;
using Weir.Shared.Workers;

namespace Weir.App.Client.Workers;

/// <summary>The words of a workers' filter: <c>tag:</c>, <c>is:available</c> (or another state), <c>is:building</c>; any other word is part of the name. All must hold.</summary>
public static class WorkerFilter
{
    public static bool Holds(string? filter, WorkerRecord worker) =>
        (filter ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(word => HoldsWord(word, worker));

    private static bool HoldsWord(string word, WorkerRecord worker)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var value = word[(colon + 1)..];
        return (colon < 0 ? "" : word[..colon].ToLowerInvariant()) switch
        {
            "tag" => worker.Tags.Contains(value, StringComparer.OrdinalIgnoreCase),
            "is" => string.Equals(value, "building", StringComparison.OrdinalIgnoreCase) ? worker.Running.Count > 0 : string.Equals(value, worker.State.Word(), StringComparison.OrdinalIgnoreCase),
            _ => worker.Name.Contains(word, StringComparison.OrdinalIgnoreCase),
        };
    }
}

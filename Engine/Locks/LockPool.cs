namespace Weir.Engine.Locks;

/// <summary>The named things behind a lock, each with its labels. What serves the fewest purposes is given out first.</summary>
public sealed class LockPool(IReadOnlyDictionary<string, string[]> names)
{
    private readonly string[] order = [.. names.OrderBy(n => n.Value.Length).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)];

    /// <summary>Those that have all of the labels.</summary>
    public IEnumerable<string> With(IReadOnlyList<string> labels) => labels.Count == 0 ? order : order.Where(n => labels.All(names[n].Contains));

    public LockPool Only(IReadOnlyCollection<string> those) => new(names.Where(n => those.Contains(n.Key)).ToDictionary());
}

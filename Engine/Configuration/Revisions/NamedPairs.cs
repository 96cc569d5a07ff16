using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Which of the named things before is which of those after. A name that stands twice counts as one of its own.</summary>
internal sealed record NamedPairs(IReadOnlyList<(object Before, object After)> Both, IReadOnlyList<object> Added, IReadOnlyList<object> Removed, bool Reordered)
{
    /// <summary>Whether a thing that is gone and one that is new are the same under another name.</summary>
    public delegate IEnumerable<(object Gone, object New)> Rename(IReadOnlyList<object> gone, IReadOnlyList<object> added, IReadOnlyList<object> before, IReadOnlyList<object> after);

    /// <summary>It says so itself (<c>was</c>).</summary>
    public static Rename Said { get; } = (gone, added, _, _) =>
        added.Select(a => (Gone: gone.FirstOrDefault(g => Name(g) == Was(a)), New: a)).Where(p => p.Gone is not null).Select(p => (p.Gone!, p.New));

    // Everything but the name is the same.
    private static Rename Alike { get; } = (gone, added, _, _) =>
    {
        // By name, so that it does not depend on the order of the list which of several equals is which.
        var waiting = gone.OrderBy(Name, StringComparer.Ordinal).GroupBy(Content).ToDictionary(g => g.Key, g => new Queue<object>(g));
        return added.OrderBy(Name, StringComparer.Ordinal).Where(a => waiting.TryGetValue(Content(a), out var same) && same.Count > 0).Select(a => (waiting[Content(a)].Dequeue(), a)).ToList();
    };

    /// <summary>Everything but the name is the same, or it stands at the same place between the same neighbours and is of the same kind.</summary>
    public static Rename AlikeOrInPlace { get; } = (gone, added, before, after) =>
    {
        var alike = Alike(gone, added, before, after).ToList();
        var (goneLeft, addedLeft) = (gone.Except(alike.Select(p => p.Gone), ReferenceEqualityComparer.Instance).ToHashSet(ReferenceEqualityComparer.Instance), added.Except(alike.Select(p => p.New), ReferenceEqualityComparer.Instance).ToHashSet(ReferenceEqualityComparer.Instance));
        var places = Gaps(before, goneLeft).GroupBy(g => g.Place).ToDictionary(g => g.Key, g => new Queue<object>(g.Select(x => x.Item)));
        var inPlace = Gaps(after, addedLeft)
            .Where(g => places.TryGetValue(g.Place, out var here) && here.Count > 0 && here.Peek().GetType() == g.Item.GetType())
            .Select(g => (places[g.Place].Dequeue(), g.Item)).ToList();
        return alike.Concat(inPlace);
    };

    public static NamedPairs Of(IReadOnlyList<object> before, IReadOnlyList<object> after, Rename rename)
    {
        var (old, current) = (Keyed(before), Keyed(after));
        var gone = before.Where((_, i) => !current.ContainsKey(old.Names[i])).ToList();
        var added = after.Where((_, i) => !old.ContainsKey(current.Names[i])).ToList();
        var renamed = rename(gone, added, before, after).ToDictionary(p => p.New, p => p.Gone, ReferenceEqualityComparer.Instance);
        var both = after.Select((thing, i) => (Old: old.Find(current.Names[i]) ?? renamed.GetValueOrDefault(thing), New: thing)).Where(p => p.Old is not null).Select(p => (p.Old!, p.New)).ToList();
        var places = before.Select((thing, i) => (thing, i)).ToDictionary(p => p.thing, p => p.i, ReferenceEqualityComparer.Instance);
        var order = both.ConvertAll(p => places[p.Item1]);
        return new(
            both,
            [.. added.Where(a => !renamed.ContainsKey(a))],
            [.. gone.Except(renamed.Values, ReferenceEqualityComparer.Instance).OfType<object>()],
            order.Zip(order.Skip(1)).Any(p => p.First > p.Second));
    }

    public static string Name(object thing) => (string)thing.GetType().GetProperty("Name")!.GetValue(thing)!;

    private static string? Was(object thing) => thing.GetType().GetProperty("Was")?.GetValue(thing) as string;

    // Each thing with the name of the last thing before it that stayed: what is between the same neighbours has the same place.
    private static IEnumerable<(string Place, object Item)> Gaps(IReadOnlyList<object> things, HashSet<object> wanted)
    {
        var place = "";
        foreach (var thing in things)
        {
            if (wanted.Contains(thing))
                yield return (place, thing);
            else
                place = Name(thing);
        }
    }

    private static string Content(object thing)
    {
        var json = JsonNode.Parse(ConfigurationJson.Write(thing))!.AsObject();
        json.Remove("Name");
        return thing.GetType().Name + json.ToJsonString();
    }

    private static Index Keyed(IReadOnlyList<object> things)
    {
        var seen = new Dictionary<string, int>();
        var names = things.Select(Name).Select(name => (seen[name] = seen.GetValueOrDefault(name) + 1) is var times && times > 1 ? $"{name}\n{times}" : name).ToList();
        return new(names, names.Zip(things).ToDictionary(p => p.First, p => p.Second));
    }

    private sealed record Index(List<string> Names, Dictionary<string, object> Things)
    {
        public bool ContainsKey(string name) => Things.ContainsKey(name);
        public object? Find(string name) => Things.GetValueOrDefault(name);
    }
}

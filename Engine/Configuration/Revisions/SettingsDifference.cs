using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Compares the settings of two things of the model: single values, lists, maps and what is nested in them.</summary>
internal static class SettingsDifference
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Known = [];
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = [];

    private enum Form
    {
        Leaf,
        Map,
        Named,
        List,
        Members,
    }

    /// <summary>How values of a type are compared.</summary>
    /// <param name="Form">As what.</param>
    /// <param name="Item">Of a list, the type of its members; of a map, that of its values.</param>
    private sealed record Shape(Form Form, Type? Item);

    // Lists that only make sense as a whole.
    private static readonly HashSet<string> AsOne = [nameof(RunStepConfiguration.Arguments)];

    /// <summary>Where differences are told: in which list, of what, under which key.</summary>
    public readonly record struct Place(List<SettingDifference> Into, string? Within, string Key)
    {
        public Place Below(string key) => this with { Key = Key.Length == 0 ? key : $"{Key}.{key}" };

        public void Tell(DifferenceKind kind, string? before, string? after)
        {
            var (b, a) = DifferenceWords.Shortened(before, after);
            Into.Add(new() { Kind = kind, Within = Within, Setting = Key, Before = b, After = a });
        }
    }

    /// <summary>The settings of a type: what can be written, in the order of the model. The name is what a thing is found by.</summary>
    public static PropertyInfo[] Properties(Type type) => Known.GetOrAdd(type, static t =>
        [.. t.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p is { CanWrite: true, CanRead: true } && p.Name is not ("Name" or "Was")).OrderBy(p => p.DeclaringType == t ? 1 : 0)]);

    /// <summary>The type of the members of a list of named things, or null.</summary>
    public static Type? NamedItem(Type list) => Item(list) is { } item && item.GetProperty("Name") is not null ? item : null;

    /// <summary>All settings of two things of one kind, or of two kinds: what one of them does not have counts as not set.</summary>
    public static void CompareMembers(object before, object after, Place place)
    {
        if (before.GetType() == after.GetType())
        {
            foreach (var property in Properties(after.GetType()))
                Compare(property.PropertyType, property.GetValue(before), property.GetValue(after), place.Below(DifferenceWords.Key(property.Name)), AsOne.Contains(property.Name));
            return;
        }
        place.Below("type").Tell(DifferenceKind.Changed, DifferenceWords.Type(before), DifferenceWords.Type(after));
        var mine = Properties(before.GetType()).ToDictionary(p => p.Name);
        var theirs = Properties(after.GetType()).ToDictionary(p => p.Name);
        foreach (var name in theirs.Keys.Concat(mine.Keys).Distinct())
        {
            var (old, current) = (mine.GetValueOrDefault(name), theirs.GetValueOrDefault(name));
            if ((old is null && IsUsual(current!, after)) || (current is null && IsUsual(old!, before)))
                continue;
            Compare((current ?? old)!.PropertyType, old?.GetValue(before), current?.GetValue(after), place.Below(DifferenceWords.Key(name)), AsOne.Contains(name));
        }
    }

    // Nobody wrote it: of a setting that the other kind does not have there is nothing to tell.
    private static bool IsUsual(PropertyInfo setting, object thing) => thing.GetType().GetConstructor(Type.EmptyTypes) is { } make
        && JsonSerializer.Serialize(setting.GetValue(thing), ConfigurationJson.Options) == JsonSerializer.Serialize(setting.GetValue(make.Invoke(null)), ConfigurationJson.Options);

    public static void Compare(Type type, object? before, object? after, Place place, bool asOne = false)
    {
        // Nearly all of a large configuration is as it was, and no words are made for that.
        if (Equals(before, after) || (IsEmpty(before) && IsEmpty(after)))
            return;
        switch (ShapeOf(type))
        {
            case { Form: Form.Leaf }:
                CompareTexts(DifferenceWords.Value(before, place.Key), DifferenceWords.Value(after, place.Key), place);
                break;
            case { Form: Form.Map, Item: { } value }:
                CompareMaps(value, Entries(before), Entries(after), place);
                break;
            case { Form: Form.Named }:
                CompareNamed(Items(before), Items(after), place);
                break;
            case { Form: Form.List } when asOne:
                CompareTexts(Items(before).Count == 0 ? null : string.Join(' ', Items(before)), Items(after).Count == 0 ? null : string.Join(' ', Items(after)), place);
                break;
            case { Form: Form.List }:
                CompareLists([.. Items(before).Select(DifferenceWords.Brief)], [.. Items(after).Select(DifferenceWords.Brief)], place);
                break;
            default:
                if (before is not null && after is not null)
                    CompareMembers(before, after, place);
                else
                    CompareTexts(before is null ? null : DifferenceWords.Brief(before), after is null ? null : DifferenceWords.Brief(after), place);
                break;
        }
    }

    private static bool IsEmpty(object? value) => value is null or ICollection { Count: 0 };

    private static Shape ShapeOf(Type type) => Shapes.GetOrAdd(type, static t => t switch
    {
        _ when IsLeaf(t) => new(Form.Leaf, null),
        _ when typeof(IEnumerable).IsAssignableFrom(t) && KeyValue(t) is { } value => new(Form.Map, value),
        _ when NamedItem(t) is not null => new(Form.Named, Item(t)),
        _ when Item(t) is { } item => new(Form.List, item),
        _ => new(Form.Members, null),
    });

    private static void CompareTexts(string? before, string? after, Place place)
    {
        if (before != after)
            place.Tell(DifferenceKind.Changed, before, after);
    }

    private static void CompareMaps(Type value, Dictionary<string, object?> before, Dictionary<string, object?> after, Place place)
    {
        foreach (var key in after.Keys.Concat(before.Keys).Distinct())
        {
            var below = place.Below(key);
            if (!before.TryGetValue(key, out var old))
                below.Tell(DifferenceKind.Added, null, DifferenceWords.Brief(after[key]!));
            else if (!after.TryGetValue(key, out var current))
                below.Tell(DifferenceKind.Removed, DifferenceWords.Brief(old!), null);
            else
                Compare(value, old, current, below);
        }
    }

    private static void CompareNamed(List<object> before, List<object> after, Place place)
    {
        var noun = DifferenceWords.One(place.Key);
        var pairs = NamedPairs.Of(before, after, NamedPairs.AlikeOrInPlace);
        foreach (var (old, current) in pairs.Both)
        {
            var (was, name) = (NamedPairs.Name(old), NamedPairs.Name(current));
            if (was != name)
                (place with { Key = noun }).Tell(DifferenceKind.Renamed, was, name);
            CompareMembers(old, current, place with { Within = place.Within is null ? $"{noun} {name}" : $"{place.Within}, {noun} {name}", Key = "" });
        }
        foreach (var thing in pairs.Added)
            (place with { Key = $"{noun} {NamedPairs.Name(thing)}" }).Tell(DifferenceKind.Added, null, DifferenceWords.Brief(thing));
        foreach (var thing in pairs.Removed)
            (place with { Key = $"{noun} {NamedPairs.Name(thing)}" }).Tell(DifferenceKind.Removed, DifferenceWords.Brief(thing), null);
        if (pairs.Reordered)
            place.Tell(DifferenceKind.Reordered, string.Join(", ", before.Select(NamedPairs.Name)), string.Join(", ", after.Select(NamedPairs.Name)));
    }

    private static void CompareLists(List<string> before, List<string> after, Place place)
    {
        var gone = Without(before, after);
        var added = Without(after, before);
        foreach (var member in added)
            place.Tell(DifferenceKind.Added, null, member);
        foreach (var member in gone)
            place.Tell(DifferenceKind.Removed, member, null);
        if (gone.Count == 0 && added.Count == 0 && !before.SequenceEqual(after))
            place.Tell(DifferenceKind.Reordered, string.Join(", ", before), string.Join(", ", after));
    }

    // Each member as often as it stands there.
    private static List<string> Without(List<string> members, List<string> others)
    {
        var left = others.CountBy(m => m).ToDictionary();
        return [.. members.Where(m => left.GetValueOrDefault(m) is var count && (left[m] = count - 1) < 0)];
    }

    private static bool IsLeaf(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var t && (t.IsPrimitive || t.IsEnum || t == typeof(string) || t == typeof(TimeSpan) || t == typeof(Uri) || t == typeof(JsonElement) || t == typeof(decimal) || t == typeof(DateTimeOffset) || t == typeof(TimeOnly) || t == typeof(DateOnly));

    private static Type? Item(Type type) =>
        type != typeof(string) && Generic(type, typeof(IEnumerable<>)) is { } enumerable && KeyValue(type) is null ? enumerable.GetGenericArguments()[0] : null;

    private static Type? KeyValue(Type type) => Generic(type, typeof(IReadOnlyDictionary<,>))?.GetGenericArguments()[1];

    private static Type? Generic(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type : type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == definition);

    private static List<object> Items(object? list) => list is null ? [] : [.. ((IEnumerable)list).Cast<object>()];

    private static Dictionary<string, object?> Entries(object? map)
    {
        var entries = new Dictionary<string, object?>();
        if (map is not null)
        {
            foreach (var entry in (IEnumerable)map)
                entries[DifferenceWords.Value(entry.GetType().GetProperty("Key")!.GetValue(entry), "")!] = entry.GetType().GetProperty("Value")!.GetValue(entry);
        }
        return entries;
    }
}

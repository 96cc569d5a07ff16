using System.Globalization;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>Filters, orders and pages a list that fits into memory.</summary>
internal static class ShortList
{
    public static (IReadOnlyList<T> Page, int Total) Choose<T>(IEnumerable<T> items, IReadOnlyList<Field<T>> fields, ListQuery query)
    {
        var byName = fields.ToDictionary(f => f.Name);
        foreach (var filter in query.Filters)
        {
            var field = byName[filter.Field];
            items = items.Where(i => Matches(Comparable(field.Kind, field.Value(i)), filter));
        }
        var matching = items.ToList();
        foreach (var order in query.Order.Reverse())
        {
            var field = byName[order.Field];
            matching = [.. order.Descending
                ? matching.OrderByDescending(i => Comparable(field.Kind, field.Value(i)), Order)
                : matching.OrderBy(i => Comparable(field.Kind, field.Value(i)), Order)];
        }
        return ([.. matching.Skip(query.Offset).Take(query.Limit)], matching.Count);
    }

    private static Comparer<object?> Order { get; } = Comparer<object?>.Create((a, b) => Sign(a, b) ?? (a is null ? 0 : 1) - (b is null ? 0 : 1));

    private static object? Comparable(FieldKind kind, object? value) => value switch
    {
        DateTimeOffset at => kind == FieldKind.Milliseconds ? at.ToUnixTimeMilliseconds() : at.ToUnixTimeSeconds(),
        int number => (long)number,
        IEnumerable<string> texts => texts.ToArray(),
        _ => value,
    };

    private static bool Matches(object? value, FieldFilter filter) => filter.Comparison switch
    {
        FieldComparison.Equal => filter.Values.Any(v => Equals(value, v)),
        FieldComparison.NotEqual => !filter.Values.Any(v => Equals(value, v)),
        FieldComparison.Contains when value is string[] texts => filter.Values.Any(v => texts.Contains(v)),
        FieldComparison.Contains => filter.Values.Any(v => value is string text && text.Contains(Convert.ToString(v, CultureInfo.InvariantCulture)!, StringComparison.Ordinal)),
        FieldComparison.Less => Sign(value, filter.Values[0]) < 0,
        FieldComparison.LessOrEqual => Sign(value, filter.Values[0]) <= 0,
        FieldComparison.Greater => Sign(value, filter.Values[0]) > 0,
        _ => Sign(value, filter.Values[0]) >= 0,
    };

    private static int? Sign(object? a, object? b) => (a, b) switch
    {
        (long x, long y) => x.CompareTo(y),
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x.CompareTo(y),
        (string[] x, string[] y) => string.CompareOrdinal(string.Join('\n', x), string.Join('\n', y)),
        _ => null,
    };
}

using System.Globalization;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>The query of a collection: conditions, order, which fields, and which part of the list. What cannot be understood is a list of problems.</summary>
internal sealed class RestQuery
{
    /// <summary>Lists that belong to the configuration (builders, workers) are given whole, up to the limit of a configuration.</summary>
    public const int MostOfShortList = 10_000;
    private const int MostFilters = 20;
    private const int MostValues = 100;
    private const int MostFields = 100;

    private static readonly string[] Paging = ["limit", "offset", "after", "order"];
    private static readonly Dictionary<string, FieldComparison> Operators = new()
    {
        ["eq"] = FieldComparison.Equal,
        ["in"] = FieldComparison.Equal,
        ["ne"] = FieldComparison.NotEqual,
        ["notin"] = FieldComparison.NotEqual,
        ["lt"] = FieldComparison.Less,
        ["le"] = FieldComparison.LessOrEqual,
        ["gt"] = FieldComparison.Greater,
        ["ge"] = FieldComparison.GreaterOrEqual,
        ["contains"] = FieldComparison.Contains,
    };

    private readonly List<FieldProblem> problems = [];

    private RestQuery() { }

    public static RestQuery Everything { get; } = new();

    public ListQuery List { get; private set; } = new();

    /// <summary>The fields that are wanted; empty for all.</summary>
    public IReadOnlyList<string> Fields { get; private set; } = [];

    /// <summary>The properties that are wanted (<c>property=</c>).</summary>
    public IReadOnlyList<string> Properties { get; private set; } = [];
    public IReadOnlyList<FieldProblem> Problems => problems;

    /// <summary>For lists that are read by number alone: the key from the page before.</summary>
    public long? After => long.TryParse(List.After, NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : null;

    public static RestQuery OfShortList(IQueryCollection query, IResource resource) => Read(query, resource, resource.Fields.Where(f => f.CanBeCompared).ToDictionary(f => f.Name), MostOfShortList, int.MaxValue);

    public static RestQuery OfLongList(IQueryCollection query, IResource resource) => Read(query, resource, resource.Fields.Where(f => f.CanBeCompared).ToDictionary(f => f.Name), ListQuery.MostItems, ListQuery.MostOffset);

    public static RestQuery OfPages(IQueryCollection query, IResource resource, IReadOnlyCollection<string> filters) =>
        Read(query, resource, filters.ToDictionary(f => f, f => new FieldInfo(f, FieldKind.Text, "")), ListQuery.MostItems, ListQuery.MostItems);

    /// <summary>One resource: only its fields can be chosen.</summary>
    public static RestQuery OfOne(IQueryCollection query, IResource resource)
    {
        var read = new RestQuery();
        read.ReadFields(query, resource);
        read.problems.AddRange(query.Keys.Where(k => k is not ("field" or "property")).Select(k => new FieldProblem(k, "This is not a collection; only field (and property) can be given.")));
        return read;
    }

    /// <summary>A list that is asked for equality only.</summary>
    public string? Equal(string field) => List.Filters.FirstOrDefault(f => f.Field == field && f.Comparison == FieldComparison.Equal)?.Values[0] as string;

    public static bool? Boolean(string? text) => text?.ToLowerInvariant() switch
    {
        "on" or "true" or "yes" or "1" => true,
        "off" or "false" or "no" or "0" => false,
        _ => null,
    };

    private static RestQuery Read(IQueryCollection query, IResource resource, IReadOnlyDictionary<string, FieldInfo> compared, int mostItems, int mostOffset)
    {
        var read = new RestQuery();
        read.ReadFields(query, resource);
        var filters = new List<FieldFilter>();
        foreach (var (key, values) in query.Where(q => !Paging.Contains(q.Key) && q.Key is not ("field" or "property")))
        {
            if (read.Filter(key, [.. values.Select(v => v ?? "")], compared) is { } filter)
                filters.Add(filter);
        }
        if (filters.Count > MostFilters)
            read.problems.Add(new("", $"At most {MostFilters} conditions can be combined."));
        var order = query["order"].Select(o => o ?? "").Select(o => o.StartsWith('-') ? new FieldOrder(o[1..], true) : new FieldOrder(o, false)).ToArray();
        foreach (var wrong in order.Where(o => !compared.ContainsKey(o.Field)))
            read.problems.Add(new("order", $"This list cannot be ordered by \"{wrong.Field}\". Possible: {string.Join(", ", compared.Keys)}."));
        read.List = new()
        {
            Filters = filters,
            Order = order,
            After = query.TryGetValue("after", out var after) ? after.ToString() : null,
            Offset = read.Number(query, "offset", 0, mostOffset, mostOffset == int.MaxValue ? "" : " Further on, follow meta.next with after=."),
            Limit = read.Number(query, "limit", mostItems, mostItems, ""),
        };
        return read;
    }

    private void ReadFields(IQueryCollection query, IResource resource)
    {
        Fields = [.. query["field"].Select(f => f ?? "")];
        var known = resource.Fields.Select(f => f.Name).ToHashSet();
        if (Fields.Count > MostFields)
            problems.Add(new("field", $"At most {MostFields} can be named."));
        else
            problems.AddRange(Fields.Where(f => !known.Contains(f)).Select(f => new FieldProblem("field", $"There is no field \"{f}\". Possible: {string.Join(", ", known)}.")));
        Properties = [.. query["property"].Select(p => p ?? "")];
        if (Properties.Count > 0 && !known.Contains("properties"))
            problems.Add(new("property", "What is listed here has no properties."));
        else if (Properties.Count > MostValues)
            problems.Add(new("property", $"At most {MostValues} can be named; * stands for all."));
    }

    private FieldFilter? Filter(string key, string[] values, IReadOnlyDictionary<string, FieldInfo> compared)
    {
        var cut = compared.ContainsKey(key) ? -1 : key.LastIndexOf("__", StringComparison.Ordinal);
        var (name, op) = cut < 0 ? (key, "eq") : (key[..cut], key[(cut + 2)..]);
        if (!compared.TryGetValue(name, out var field))
            return Wrong(key, $"This list cannot be filtered by that. Possible: {string.Join(", ", compared.Keys)}; besides limit, offset, after, order, field, property.");
        if (!Operators.TryGetValue(op, out var comparison))
            return Wrong(key, $"There is no comparison \"{op}\". Possible: {string.Join(", ", Operators.Keys)}.");
        if (values.Length > MostValues)
            return Wrong(key, $"At most {MostValues} values can be given.");
        if (values.Length > 1 && comparison is not (FieldComparison.Equal or FieldComparison.NotEqual or FieldComparison.Contains))
            return Wrong(key, "One value is expected.");
        if (comparison == FieldComparison.Contains && field.Kind is not (FieldKind.Text or FieldKind.Texts))
            return Wrong(key, "Only texts can contain something.");
        if (comparison != FieldComparison.Contains && field.Kind == FieldKind.Texts)
            return Wrong(key, $"This is a list of texts; it can be asked by {name}__contains.");
        if (comparison is not (FieldComparison.Equal or FieldComparison.NotEqual) && field.Kind == FieldKind.Truth)
            return Wrong(key, "This is true or false; it can be compared for equality only.");
        var typed = values.Select(v => Value(field.Kind, v)).ToArray();
        return typed.Contains(null) ? Wrong(key, Expected(field.Kind)) : new(name, comparison, typed!);
    }

    private static object? Value(FieldKind kind, string text) => kind switch
    {
        FieldKind.Truth => Boolean(text),
        FieldKind.Text or FieldKind.Texts => text.Contains('\0', StringComparison.Ordinal) ? null : text,
        _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    private static string Expected(FieldKind kind) => kind switch
    {
        FieldKind.Truth => "true or false is expected (also on, off, yes, no, 1, 0).",
        FieldKind.Text or FieldKind.Texts => "The text holds the character U+0000, which is never stored.",
        FieldKind.Seconds => "A time is expected: whole seconds since 1970.",
        FieldKind.Milliseconds => "A time is expected: milliseconds since 1970.",
        _ => "A whole number is expected.",
    };

    private int Number(IQueryCollection query, string name, int otherwise, int most, string advice)
    {
        if (!query.TryGetValue(name, out var values))
            return otherwise;
        if (values.Count == 1 && int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most)
            return number;
        problems.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"A whole number from 0 to {most} is expected.{advice}")));
        return 0;
    }

    private FieldFilter? Wrong(string key, string message)
    {
        problems.Add(new(key, message));
        return null;
    }
}

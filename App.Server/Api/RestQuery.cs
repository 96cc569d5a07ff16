using System.Globalization;
using Weir.Shared;

namespace Weir.App.Server.Api;

/// <summary>One condition of a query: <c>name=</c> or <c>name__op=</c>, with every value given for it.</summary>
internal sealed record RestFilter(string Field, string Operator, IReadOnlyList<string> Values);

/// <summary>The query of a collection: filters, order, fields, and which part of the list. What cannot be understood is a list of problems.</summary>
internal sealed class RestQuery
{
    public const int MostItems = 1000;
    private const int UsualItems = 100;
    private static readonly string[] Operators = ["eq", "ne", "lt", "le", "gt", "ge", "contains"];

    public int Limit { get; private init; } = UsualItems;
    public int Offset { get; private init; }

    /// <summary>The key from the page before (<c>meta.next</c>).</summary>
    public long? After { get; private init; }
    public IReadOnlyList<string> Order { get; private init; } = [];
    public IReadOnlyList<string> Fields { get; private init; } = [];
    public IReadOnlyList<RestFilter> Filters { get; private init; } = [];
    public IReadOnlyList<FieldProblem> Problems { get; private init; } = [];

    /// <param name="query">The request's query.</param>
    /// <param name="fields">Names that <c>field</c> may take.</param>
    /// <param name="filters">Names by which this collection can be filtered.</param>
    /// <param name="orders">Names by which it can be ordered.</param>
    public static RestQuery Read(IQueryCollection query, IReadOnlyCollection<string> fields, IReadOnlyCollection<string> filters, IReadOnlyCollection<string> orders)
    {
        var problems = new List<FieldProblem>();
        var found = new List<RestFilter>();
        foreach (var (key, values) in query.Where(q => q.Key is not ("limit" or "offset" or "after" or "order" or "field")))
        {
            var (name, op) = key.Split("__", 2) is [var before, var after] ? (before, after) : (key, "eq");
            if (!filters.Contains(name))
                problems.Add(new(key, $"This list cannot be filtered by that. Possible: {string.Join(", ", filters)}; besides limit, offset, after, order, field."));
            else if (!Operators.Contains(op))
                problems.Add(new(key, $"There is no comparison \"{op}\". Possible: {string.Join(", ", Operators)}."));
            else
                found.Add(new(name, op, [.. values.Select(v => v ?? "")]));
        }
        var order = query["order"].Select(o => o ?? "").ToArray();
        foreach (var wrong in order.Where(o => !orders.Contains(o.TrimStart('-'))))
            problems.Add(new("order", $"This list cannot be ordered by \"{wrong}\". Possible: {string.Join(", ", orders)}."));
        var chosen = query["field"].Select(f => f ?? "").ToArray();
        foreach (var wrong in chosen.Where(f => !fields.Contains(f)))
            problems.Add(new("field", $"There is no field \"{wrong}\". Possible: {string.Join(", ", fields)}."));
        return new()
        {
            Limit = (int)Number(query, "limit", UsualItems, 0, MostItems, problems)!,
            Offset = (int)Number(query, "offset", 0, 0, int.MaxValue, problems)!,
            After = Number(query, "after", null, 0, long.MaxValue, problems),
            Order = order,
            Fields = chosen,
            Filters = found,
            Problems = problems,
        };
    }

    /// <summary>A list that is read from the store in one order: filters are equalities, the order is the natural one.</summary>
    public string? Equal(string field) => Filters.FirstOrDefault(f => f.Field == field && f.Operator == "eq")?.Values[0];

    public static bool? Boolean(string? text) => text switch
    {
        "on" or "true" or "yes" or "1" => true,
        "off" or "false" or "no" or "0" => false,
        _ => null,
    };

    private static long? Number(IQueryCollection query, string name, long? otherwise, long least, long most, List<FieldProblem> problems)
    {
        if (!query.TryGetValue(name, out var values))
            return otherwise;
        if (values.Count == 1 && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        problems.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"A whole number from {least} to {most} is expected.")));
        return otherwise ?? 0;
    }
}

using System.Globalization;
using Weir.Shared;

namespace Weir.Engine.Storage.Listing;

/// <summary>How a list will be read: which rows an index finds, in which order they are walked, which conditions remain for looking; or what is wrong with the question.</summary>
internal sealed class ListPlan<TRow>
{
    private readonly ListTable<TRow> table;
    private readonly ListQuery query;
    private readonly List<FieldOrder> order;

    public ListPlan(ListTable<TRow> table, ListQuery query)
    {
        this.table = table;
        this.query = query;
        order = [.. query.Order.Count == 0 ? [new FieldOrder(table.Key, true)] : query.Order];
        foreach (var filter in query.Filters)
        {
            if (table.Columns.TryGetValue(filter.Field, out var column))
                Conditions.Add(filter, column);
            else
                Problems.Add(new(filter.Field, $"This list cannot be filtered by that. Possible: {Names(c => true)}."));
        }
        Counted = Conditions.Sought;
        foreach (var wrong in order.Where(o => !table.Columns.TryGetValue(o.Field, out var c) || c.IsCondition || c.Kind == ListKind.Texts))
            Problems.Add(new("order", $"This list cannot be ordered by \"{wrong.Field}\". Possible: {Names(c => !c.IsCondition && c.Kind != ListKind.Texts)}."));
        if (Problems.Count == 0)
            Continue();
    }

    public ListConditions Conditions { get; } = new();
    public List<FieldProblem> Problems { get; } = [];

    /// <summary>The rows that would be counted: all that the index finds, wherever the page begins.</summary>
    public string Counted { get; }

    /// <summary>Whether an index gives the rows in the order that is wanted.</summary>
    public bool Walks => Problems.Count == 0 && table.Columns[order[0].Field].Index == ListIndex.Order && order.Skip(1).All(o => o.Field == table.Key);

    public string ByIndex => Names(c => c.Index != ListIndex.None && !c.IsCondition);
    public string Walkable => Names(c => c.Index == ListIndex.Order);

    /// <summary>The order as SQL, for the alias.</summary>
    public string Order(string alias)
    {
        var written = order.TakeWhile((o, i) => i == 0 || order[i - 1].Field != table.Key).Select(o => (Sql: o.Field == table.Key ? table.KeyOrder : table.Columns[o.Field].Sql, o.Descending)).ToList();
        if (order.All(o => o.Field != table.Key))
            written.Add(("$.id", order[0].Descending));
        return string.Join(", ", written.Select(w => w.Sql.Replace("$", alias, StringComparison.Ordinal) + (w.Descending ? " DESC" : "")));
    }

    /// <summary>The key with which the page after this row begins.</summary>
    public string? After(TRow row)
    {
        if (!Walks)
            return null;
        if (order[0].Field == table.Key)
            return string.Create(CultureInfo.InvariantCulture, $"{table.KeyOf(row)}");
        var place = table.Places[order[0].Field](row)?.ToString(CultureInfo.InvariantCulture) ?? "none";
        return string.Create(CultureInfo.InvariantCulture, $"{place}-{table.KeyOf(row)}");
    }

    private void Continue()
    {
        if (query.After is not { } after)
            return;
        var first = order[0];
        if (!Walks)
            Problems.Add(new("after", $"A page after another is possible in these orders: {Walkable}."));
        else if (first.Field == table.Key ? !ContinueByKey(after, first.Descending) : !ContinueByPlace(after, first))
            Problems.Add(new("after", "The key that the page before gave as meta.next is expected, with the same order."));
    }

    private bool ContinueByKey(string after, bool descending)
    {
        if (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        Conditions.Add(descending ? "$.id < {0}" : "$.id > {0}", id);
        if (table.KeyOrder != "$.id")
            Conditions.Add(descending
                ? $"{table.KeyOrder} < coalesce((SELECT {Of("k")} FROM {table.Name} k WHERE k.id = {{0}}), 2147483647)"
                : $"{table.KeyOrder} > coalesce((SELECT {Of("k")} FROM {table.Name} k WHERE k.id = {{0}}), -1)", id);
        return true;
    }

    // PostgreSQL's order: who has no value comes last, and first when the order is turned round.
    private bool ContinueByPlace(string after, FieldOrder first)
    {
        var sql = table.Columns[first.Field].Sql;
        if (after.Split('-') is not [var place, var key] || !long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return false;
        var sign = first.Descending ? "<" : ">";
        if (place == "none")
        {
            Conditions.Add(first.Descending ? $"({sql} IS NOT NULL OR $.id < {{0}})" : $"({sql} IS NULL AND $.id > {{0}})", id);
            return true;
        }
        if (!long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > 253402300799L * 1_000_000)
            return false;
        var isTime = table.Columns[first.Field].Kind is ListKind.Seconds or ListKind.Milliseconds;
        object reached = isTime ? DateTimeOffset.UnixEpoch.AddTicks(value * TimeSpan.TicksPerMicrosecond) : value;
        var number = id.ToString(CultureInfo.InvariantCulture);
        Conditions.Add(first.Descending ? $"({sql}, $.id) {sign} ({{0}}, {number})" : $"(({sql}, $.id) {sign} ({{0}}, {number}) OR {sql} IS NULL)", reached);
        return true;
    }

    private string Of(string alias) => table.KeyOrder.Replace("$", alias, StringComparison.Ordinal);

    private string Names(Func<ListColumn, bool> which) => string.Join(", ", table.Columns.Where(c => which(c.Value)).Select(c => c.Key));
}

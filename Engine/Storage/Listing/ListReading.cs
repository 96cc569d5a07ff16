using Dapper;
using Weir.Shared;

namespace Weir.Engine.Storage.Listing;

/// <summary>
/// Reads a page of a long table in bounded work. What an index finds in the order wanted is read at once. Where rows must be looked at (a condition without an index, an order of its own),
/// at most <see cref="MostLookedAt"/> are; a question that would need more is refused and told how to be narrowed, so that no answer is silently incomplete.
/// </summary>
internal static class ListReading
{
    public const int MostLookedAt = 50_000;

    /// <summary>Longer lists do not say how many rows they have in all.</summary>
    public const int MostCounted = 10_000;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static async Task<ListAnswer<TRow>> List<TRow>(this Database database, ListTable<TRow> table, ListQuery query, TimeProvider time, CancellationToken cancellation)
    {
        var plan = new ListPlan<TRow>(table, query);
        if (plan.Problems.Count > 0)
            return new ListAnswer<TRow>.Refused(plan.Problems);
        using var late = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await database.Read(connection => new Page<TRow>(connection, table, query, plan, either.Token).Read(), either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return Refuse<TRow>(plan, query, $"This takes longer than {Longest.TotalSeconds:0} s.");
        }
    }

    private static ListAnswer<TRow>.Refused Refuse<TRow>(ListPlan<TRow> plan, ListQuery query, string why)
    {
        var narrow = $"{why} Narrow the list by {plan.ByIndex}" + (plan.Walks ? "." : $", or order it by {plan.Walkable}.");
        var fields = plan.Conditions.LookedAt.Concat(plan.Walks ? [] : ["order"]).DefaultIfEmpty(query.Filters.FirstOrDefault()?.Field ?? "order");
        return new([.. fields.Distinct().Select(f => new FieldProblem(f, narrow))]);
    }

    private sealed class Page<TRow>(System.Data.Common.DbConnection connection, ListTable<TRow> table, ListQuery query, ListPlan<TRow> plan, CancellationToken cancellation)
    {
        private readonly string? looked = plan.Conditions.Looked;

        public async Task<ListAnswer<TRow>> Read()
        {
            if (plan.Walks && looked is null)
                return await Answer(For("l", plan.Conditions.Sought), "l", counted: For("l", plan.Counted));
            if (plan.Walks)
            {
                var answer = await Answer(For("w", looked!), "w");
                // Fewer than were wanted: because there are no more, or because no more were looked at?
                return answer is ListAnswer<TRow>.Rows { Next: null } && await IsMoreThanIsLookedAt() ? TooMuch() : answer;
            }
            if (await IsMoreThanIsLookedAt())
                return TooMuch();
            var all = For("l", plan.Conditions.Sought + (looked is null ? "" : " AND " + looked));
            return await Answer(all, "l", counted: all);
        }

        private ListAnswer<TRow>.Refused TooMuch() => Refuse(plan, query, $"More than {MostLookedAt} rows would have to be looked at.");

        private async Task<ListAnswer<TRow>> Answer(string condition, string alias, string? counted = null)
        {
            // Wanted are some ids in order; what else is read of a row is looked up for these only.
            var source = alias == "l" ? $"{table.Name} l" : $"(SELECT l.* FROM {table.Name} l WHERE {For("l", plan.Conditions.Sought)} ORDER BY {plan.Order("l")} LIMIT @most) w";
            var sql = $"""
                {table.Select}
                WHERE {table.Alias}.id = ANY(ARRAY(SELECT {alias}.id FROM {source} WHERE {condition} ORDER BY {plan.Order(alias)} OFFSET @offset LIMIT @more))
                ORDER BY {plan.Order(table.Alias)}
                """;
            plan.Conditions.Parameters.AddDynamicParams(new { offset = query.Offset, more = query.Limit + 1, most = MostLookedAt, counts = MostCounted + 1 });
            long? counts = null;
            List<TRow> rows;
            if (counted is not null && query.After is null)
            {
                await using var results = await connection.QueryMultipleAsync(Command($"SELECT count(*) FROM (SELECT FROM {table.Name} l WHERE {counted} LIMIT @counts) AS c; {sql}"));
                counts = await results.ReadSingleAsync<long>();
                rows = (await results.ReadAsync<TRow>()).AsList();
            }
            else
            {
                rows = (await connection.QueryAsync<TRow>(Command(sql))).AsList();
            }
            var isMore = rows.Count > query.Limit;
            if (isMore)
                rows.RemoveAt(query.Limit);
            var ends = !isMore && query.After is null && (rows.Count > 0 || query.Offset == 0);
            var total = counts <= MostCounted ? counts : ends ? query.Offset + rows.Count : (long?)null;
            return new ListAnswer<TRow>.Rows(rows, isMore && rows.Count > 0 ? plan.After(rows[^1]) : null, total);
        }

        private async Task<bool> IsMoreThanIsLookedAt()
        {
            plan.Conditions.Parameters.Add("tooMany", MostLookedAt + 1);
            return await connection.ExecuteScalarAsync<long>(Command($"SELECT count(*) FROM (SELECT FROM {table.Name} l WHERE {For("l", plan.Conditions.Sought)} LIMIT @tooMany) AS c")) > MostLookedAt;
        }

        private static string For(string alias, string sql) => sql.Replace("$", alias, StringComparison.Ordinal);

        private CommandDefinition Command(string sql) => new(sql, plan.Conditions.Parameters, cancellationToken: cancellation);
    }
}

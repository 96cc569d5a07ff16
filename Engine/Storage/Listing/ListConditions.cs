using System.Globalization;
using Dapper;
using Weir.Shared;

namespace Weir.Engine.Storage.Listing;

/// <summary>Writes the conditions of a list as SQL: those that an index answers apart from those for which rows must be looked at.</summary>
internal sealed class ListConditions
{
    // The last moments that both .NET and PostgreSQL can tell in whole seconds.
    private const long LastSecond = 253402300798;
    private static readonly bool[] Both = [true, false];
    private readonly List<string> sought = [];
    private readonly List<string> looked = [];
    private int count;

    public DynamicParameters Parameters { get; } = new();

    /// <summary>The fields for which rows must be looked at.</summary>
    public List<string> LookedAt { get; } = [];

    public string Sought => sought.Count == 0 ? "true" : string.Join(" AND ", sought);

    public string? Looked => looked.Count == 0 ? null : string.Join(" AND ", looked);

    public void Add(FieldFilter filter, ListColumn column)
    {
        var served = column.Index switch
        {
            ListIndex.Order => filter.Comparison is not (FieldComparison.NotEqual or FieldComparison.Contains),
            ListIndex.Equality => filter.Comparison == FieldComparison.Equal,
            _ => false,
        };
        (served ? sought : looked).Add(Write(filter, column));
        if (!served)
            LookedAt.Add(filter.Field);
    }

    /// <summary>A condition that an index answers, in words of SQL; the value's parameter stands for <c>{0}</c>.</summary>
    public void Add(string sql, object value) => sought.Add(string.Format(CultureInfo.InvariantCulture, sql, Parameter(value)));

    private string Write(FieldFilter filter, ListColumn column) => column.Kind switch
    {
        ListKind.Truth => WriteTruth(filter, column),
        ListKind.Seconds => WriteTime(filter, column.Sql, LastSecond, DateTimeOffset.FromUnixTimeSeconds),
        ListKind.Milliseconds => WriteTime(filter, column.Sql, LastSecond * 1000, DateTimeOffset.FromUnixTimeMilliseconds),
        _ => WriteValue(filter, column),
    };

    private string WriteValue(FieldFilter filter, ListColumn column)
    {
        object values = column.Kind == ListKind.Number ? filter.Values.Cast<long>().ToArray() : filter.Values.Cast<string>().ToArray();
        if (filter.Comparison == FieldComparison.Equal && column.OneOf is { } oneOf)
            return string.Format(CultureInfo.InvariantCulture, oneOf, Parameter(values));
        return filter.Comparison switch
        {
            FieldComparison.Equal when filter.Values is [var one] => $"{column.Sql} = {Parameter(one)}",
            FieldComparison.Equal => $"{column.Sql} = ANY({Parameter(values)})",
            FieldComparison.NotEqual => $"({column.Sql} IS NULL OR {column.Sql} <> ALL({Parameter(values)}))",
            FieldComparison.Contains when column.Kind == ListKind.Texts => $"{column.Sql} && {Parameter(values)}",
            FieldComparison.Contains => "(" + string.Join(" OR ", filter.Values.Select(v => $"strpos({column.Sql}, {Parameter(v)}) > 0")) + ")",
            var order => $"{column.Sql} {Sign(order)} {Parameter(filter.Values[0])}",
        };
    }

    private static string WriteTruth(FieldFilter filter, ListColumn column)
    {
        var wanted = filter.Values.Cast<bool>().Distinct().ToArray();
        if (filter.Comparison == FieldComparison.NotEqual)
            wanted = [.. Both.Except(wanted)];
        return wanted switch
        {
            [] => "false",
            [var one] => one ? column.Truth!.Value.True : column.Truth!.Value.False,
            _ => "true",
        };
    }

    // A field shows whole units of a finer time: "equal to 7" is from 7 up to, not including, 8.
    private string WriteTime(FieldFilter filter, string sql, long last, Func<long, DateTimeOffset> at)
    {
        string Begin(object value, long more = 0) => Parameter(at(Math.Clamp((long)value, 0, last) + more));
        string Within(object value) => $"({sql} >= {Begin(value)} AND {sql} < {Begin(value, 1)})";
        return filter.Comparison switch
        {
            FieldComparison.Less => $"{sql} < {Begin(filter.Values[0])}",
            FieldComparison.LessOrEqual => $"{sql} < {Begin(filter.Values[0], 1)}",
            FieldComparison.Greater => $"{sql} >= {Begin(filter.Values[0], 1)}",
            FieldComparison.GreaterOrEqual => $"{sql} >= {Begin(filter.Values[0])}",
            FieldComparison.NotEqual => $"({sql} IS NULL OR NOT ({string.Join(" OR ", filter.Values.Select(Within))}))",
            _ => "(" + string.Join(" OR ", filter.Values.Select(Within)) + ")",
        };
    }

    private static string Sign(FieldComparison comparison) => comparison switch
    {
        FieldComparison.Less => "<",
        FieldComparison.LessOrEqual => "<=",
        FieldComparison.Greater => ">",
        _ => ">=",
    };

    private string Parameter(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{count++}");
        Parameters.Add(name, value);
        return "@" + name;
    }
}

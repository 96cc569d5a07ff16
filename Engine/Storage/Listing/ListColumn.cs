namespace Weir.Engine.Storage.Listing;

/// <summary>What the store can do with a column of a list without looking at every row.</summary>
internal enum ListIndex
{
    /// <summary>Nothing: a row must be looked at.</summary>
    None,

    /// <summary>Find the rows with one value.</summary>
    Equality,

    /// <summary>Find a range of values, and walk in their order.</summary>
    Order,
}

/// <summary>The kind of a column's values, which says how they are compared.</summary>
internal enum ListKind
{
    Number,
    Text,

    /// <summary>An array of texts; it can contain one.</summary>
    Texts,
    Truth,

    /// <summary>A time, asked for in whole seconds.</summary>
    Seconds,

    /// <summary>A time, asked for in milliseconds.</summary>
    Milliseconds,
}

/// <summary>A column by which a list can be filtered and ordered. In its SQL <c>$</c> stands for the table's alias.</summary>
internal sealed record ListColumn(string Sql, ListKind Kind, ListIndex Index = ListIndex.None)
{
    /// <summary>A condition for "one of these values", with <c>{0}</c> for an array of them; where it is given, the index serves it.</summary>
    public string? OneOf { get; init; }

    /// <summary>For truths: the condition that holds when it is true, and the one when it is false.</summary>
    public (string True, string False)? Truth { get; init; }

    /// <summary>Only for asking, not for ordering.</summary>
    public bool IsCondition { get; init; }

    public static ListColumn Flag(string whenTrue, string whenFalse, ListIndex index = ListIndex.None) => new($"({whenTrue})", ListKind.Truth, index) { Truth = (whenTrue, whenFalse) };

    /// <summary>A question rather than a column: rows for which <paramref name="oneOf"/> holds.</summary>
    public static ListColumn Condition(string oneOf, ListKind kind = ListKind.Number) => new("", kind, ListIndex.Equality) { OneOf = oneOf, IsCondition = true };

    /// <summary>A name that belongs to a number of the table: found by the number, which has the index.</summary>
    public static ListColumn NameOf(string table, string column, string foreignKey) =>
        new($"(SELECT n.{column} FROM {table} n WHERE n.id = $.{foreignKey})", ListKind.Text, ListIndex.Equality) { OneOf = $"$.{foreignKey} = ANY(ARRAY(SELECT n.id FROM {table} n WHERE n.{column} = ANY({{0}})))" };
}

/// <summary>A table that is read as a list: how its rows are selected, and what can be asked of them.</summary>
internal sealed record ListTable<TRow>
{
    public required string Name { get; init; }

    /// <summary>What is read of each row that is wanted; conditions on <see cref="Alias"/> are appended.</summary>
    public required string Select { get; init; }
    public required string Alias { get; init; }

    /// <summary>The field that is the table's id.</summary>
    public required string Key { get; init; }
    public required Func<TRow, long> KeyOf { get; init; }

    /// <summary>Fields by their names in REST.</summary>
    public required IReadOnlyDictionary<string, ListColumn> Columns { get; init; }

    /// <summary>For each field by whose order the list can be walked, other than the key: its value as microseconds or number.</summary>
    public IReadOnlyDictionary<string, Func<TRow, long?>> Places { get; init; } = new Dictionary<string, Func<TRow, long?>>();

    /// <summary>By what the key's order is walked, where another column rises with it and has the better index.</summary>
    public string KeyOrder { get; init; } = "$.id";

    /// <summary>Microseconds since the epoch, in which the places of times are written.</summary>
    public static long? Micros(DateTimeOffset? at) => at is { } t ? (t.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond : null;
}

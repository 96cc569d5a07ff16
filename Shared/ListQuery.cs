namespace Weir.Shared;

/// <summary>How a field of a list is compared. With several values, <see cref="Equal"/> and <see cref="Contains"/> ask for one of them, <see cref="NotEqual"/> for none.</summary>
public enum FieldComparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// <summary>One condition of a list. Values are <see cref="long"/>, <see cref="bool"/> or <see cref="string"/>, as the field's kind wants; times are whole seconds since the epoch (fields <c>…_ms</c>: milliseconds).</summary>
public sealed record FieldFilter(string Field, FieldComparison Comparison, IReadOnlyList<object> Values);

/// <summary>One field by which a list is ordered.</summary>
public sealed record FieldOrder(string Field, bool Descending);

/// <summary>What is wanted of a list without end: conditions, order, and which part. Fields have the names of REST.</summary>
public sealed record ListQuery
{
    public const int MostItems = 1000;
    public const int MostOffset = 10_000;

    public IReadOnlyList<FieldFilter> Filters { get; init; } = [];

    /// <summary>Empty: newest first.</summary>
    public IReadOnlyList<FieldOrder> Order { get; init; } = [];

    /// <summary>Where the page before ended (its <see cref="ListAnswer{T}.Rows.Next"/>).</summary>
    public string? After { get; init; }
    public int Offset { get; init; }
    public int Limit { get; init; } = MostItems;

    /// <summary>The same list, narrowed to one value of a field.</summary>
    public ListQuery Where(string field, object value) => this with { Filters = [.. Filters, new(field, FieldComparison.Equal, [value])] };
}

/// <summary>A page of a list, or why the question is refused. Closed: switch over its nested types.</summary>
public abstract record ListAnswer<T>
{
    private ListAnswer() { }

    /// <param name="Items">The rows of the page.</param>
    /// <param name="Next">The key to ask the following page with; null at the end.</param>
    /// <param name="Total">How many rows the list has in all, where that is known without counting for long.</param>
    public sealed record Rows(IReadOnlyList<T> Items, string? Next = null, long? Total = null) : ListAnswer<T>;

    /// <summary>It cannot be answered in bounded work; the problems say what can.</summary>
    public sealed record Refused(IReadOnlyList<FieldProblem> Problems) : ListAnswer<T>;
}

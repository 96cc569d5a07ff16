namespace Weir.Engine.Masters;

/// <summary>An engine that works at this moment, as the others see it.</summary>
public sealed record LiveEngine
{
    private BuilderLimits? limits;

    public long Id { get; init; }
    public long Incarnation { get; init; }
    public string Name { get; init; } = "";
    public string[] Addresses { get; init; } = [];
    public string[] OnlyBuilders { get; init; } = [];
    public string[] OnlyTags { get; init; } = [];

    /// <summary>It has been there for longer than a moment: one that ends again and again is given nothing.</summary>
    public bool Settled { get; init; }

    public BuilderLimits Limits => limits ??= new(OnlyBuilders, OnlyTags);
}

/// <summary>How the engines that work at this moment are read.</summary>
internal static class LiveEngines
{
    /// <summary>Rows for <see cref="LiveEngine"/>, in the order of their numbers.</summary>
    public const string Sql = $"""
        SELECT m.id, m.incarnation, m.name, m.addresses, {MasterRows.OnlyBuilders} AS only_builders, {MasterRows.OnlyTags} AS only_tags, m.started_at < (SELECT weir_now()) - interval '10 seconds' AS settled
        FROM masters m WHERE m.state = 'Active' AND 'engine' = ANY(m.roles) AND m.heartbeat_at > (SELECT weir_now()) - interval '30 seconds' ORDER BY m.id
        """;

    /// <summary>The engines that may begin builds of a builder; null: all of them, since none is limited.</summary>
    public static IReadOnlySet<long>? Allowed(IReadOnlyCollection<LiveEngine> engines, string builder, IReadOnlyCollection<string> tags) =>
        engines.All(e => e.Limits.IsNone) ? null : engines.Where(e => e.Limits.Allow(builder, tags)).Select(e => e.Id).ToHashSet();

    /// <summary>Why no engine begins builds of a builder, for people.</summary>
    public static string NobodyText(IReadOnlyCollection<LiveEngine> engines) =>
        $"No engine that runs may begin it: {string.Join("; ", engines.OrderBy(e => e.Name, StringComparer.Ordinal).Take(5).Select(e => $"{e.Name} is for {e.Limits.InWords}"))}{(engines.Count > 5 ? "; and others" : "")}.";
}

using System.Data;
using Dapper;

namespace Weir.Engine.Storage;

/// <summary>How Dapper maps the types that it does not map as we want: times always as UTC, days as days, columns with underscores.</summary>
internal static class DapperTypes
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new UtcHandler());
        SqlMapper.RemoveTypeMap(typeof(DateOnly));
        SqlMapper.RemoveTypeMap(typeof(DateOnly?));
        SqlMapper.AddTypeHandler(new DayHandler());
        SqlMapper.AddTypeHandler(new TextsHandler());
        SqlMapper.AddTypeHandler(new CountsHandler());
    }

    private sealed class CountsHandler : SqlMapper.TypeHandler<IReadOnlyDictionary<string, long>>
    {
        public override void SetValue(IDbDataParameter parameter, IReadOnlyDictionary<string, long>? value) => parameter.Value = System.Text.Json.JsonSerializer.Serialize(value);

        public override IReadOnlyDictionary<string, long> Parse(object value) => System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, long>>((string)value) ?? [];
    }

    private sealed class UtcHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();

        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTimeOffset o => o,
            DateTime d => new DateTimeOffset(DateTime.SpecifyKind(d, DateTimeKind.Utc)),
            _ => throw new InvalidCastException($"A time was expected, not {value.GetType().Name}."),
        };
    }

    private sealed class DayHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override void SetValue(IDbDataParameter parameter, DateOnly value) => parameter.Value = value;

        public override DateOnly Parse(object value) => value switch
        {
            DateOnly d => d,
            DateTime d => DateOnly.FromDateTime(d),
            _ => throw new InvalidCastException($"A day was expected, not {value.GetType().Name}."),
        };
    }

    // A text[] into a record of Shared.
    private sealed class TextsHandler : SqlMapper.TypeHandler<IReadOnlyList<string>>
    {
        public override void SetValue(IDbDataParameter parameter, IReadOnlyList<string>? value) => parameter.Value = value is null ? DBNull.Value : value.ToArray();

        public override IReadOnlyList<string> Parse(object value) => (string[])value;
    }
}

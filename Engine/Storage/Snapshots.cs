using System.Data;
using Dapper;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>Reads several results as of one moment, so that no page mixes two states of the store (a build that is running here and finished there).</summary>
internal static class Snapshots
{
    /// <summary>Runs the work in one read-only snapshot. The transaction's beginning travels with its first statement.</summary>
    public static Task<T> Snapshot<T>(this Database database, Func<StoreSnapshot, Task<T>> work, CancellationToken cancellation) => database.Read(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var result = await work(new(connection, transaction, cancellation));
        await transaction.CommitAsync(cancellation);
        return result;
    }, cancellation);
}

/// <summary>A moment of the store.</summary>
internal sealed class StoreSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
{
    /// <summary>Several statements in one round trip; their results are read in order.</summary>
    public async Task<T> Batch<T>(string sql, object? parameters, Func<SqlMapper.GridReader, Task<T>> read)
    {
        await using var results = await connection.QueryMultipleAsync(Command(sql, parameters));
        return await read(results);
    }

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? parameters) => (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    public Task<T?> QuerySingle<T>(string sql, object? parameters) => connection.QueryFirstOrDefaultAsync<T?>(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, transaction, cancellationToken: cancellation);
}

/// <summary>Reading a batch's next result.</summary>
internal static class BatchReading
{
    public static async Task<IReadOnlyList<T>> List<T>(this SqlMapper.GridReader results) => (await results.ReadAsync<T>()).AsList();

    public static Task<T?> First<T>(this SqlMapper.GridReader results) => results.ReadFirstOrDefaultAsync<T?>();
}

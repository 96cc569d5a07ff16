using Dapper;
using Weir.Engine.Storage;

namespace Weir.Engine.Identity;

/// <summary>The keys with which cookies and form tokens are protected. They lie in the store, so any master accepts what another gave out.</summary>
public sealed class ProtectionKeys(Database database)
{
    public Task<IReadOnlyList<string>> All(CancellationToken cancellation) => database.Query<string>("SELECT xml FROM data_protection_keys ORDER BY id", null, cancellation);

    public Task Add(string? name, string xml, CancellationToken cancellation) =>
        database.Write(unit => unit.Execute("INSERT INTO data_protection_keys (name, xml) VALUES (@name, @xml)", new { name, xml }), cancellation);

    /// <summary>Runs the work while no other master runs its own: of masters that start at once on an empty store, one makes the first key and the others find it. At a start, when there are connections enough: the work takes its own.</summary>
    public Task OneAtATime(Action work, CancellationToken cancellation) => database.Read(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("SELECT pg_advisory_xact_lock(hashtext('weir protection keys ' || current_schema()))", transaction: transaction, cancellationToken: cancellation));
        work();
        await transaction.CommitAsync(cancellation);
        return true;
    }, cancellation);
}

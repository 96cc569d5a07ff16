using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;

namespace Weir.Engine.Schedulers;

/// <summary>Transactions whose revision of the configuration stays in force until they commit: they stand behind the gate that whoever switches must take whole (invariant 3a).</summary>
internal sealed class InForce(Database database, ConfigurationInForce configuration)
{
    /// <summary>The default answer means that there is no configuration yet.</summary>
    public Task<T?> Write<T>(Func<StoreTransaction, RevisionInForce, Task<T>> work, CancellationToken cancellation) => Try(revision => database.Write<(bool, T?)>(async unit =>
    {
        if (await PassGate(unit) != revision.Id)
        {
            await unit.Rollback();
            return (false, default);
        }
        return (true, await work(unit, revision));
    }, cancellation), cancellation);

    /// <summary>The same for work that passes the gate by itself: it says whether the revision was in force there, and if it was not does nothing and is tried again with the one that is.</summary>
    public async Task<T?> Try<T>(Func<RevisionInForce, Task<(bool Held, T? Answer)>> work, CancellationToken cancellation)
    {
        // What was in force a moment ago nearly always still is; behind the gate it is asked for certain.
        var revision = configuration.Loaded ?? await configuration.Read(cancellation);
        while (revision is not null)
        {
            var (held, answer) = await work(revision);
            if (held)
                return answer;
            revision = await configuration.Read(cancellation);
        }
        return default;
    }

    // One round trip, two statements: the second sees what was committed while the first waited.
    private static async Task<long> PassGate(StoreTransaction unit)
    {
        await using var both = await unit.Connection.QueryMultipleAsync(new CommandDefinition($"{Gate.Shared}; SELECT revision_id FROM config_in_force", cancellationToken: unit.Cancellation));
        await both.ReadAsync();
        return await both.ReadFirstOrDefaultAsync<long>();
    }

    /// <summary>To be asked behind the gate.</summary>
    public static async Task<bool> IsInForce(StoreTransaction unit, RevisionInForce revision) =>
        await unit.QuerySingle<long>("SELECT revision_id FROM config_in_force") == revision.Id;
}

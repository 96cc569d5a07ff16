using Weir.Engine.Configuration;
using Weir.Engine.Storage;

namespace Weir.Engine.Schedulers;

/// <summary>Transactions whose revision of the configuration stays in force until they commit: they stand behind the gate that whoever switches must take whole (invariant 3a).</summary>
internal sealed class InForce(Database database, ConfigurationInForce configuration)
{
    /// <summary>The default answer means that there is no configuration yet.</summary>
    public async Task<T?> Write<T>(Func<StoreTransaction, RevisionInForce, Task<T>> work, CancellationToken cancellation)
    {
        while (await configuration.Read(cancellation) is { } revision)
        {
            var (held, answer) = await database.Write<(bool, T?)>(async unit =>
            {
                await Gate.PassShared(unit);
                if (!await IsInForce(unit, revision))
                {
                    await unit.Rollback();
                    return (false, default);
                }
                return (true, await work(unit, revision));
            }, cancellation);
            if (held)
                return answer;
        }
        return default;
    }

    /// <summary>To be asked behind the gate.</summary>
    public static async Task<bool> IsInForce(StoreTransaction unit, RevisionInForce revision) =>
        await unit.QuerySingle<long>("SELECT revision_id FROM config_in_force") == revision.Id;
}

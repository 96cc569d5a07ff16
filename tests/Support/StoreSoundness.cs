using Weir.Engine.Storage;

namespace Weir.Support;

/// <summary>What <c>weir doctor</c> looks for, after every test: whatever was killed, cut or frozen, the store's rules hold.</summary>
public static class StoreSoundness
{
    public static async Task Assert(Database database)
    {
        if (await database.QuerySingle<string?>("SELECT to_regclass('masters')::text", null, CancellationToken.None) is null)
            return; // this test had a store of its own
        var broken = (await new StoreCheck(database).Run(CancellationToken.None)).Where(r => r.Broken > 0).Select(r => $"{r.Name} Broken by {r.Broken}: {string.Join(", ", r.Examples)}").ToArray();
        if (broken.Length > 0)
            throw new InvalidOperationException("The store is not sound:\n" + string.Join('\n', broken));
    }
}

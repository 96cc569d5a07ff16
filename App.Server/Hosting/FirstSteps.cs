using Microsoft.AspNetCore.DataProtection;
using Weir.App.Server.Identity;
using Weir.Engine.Identity;
using Weir.Engine.Storage;

namespace Weir.App.Server.Hosting;

/// <summary>What happens between "the store answers" and "this master serves": schema, clock, keys, the first account.</summary>
internal sealed class FirstSteps(HostSettings settings, Schema schema, Database database, StoreClock clock, ProtectionKeys keys, IDataProtectionProvider protection, FirstAdmin admin)
{
    public async Task Take(CancellationToken cancellation)
    {
        if (settings.IsEngine)
            await schema.Migrate(cancellation);
        else
            await schema.WaitUntilItFits(cancellation);
        await using (var connection = await database.Open(cancellation))
            await clock.Measure(connection, cancellation);
        // The first use makes a key if there is none; a key made later would be unknown to masters that have read the list already.
        await keys.OneAtATime(() => protection.CreateProtector("first use").Protect([]), cancellation);
        await admin.Create(cancellation);
    }
}

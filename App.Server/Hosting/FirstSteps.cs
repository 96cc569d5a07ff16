using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using Weir.App.Server.Identity;
using Weir.Engine.Identity;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Roles;

namespace Weir.App.Server.Hosting;

/// <summary>What happens between "the store answers" and "this master serves": schema, clock, keys, the first account.</summary>
internal sealed partial class FirstSteps(
    HostSettings settings, Schema schema, Database database, StoreClock clock, DayPartitions days, StoreRoles roles, StoreSessions sessions, ProtectionKeys keys, IDataProtectionProvider protection, FirstAdmin admin, WorkerTokenFile workerToken, ILogger<FirstSteps> logger)
{
    private const int MostNamed = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task Take(CancellationToken cancellation)
    {
        await WaitForStore(cancellation);
        if (await sessions.Objection(cancellation) is { } objection)
            throw new HostException(objection);
        if (settings.IsEngine)
        {
            await schema.Migrate(cancellation);
            await roles.Refresh(cancellation);
        }
        else
        {
            await WaitForEngines(cancellation);
        }
        await using (var connection = await database.Open(cancellation))
            await clock.Measure(connection, cancellation);
        if (settings.IsEngine)
            await days.Ensure(cancellation);
        // The first use makes a key if there is none; a key made later would be unknown to masters that have read the list already.
        await keys.OneAtATime(() => protection.CreateProtector("first use").Protect([]), cancellation);
        await admin.Create(cancellation);
        await workerToken.Write(cancellation);
    }

    // Masters of pages neither bring the schema up nor give themselves rights: they wait until engines have done it.
    private async Task WaitForEngines(CancellationToken cancellation)
    {
        for (var said = ""; ;)
        {
            var missing = await roles.Missing(null, cancellation);
            if (missing.Count == 0)
                await schema.MustServeUs(cancellation);
            var why = missing.Count > 0
                ? $"Its role in the database lacks {string.Join(", ", missing.Take(MostNamed))}{(missing.Count > MostNamed ? " and more" : "")}; run `App.Server db roles` as the owner of the schema, or start an engine of this version"
                : await schema.Fits(cancellation) ? null : "The store's schema is older than this version; an engine of this version brings it up, or `App.Server db migrate`";
            if (why is null)
                return;
            if (why != said)
                LogNotReady(said = why);
            await Task.Delay(Pause, clock, cancellation);
        }
    }

    // A store that is starting, or not reachable yet, is waited for; one that refuses us is not.
    private async Task WaitForStore(CancellationToken cancellation)
    {
        for (var said = false; ; said = true)
        {
            try
            {
                await using var connection = await database.Open(cancellation);
                return;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName)
            {
                throw new HostException($"The store refuses us: {e.MessageText}. Look at ConnectionStrings__Weir.");
            }
            catch (PostgresException e) when (StoreSessions.Objection(e) is { } objection)
            {
                throw new HostException(objection);
            }
            catch (NpgsqlException e)
            {
                if (!said)
                    LogWaiting(e.Message);
                await Task.Delay(Pause, clock, cancellation);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "This master only shows pages and waits for the store. {Why}.")]
    private partial void LogNotReady(string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not answer ({Message}); waiting for it.")]
    private partial void LogWaiting(string message);
}

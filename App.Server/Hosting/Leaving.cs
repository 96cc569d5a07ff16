using Weir.Engine.Masters;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Masters;

namespace Weir.App.Server.Hosting;

/// <summary>What SIGTERM asks for: the same shutdown as the button's, with a deadline. Where the store cannot be told, this master goes at once; what runs is taken over.</summary>
internal sealed partial class Leaving(IMasterActions masters, Self self, HostSettings settings, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Leaving> logger)
{
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(3);

    public async Task Leave()
    {
        try
        {
            using var limit = new CancellationTokenSource(StorePatience, time);
            var order = new ShutdownOrder { Reason = "SIGTERM", Within = settings.ShutdownDeadline };
            if (await masters.Shutdown(await self.Id(limit.Token), order, Actor.Weir("the system"), limit.Token) is ActionOutcome.Done or ActionOutcome.Ordered)
            {
                // The deadline counts by the store's clock; if the store goes away meanwhile, by ours. Whoever told it to stay has switched this off.
                await Task.Delay(settings.ShutdownDeadline + StorePatience, time, lifetime.ApplicationStopping).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                if (!self.Draining)
                    return;
            }
        }
#pragma warning disable CA1031 // Whatever went wrong: who is told to end ends.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotTold(e.Message);
        }
        lifetime.StopApplication();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store could not be told that this master shuts down ({Message}); going at once.")]
    private partial void LogNotTold(string message);
}

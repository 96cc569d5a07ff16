using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Presence;

namespace Weir.Worker.Connection;

/// <summary>Tells the engine of a connection when the owner goes away or is back, as far as the hello has not told it.</summary>
internal sealed partial class Attending(OwnerPresence presence, TimeProvider time, ILogger logger)
{
    private long _told = -1;

    /// <summary>What the hello that is composed now says.</summary>
    public OwnerAbsence? ForHello()
    {
        var (version, said, _) = presence.Look();
        _told = version;
        return said;
    }

    /// <summary>Ends with the connection.</summary>
    public async Task Run(HubConnection hub, Welcome welcome, CancellationToken ending)
    {
        try
        {
            var warned = false;
            while (true)
            {
                var (version, said, changed) = presence.Look();
                if (welcome.Protocol < WorkerProtocol.WithPresence)
                {
                    if (said is not null && !warned)
                        LogOldEngine(welcome.Master);
                    warned = said is not null;
                    await changed.WaitAsync(ending);
                }
                else if (version == _told)
                    await changed.WaitAsync(ending);
                else if (await Tell(hub, welcome.Session, said, ending))
                    _told = version;
                else
                    await Task.Delay(WorkerProtocol.Ping, time, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the connection is over
        }
    }

    private async Task<bool> Tell(HubConnection hub, long session, OwnerAbsence? said, CancellationToken ending)
    {
        try
        {
            await hub.InvokeAsync(nameof(IWorkerHub.Away), session, said, ending);
            return true;
        }
        catch (Exception e) when (!ending.IsCancellationRequested)
        {
            LogNotTold(e.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Master {Master} is of an earlier release and cannot be told that this worker's owner is using it: it may go on giving builds. Pause it there.")]
    private partial void LogOldEngine(string master);

    [LoggerMessage(LogLevel.Warning, "The master could not be told what the owner said: {Reason} Trying again.")]
    private partial void LogNotTold(string reason);
}

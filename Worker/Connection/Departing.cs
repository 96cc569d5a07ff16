using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Presence;

namespace Weir.Worker.Connection;

/// <summary>Tells the engine of a connection that this worker finishes and goes, once its owner has said so. Which builds are left only the engine knows; it says when none is.</summary>
internal sealed partial class Departing(Departure departure, HeldCommands held, TimeProvider time, ILogger logger)
{
    // An engine of the first protocol cannot be told. Its next command follows the last within moments, so when none has come for so long, nothing is left.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    public bool IsAsked => departure.IsAsked;

    /// <summary>Ends when the worker may go as far as this connection is concerned, or with the connection.</summary>
    public async Task<SessionEnd> Run(HubConnection hub, Welcome welcome, CancellationToken ending)
    {
        try
        {
            await departure.Asked.WaitAsync(ending);
            if (welcome.Protocol < WorkerProtocol.WithStopping)
            {
                LogOldEngine(welcome.Master);
                await NothingHeld(ending);
                return new SessionEnd.Finished();
            }
            while (!await Tell(hub, welcome.Session, ending))
                await Task.Delay(WorkerProtocol.Ping, time, ending);
            // The engine's word comes as a call of its own.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the connection is over
        }
        return new SessionEnd.Stopped();
    }

    /// <summary>Nothing runs here, and nothing waits to run.</summary>
    public bool IsIdle
    {
        get
        {
            lock (held.Gate)
                return held.All.All(h => h.Ended || h.Forgotten);
        }
    }

    // Said again where it was said in the hello already: that costs nothing.
    private async Task<bool> Tell(HubConnection hub, long session, CancellationToken ending)
    {
        try
        {
            await hub.InvokeAsync(nameof(IWorkerHub.Stopping), session, ending);
            return true;
        }
        catch (Exception e) when (!ending.IsCancellationRequested)
        {
            LogNotTold(e.Message);
            return false;
        }
    }

    private async Task NothingHeld(CancellationToken ending)
    {
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < Quiet)
        {
            await Task.Delay(Pace, time, ending);
            lock (held.Gate)
            {
                if (held.All.Count > 0)
                    since = time.GetTimestamp();
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Master {Master} is of an earlier release and cannot be told that this worker stops: it may go on giving builds. This worker goes when nothing has run for some seconds; pause it there to hasten that.")]
    private partial void LogOldEngine(string master);

    [LoggerMessage(LogLevel.Warning, "The master could not be told that this worker stops: {Reason} Trying again.")]
    private partial void LogNotTold(string reason);
}

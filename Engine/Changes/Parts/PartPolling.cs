using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Parts;

/// <summary>Looks at the repositories of parts that are due, several at a time; a slow or dead server holds up nobody else's.</summary>
internal sealed partial class PartPolling(PartStore store, PartLook look, Wakeups wakeups, TimeProvider time, ILogger<PartPolling> logger)
    : Duty(wakeups, time, logger, WakeTopic.Timers, WakeTopic.Configuration, LookEnded)
{
    private const string LookEnded = "part-look-ended";
    private const int AtOnce = 3;
    private readonly Dictionary<string, Task> running = [];
    private readonly Wakeups wakeups = wakeups;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        foreach (var (name, _) in running.Where(r => r.Value.IsCompleted).ToArray())
            running.Remove(name);
        if (await store.Sync(cancellation) is not { Model.Parts.Count: > 0 } revision)
            return null;
        foreach (var name in await store.Due(cancellation))
        {
            if (running.Count >= AtOnce)
                break; // the end of one of them wakes us
            if (!running.ContainsKey(name) && revision.Model.Parts.FirstOrDefault(p => p.Name == name) is { } part)
                running[name] = Look(part, cancellation);
        }
        return await store.UntilNext(cancellation);
    }

    // Never throws: whatever goes wrong, the due row brings the look back.
    private async Task Look(PartConfiguration part, CancellationToken cancellation)
    {
        var looked = true;
        try
        {
            looked = await look.Look(part, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // The border of a task of its own.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, part.Name);
        }
        if (looked)
            wakeups.Signal([LookEnded]);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running.Values);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking at the part {Part} failed; it will be tried again.")]
    private partial void LogFailed(Exception e, string part);
}

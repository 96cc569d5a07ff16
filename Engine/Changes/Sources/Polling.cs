using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Sources;

/// <summary>Starts the polls that are due, several at a time; a slow or dead server holds up nobody else's.</summary>
internal sealed partial class Polling(PollStore store, GitPoller poller, PollSettings settings, Wakeups wakeups, TimeProvider time, ILogger<Polling> logger)
    : Duty(wakeups, time, logger, WakeTopic.Timers, WakeTopic.Configuration, PollEnded)
{
    private const string PollEnded = "poll-ended";
    private readonly Dictionary<string, Task> running = [];
    private readonly Wakeups wakeups = wakeups;

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        foreach (var (name, _) in running.Where(r => r.Value.IsCompleted).ToArray())
            running.Remove(name);
        if (await store.Sync(cancellation) is not { } revision)
            return null;
        foreach (var name in await store.Due(cancellation))
        {
            if (running.Count >= settings.AtOnce)
                break; // the end of one of them wakes us
            if (!running.ContainsKey(name) && revision.Model.ChangeSources.OfType<GitPollerConfiguration>().FirstOrDefault(p => p.Name == name) is { } source)
                running[name] = Poll(revision, source, cancellation);
        }
        return await store.UntilNext(cancellation);
    }

    // Never throws: whatever goes wrong, the due row brings the poll back.
    private async Task Poll(RevisionInForce revision, GitPollerConfiguration source, CancellationToken cancellation)
    {
        var polled = true;
        try
        {
            polled = await poller.Poll(source, revision.Model.Codebases.First(c => c.Name == source.Codebase), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // The border of a task of its own.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(e, source.Name);
        }
        if (polled)
            wakeups.Signal([PollEnded]);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(running.Values);
        try
        {
            await poller.Release(cancellationToken);
        }
        catch (Exception e) when (Database.IsUnavailable(e) || e is OperationCanceledException)
        {
            // They run out by themselves.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The poll of {Source} failed; it will be tried again.")]
    private partial void LogFailed(Exception e, string source);
}

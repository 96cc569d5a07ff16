using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Weir.Shared.Protocol;
using Weir.Worker.Directories;
using Weir.Worker.Journal;

namespace Weir.Worker.Connection;

/// <summary>
/// Knows which shared directories are here, how large they are and who wrote last, tells the engine of a connection, and removes one when the engine says so. Such a wish carries what it knew of the directory's uses: if a
/// command has come since that uses it, it stays. Fields are touched under the gate of the commands.
/// </summary>
internal sealed partial class SharedWatch(WorkDirectory work, HeldCommands held, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly SharedPlaces places = new(work);
    private readonly Dictionary<string, long> uses = [];
    private readonly Dictionary<string, (SharedNote? Note, long Uses, long Bytes)> measured = [];
    private readonly SemaphoreSlim look = new(0, 1);
    private volatile Listing listing = new([]);

    private sealed record Listing(List<SharedDirectoryState> Directories)
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>As they were when they were looked at last.</summary>
    public IReadOnlyList<SharedDirectoryState> Directories => listing.Directories;

    /// <summary>A command was accepted, or has ended.</summary>
    public void Noticed(CommandSpec spec, long command)
    {
        if (spec.Shares.Count == 0)
            return;
        lock (held.Gate)
        {
            foreach (var use in spec.Shares)
                uses[use.At] = Math.Max(command, uses.GetValueOrDefault(use.At));
        }
        Look();
    }

    /// <summary>The engine says that nobody needs it here any more; it knew of these uses.</summary>
    public void Remove(string name, long seen)
    {
        lock (held.Gate)
        {
            if (!places.Names().Contains(name) || Uses(name) != seen || Users(name).Any())
                return;
            LogRemoving(name);
            places.Discard(name);
            uses.Remove(name);
        }
        Look();
    }

    /// <summary>Looks at them whenever something has happened to one, until the agent ends.</summary>
    public async Task Run(CancellationToken ending)
    {
        try
        {
            while (true)
            {
                await look.WaitAsync(ending);
                try
                {
                    await Task.Run(LookOnce, ending);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    LogTrouble(e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the agent ends
        }
    }

    /// <summary>Tells the engine of a connection; ends with it.</summary>
    public async Task Tell(HubConnection hub, Welcome welcome, CancellationToken ending)
    {
        if (welcome.Protocol < WorkerProtocol.WithDirectories)
            return;
        try
        {
            Listing? told = null;
            while (true)
            {
                var now = listing;
                if (now != told && await Told(hub, welcome.Session, now, ending))
                    told = now;
                if (now == told)
                    await now.Over.Task.WaitAsync(ending);
                else
                    await Task.Delay(WorkerProtocol.Ping, time, ending);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // the connection is over
        }
    }

    public void Dispose() => look.Dispose();

    private async Task<bool> Told(HubConnection hub, long session, Listing now, CancellationToken ending)
    {
        try
        {
            await hub.InvokeAsync(nameof(IWorkerHub.Directories), session, now.Directories, ending);
            return true;
        }
        catch (Exception e) when (!ending.IsCancellationRequested)
        {
            LogTrouble(e.Message);
            return false;
        }
    }

    /// <summary>Something may be otherwise than it was.</summary>
    public void Look()
    {
        try
        {
            look.Release();
        }
        catch (SemaphoreFullException)
        {
            // it has not looked yet
        }
    }

    private void LookOnce()
    {
        places.Empty();
        var now = places.Names().Select(State).ToList();
        if (now.SequenceEqual(listing.Directories))
            return;
        var before = listing;
        listing = new(now);
        before.Over.TrySetResult();
    }

    private SharedDirectoryState State(string name)
    {
        var note = SharedNote.Read(places.NoteOf(name));
        long used;
        bool isUsed, isWritten;
        lock (held.Gate)
        {
            used = Uses(name);
            isUsed = Users(name).Any();
            isWritten = Users(name).Any(u => u.Order.Spec.Shares.Any(s => s.At == name && s.Writes));
        }
        // While somebody writes it is not measured: it would be another number in a moment.
        var known = measured.GetValueOrDefault(name);
        if (!isWritten && (known.Note != note || known.Uses != used))
            measured[name] = known = (note, used, Removal.Size(places.Of(name)));
        return new(name, known.Bytes, note?.Build, note is null ? null : note.Ended ?? note.Began, note is null or { Well: true } || isWritten, isUsed, used);
    }

    // What an earlier agent knew stands in the note, as far as it still matters.
    private long Uses(string name) => uses.TryGetValue(name, out var known) ? known
        : uses[name] = held.All.Where(h => h.Order.Spec.Shares.Any(s => s.At == name)).Select(h => h.Id).Append(SharedNote.Read(places.NoteOf(name))?.Command ?? 0).Max();

    private IEnumerable<Held> Users(string name) => held.All.Where(h => !h.Ended && h.Lost is null && h.Order.Spec.Shares.Any(s => s.At == name));

    [LoggerMessage(LogLevel.Information, "The shared directory {Name} is not needed here any more; removing it.")]
    private partial void LogRemoving(string name);

    [LoggerMessage(LogLevel.Warning, "Shared directories: {Reason}")]
    private partial void LogTrouble(string reason);
}

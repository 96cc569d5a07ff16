using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Sources;

/// <summary>Polls one repository once: under its lease, outside any transaction, with the result stored whole or not at all.</summary>
internal sealed partial class GitPoller(PollStore store, Leases leases, MasterOptions master, PollSettings settings, TimeProvider time, ILogger<GitPoller> logger)
{
    private readonly ConcurrentDictionary<string, Leases.Lease> held = [];
    private readonly string cache = Path.Combine(Path.GetFullPath(master.CacheDirectory), "git");

    /// <summary>False if it was not due, or another engine polls it.</summary>
    public async Task<bool> Poll(GitPollerConfiguration poller, CodebaseConfiguration codebase, CancellationToken cancellation)
    {
        var name = $"poll {poller.Name}";
        if (await leases.Take(name, settings.Lease, cancellation) is not { } lease)
            return false;
        if (!await store.Begin(poller.Name, poller.Every < settings.Unfinished ? poller.Every : settings.Unfinished, cancellation))
            return false;
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var done = new CancellationTokenSource();
        var renewing = Renew(name, lease, lost, done.Token);
        KnownBranches? known = null;
        Findings? found = null;
        string? error = null;
        var mirror = Mirror(poller, codebase);
        try
        {
            known = await store.Known(poller.Name, cancellation);
            if (known is not null)
                found = await Look(mirror, poller, codebase, known, lost.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            LogLost(poller.Name);
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException)
        {
            error = ChangeText.Fit(GitAddress.WithoutCredentials(e.Message), 1000);
        }
        finally
        {
            await done.CancelAsync();
            held[name] = lease = await renewing;
        }
        if (error is not null)
        {
            LogFailed(poller.Name, error);
            await store.Fail(lease, poller, error, settings.Jitter(), cancellation);
        }
        else if (found is not null && await store.Store(lease, poller, known!, found, cancellation))
            await Stored(mirror, poller, found, cancellation);
        return true;
    }

    /// <summary>Gives the leases back, so that another engine goes on at once and not only when they have run out.</summary>
    public async Task Release(CancellationToken cancellation)
    {
        foreach (var lease in held.Values)
            await leases.Release(lease, null, cancellation);
        held.Clear();
    }

    // What fails although the server has answered may be the mirror's fault: if it is damaged it is made again, once.
    private static async Task<Findings> Look(GitMirror mirror, GitPollerConfiguration poller, CodebaseConfiguration codebase, KnownBranches known, CancellationToken cancellation)
    {
        if (GitAddress.ProblemOf(codebase.Repository) is { } problem)
            throw new GitException(problem);
        try
        {
            return await new GitLook(mirror, poller, codebase).Find(known, cancellation);
        }
        catch (GitException e) when (!e.IsOfServer)
        {
            if (await mirror.IsWhole(cancellation))
                throw;
            mirror.Discard();
        }
        return await new GitLook(mirror, poller, codebase).Find(known, cancellation);
    }

    private async Task Stored(GitMirror mirror, GitPollerConfiguration poller, Findings found, CancellationToken cancellation)
    {
        foreach (var note in found.Notes)
            LogNote(poller.Name, note);
        if (found.Changes.Count > 0)
            LogFound(poller.Name, found.Changes.Count, found.Moved.Count);
        if (found.Moved.Count == 0)
            return;
        try
        {
            await mirror.MarkSeen(found.Moved, cancellation);
        }
        catch (GitException e)
        {
            LogNote(poller.Name, e.Message); // only a cache: the stored heads are the truth
        }
    }

    private GitMirror Mirror(GitPollerConfiguration poller, CodebaseConfiguration codebase)
    {
        var home = Path.Combine(cache, "home");
        var settingsFile = Path.Combine(home, ".gitconfig");
        if (!File.Exists(settingsFile))
        {
            Directory.CreateDirectory(home);
            // A repository on this machine may belong to another account; it is only read.
            File.WriteAllText(settingsFile, "[safe]\n\tdirectory = *\n");
        }
        var folder = $"{poller.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(codebase.Repository)))[..12]}.git";
        return new(new GitCommand(home, time), Path.Combine(cache, folder), codebase.Repository);
    }

    // Keeps the lease while the poll lasts; answers the last one it had. Whoever cannot renew stops before the others may begin.
    private async Task<Leases.Lease> Renew(string name, Leases.Lease lease, CancellationTokenSource lost, CancellationToken done)
    {
        var renewed = time.GetTimestamp();
        while (true)
        {
            try
            {
                await Task.Delay(settings.Lease / 3, time, done);
                if (await leases.Take(name, settings.Lease, CancellationToken.None) is not { } next)
                {
                    await lost.CancelAsync();
                    return lease;
                }
                lease = next;
                renewed = time.GetTimestamp();
            }
            catch (OperationCanceledException)
            {
                return lease;
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                if (time.GetElapsedTime(renewed) < settings.Lease * 2 / 3)
                    continue;
                await lost.CancelAsync();
                return lease;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Poller}: {Changes} changes on {Branches} branches.")]
    private partial void LogFound(string poller, int changes, int branches);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Poller}: {Note}.")]
    private partial void LogNote(string poller, string note);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Poller} could not be polled: {Error}")]
    private partial void LogFailed(string poller, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Poller}: another engine has taken over; what was found is left to it.")]
    private partial void LogLost(string poller);
}

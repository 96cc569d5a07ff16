using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>The builds this engine drives: started here or come over with a hello. Each has one runner.</summary>
internal sealed partial class OwnedBuilds(
    Database database, CommandIngest ingest, Transitions transitions, LockRelay relay, BuildLoading loading, IHostApplicationLifetime lifetime, StoredSecrets secrets, TimeProvider time, ILogger<OwnedBuilds> logger) : IOwnedBuilds
{
    // More commands than are given out between a dump and its use; if not, the next one leaps again.
    private const long Leap = 1_000_000;
    private readonly ConcurrentDictionary<long, BuildRunner> runners = new();

    public BuildRunner? Find(long build) => runners.GetValueOrDefault(build);

    public IReadOnlyCollection<BuildRunner> All => [.. runners.Values];

    /// <summary>Some build of ours waits for builds that it has set off.</summary>
    public bool AnyWaitsForTriggered => runners.Any(r => r.Value.WaitsForTriggered);

    /// <summary>A build that was just claimed.</summary>
    public void Start(BuildState build, WorkerSession session) => Run(Runner(build, session, new HashSet<long>()));

    /// <summary>A build of ours that nobody drives. False: somebody does, or this engine is about to end. Its open command is sent, perhaps once more: the worker knows what it has.</summary>
    public bool TakeUp(BuildState build, WorkerSession session)
    {
        if (runners.ContainsKey(build.BuildId) || lifetime.ApplicationStopping.IsCancellationRequested)
            return false;
        Run(Runner(build, session, new HashSet<long>()));
        return true;
    }

    public async Task Adopt(WorkerSession session, IReadOnlyList<AdoptedBuild> builds, CancellationToken cancellation)
    {
        var ours = builds.Select(b => b.BuildId).ToHashSet();
        foreach (var stale in runners.Values.Where(r => r.WorkerId == session.WorkerId && !ours.Contains(r.BuildId)))
            stale.Drop();
        var adopted = new List<BuildRunner>();
        foreach (var build in builds)
        {
            if (runners.TryRemove(build.BuildId, out var before))
                before.Drop();
            if (await loading.Load(build.BuildId, cancellation) is not { } state || state.Epoch != build.Epoch)
                continue;
            var runner = Runner(state, session, build.Commands.Where(c => c.Held).Select(c => c.Id).ToHashSet());
            runner.Expect();
            adopted.Add(runner);
        }
        foreach (var runner in adopted)
            Run(runner);
    }

    public ValueTask Append(WorkerSession session, Piece piece, CancellationToken cancellation) => ingest.Append(session, piece, cancellation);

    public async Task Refused(WorkerSession session, long command, string reason, CancellationToken cancellation)
    {
        LogRefused(session.Name, command, reason);
        // The worker forgets a command only when it was told that its end is stored: if the store does not know that end, it was restored from before it.
        var isOver = reason == WorkerProtocol.FinishedBefore;
        if (ingest.Find(command) is not { } track || track.Session != session || (track.Applied > 0 && !isOver))
            return;
        var frame = isOver
            ? new EndedFrame { Kind = EndKind.Lost, Reason = "The worker has finished this command and forgotten it; the store, restored from an earlier moment, never heard of the end." }
            : new EndedFrame { Kind = EndKind.CouldNotStart, Reason = "the worker refused it: " + reason };
        var stored = await database.QuerySingle<long?>("""
            WITH mine AS (SELECT build_id FROM build_owners WHERE build_id = @BuildId AND epoch = @Epoch FOR SHARE)
            UPDATE commands SET ended = @frame::jsonb WHERE id = @command AND ended IS NULL AND (applied = 0 OR @isOver) AND build_id IN (SELECT build_id FROM mine) RETURNING id
            """, new { track.BuildId, track.Epoch, command, isOver, frame = ConfigurationJson.Write<EndedFrame>(frame) }, cancellation);
        if (stored is null)
            return;
        // The numbers that were given after the moment of the dump would be given again, and workers know them: no later command takes one of those.
        if (isOver)
            await database.Query<long>("SELECT setval(pg_get_serial_sequence('commands', 'id'), nextval(pg_get_serial_sequence('commands', 'id')) + @Leap)", new { Leap }, cancellation);
        ingest.Untrack(track);
        track.End(frame);
    }

    private BuildRunner Runner(BuildState build, WorkerSession session, IReadOnlySet<long> sent) => new(build, session, sent, ingest, transitions, relay, loading, secrets, time, logger);

    private void Run(BuildRunner runner)
    {
        runners[runner.BuildId] = runner;
        _ = Drive(runner);
    }

    private async Task Drive(BuildRunner runner)
    {
        var over = false;
        try
        {
            over = await runner.Run(lifetime.ApplicationStopping);
        }
#pragma warning disable CA1031 // The border of a build: a bug in one must not end the engine, and must be said.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBroken(e, runner.BuildId);
            await Break(runner, e);
        }
        finally
        {
            runners.TryRemove(new KeyValuePair<long, BuildRunner>(runner.BuildId, runner));
            runner.Dispose();
            // The end of a build wakes whoever waits, in its own transaction. One that was left is looked after.
            if (!over)
                database.Nudge([WakeTopic.Queue]);
        }
    }

    // A bug of ours ends the build as an exception; leaving it open for ever would be worse.
    private async Task Break(BuildRunner runner, Exception why)
    {
        try
        {
            if (await loading.Load(runner.BuildId, CancellationToken.None) is { } state && state.Epoch == runner.Epoch)
                await BuildEnding.EndNow(transitions, state, Shared.Builds.BuildResult.Exception, "internal error: " + why.Message, CancellationToken.None);
        }
#pragma warning disable CA1031 // Nothing is left to be done here; the abandoned-builds duty finds it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogBroken(e, runner.BuildId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The runner of build {Build} failed.")]
    private partial void LogBroken(Exception e, long build);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} refused command {Command}: {Reason}")]
    private partial void LogRefused(string worker, long command, string reason);
}

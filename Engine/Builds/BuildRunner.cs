using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// Drives one build under one epoch: step after step, each transition stored before the next begins. It may be dropped at any point; whoever adopts the build makes a runner of
/// the same kind from the store, which goes on where this one was.
/// </summary>
internal sealed partial class BuildRunner(
    BuildState build, WorkerSession session, IReadOnlySet<long> alreadySent, CommandIngest ingest, Transitions transitions, LockRelay relay, BuildLoading loading, StoredSecrets storedSecrets, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly HashSet<long> sent = [.. alreadySent];
    private readonly CancellationTokenSource dropped = new();
    private readonly SemaphoreSlim awakened = new(0);
    private volatile bool locksAreThere;
    private volatile bool waitsForTriggered;
    private long turn;
    private CommandTrack? running;

    // The last piece of the command that has ended: stored with what follows from it. Not when the store refused one: then that is found out by who stores pieces one by one.
    private LastPiece? unstored;
    private bool storesEnds = true;

    public long BuildId => build.BuildId;
    public long WorkerId => build.WorkerId;
    public long Epoch => build.Epoch;
    public WorkerSession Session => session;

    /// <summary>It has waited, or waits, for builds that it has set off.</summary>
    public bool WaitsForTriggered => waitsForTriggered;
    public StopWish? Wished => build.Stop;

    /// <summary>Somebody else drives the build from now on (or nobody, when the engine ends).</summary>
    public void Drop()
    {
        try
        {
            dropped.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had just ended by itself.
        }
    }

    /// <summary>Makes the open command known to the ingest, so that pieces of it can come.</summary>
    public void Expect()
    {
        if (build.Current is { } step && step.Commands.LastOrDefault() is { Ended: null } command)
            Track(step, command);
    }

    /// <summary>The step that waits may have all its locks now. May be said more than once, and too early: it is the store that says whether it has.</summary>
    public void LocksAreThere()
    {
        if (build.Current is not { WaitsForLocks: true })
            return;
        locksAreThere = true;
        awakened.Release();
    }

    /// <summary>It is the turn of what the step asked for in this claim, and it may take it. May be said more than once, too early (before it is known here that the step waits) and too late: it is the store that says whether it can be had.</summary>
    public void TakeLocks(long claim)
    {
        Interlocked.Exchange(ref turn, claim);
        awakened.Release();
    }

    /// <summary>Something it waits for may be there: the builds that it has set off have ended, or it has its slot again. May be said more than once, and too early.</summary>
    public void Awake() => awakened.Release();

    /// <summary>The stored wish to stop has been seen.</summary>
    public async Task Stop(StopWish wish)
    {
        build.Stop = build.Stop is null or { Again: true } ? wish : build.Stop;
        awakened.Release();
        if (running is { } track)
            await session.Link.Interrupt(new(session.Number, track.Id, build.Epoch, wish.Reason ?? "stopped by " + wish.By));
    }

    public void Dispose()
    {
        dropped.Dispose();
        awakened.Dispose();
    }

    /// <summary>Drives the build until it is over (true), or until somebody else does.</summary>
    public async Task<bool> Run(CancellationToken engineStops)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(engineStops, dropped.Token);
        var cancellation = either.Token;
        while (true)
        {
            try
            {
                while (await Advance(cancellation))
                {
                }
                return true;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (OwnershipLostException)
            {
                LogHandedOver(build.BuildId, build.Epoch);
                return false;
            }
            catch (Exception e) when ((Database.IsUnavailable(e) && !Database.IsFault(e)) || e is CommitUnknownException || (unstored is not null && Database.IsFault(e)))
            {
                storesEnds &= !Database.IsFault(e);
                // What the last transition came to is not known; the store knows.
                LogStoreAway(build.BuildId, e.Message);
                if (!await Reload(cancellation))
                    return false;
            }
        }
    }

    // One transition. False when the build is over.
    private async Task<bool> Advance(CancellationToken cancellation)
    {
        if (build.Current is not { } step)
            return await GoOn(null, cancellation);
        if (step.Commands.LastOrDefault() is { Ended: null } command)
        {
            await WaitForEnd(step, command, cancellation);
            return true;
        }
        if (step.WaitsForLocks && (build.Stop is null || step.AfterStop))
        {
            await WaitForLocks(step, cancellation);
            return true;
        }
        var work = StepWork.For(step.Configuration);
        if (work is TriggerStep trigger)
        {
            var triggered = await WaitForTriggered(step, trigger, cancellation);
            await WaitForSlot(step, trigger, triggered, cancellation);
            return await GoOn((step, build.Stop is null || step.AfterStop ? triggered : triggered with { Results = BuildResult.Cancelled }), cancellation);
        }
        var ended = step.Commands.Select(c => c.Ended!).ToArray();
        StepOutcome outcome;
        try
        {
            var context = build.Context();
            if ((build.Stop is null || step.AfterStop) && Sending.Next(step, context, ended, build, session) is { } next)
            {
                if (unstored is not null)
                    Crash.At("ingest.store.before");
                await transitions.AddCommand(build, step, next, unstored, session, cancellation);
                await Acknowledge();
                return true;
            }
            outcome = ended.Length == 0 && build.Stop is not null && !step.AfterStop ? new(BuildResult.Cancelled, "stopped") : work.Outcome(context, ended);
        }
        catch (ExpressionException e)
        {
            outcome = new(BuildResult.Exception, e.Message);
        }
        return await GoOn((step, outcome), cancellation);
    }

    // False when that was the end.
    private async Task<bool> GoOn((StepState, StepOutcome)? ending, CancellationToken cancellation)
    {
        var transition = Walk.On(build, ending, session);
        if (unstored is not null)
            Crash.At("ingest.store.before");
        await transitions.Store(build, transition, unstored, session, cancellation);
        await Acknowledge();
        if (transition.Locks.Count > 0)
            Crash.At("locks.asked");
        if (transition.Trigger is not null)
            Crash.At("trigger.begun");
        if (transition.End is null)
            return true;
        LogFinished(build.Plan.Builder.Name, build.Number, build.Result);
        return false;
    }

    // Ends when the locks are there and it has gone on (by itself, or taken along by who had them), or somebody wishes the build to stop: then it goes on without them.
    private async Task WaitForLocks(StepState step, CancellationToken cancellation)
    {
        var standing = new StandingStep(build, step, session, Awake);
        relay.Stand(standing);
        try
        {
            while (true)
            {
                await standing.Hold();
                if (!step.WaitsForLocks || (build.Stop is not null && !step.AfterStop) || await TakeLocks(step, cancellation))
                    return;
                standing.LetGo();
                await awakened.WaitAsync(cancellation);
            }
        }
        finally
        {
            relay.Leave(standing);
        }
    }

    // If somebody has said that they are there, or that it is its turn. False: it waits still.
    private async Task<bool> TakeLocks(StepState step, CancellationToken cancellation)
    {
        // Before the store is asked: who says it meanwhile is heard.
        var claim = Interlocked.Exchange(ref turn, 0);
        if (claim == 0 && !locksAreThere && !step.LocksGranted)
            return false;
        (locksAreThere, step.LocksGranted) = (false, false);
        if (build.Plan.AsksForNames(step.Number) && !await transitions.ReadNames(build, step, cancellation) && claim == 0)
            return false;
        var (first, trigger) = Walk.Continuing(build, step, session);
        Crash.At("locks.there");
        return await transitions.Unlocked(build, step, claim, first, trigger, session, cancellation);
    }

    // Whoever is stopped calls off what he waits for, and waits until it is over: only then is his place on the worker his own again.
    private async Task<StepOutcome> WaitForTriggered(StepState step, TriggerStep trigger, CancellationToken cancellation)
    {
        // Before the store is asked: what ends meanwhile is told.
        waitsForTriggered = true;
        while (true)
        {
            var set = await transitions.Triggered(step.Id, cancellation);
            var stopped = build.Stop is not null && !step.AfterStop;
            if (set is null && stopped)
                return new(BuildResult.Cancelled, "stopped");
            if (trigger.Outcome(set) is { } outcome)
                return stopped ? outcome with { Results = BuildResult.Cancelled } : outcome;
            if (stopped)
                await transitions.CancelTriggered(build, set!, build.Stop!, cancellation);
            await awakened.WaitAsync(cancellation);
        }
    }

    // Whoever gave his slot up goes on when he has one again; but what ends without another step needs none.
    private async Task WaitForSlot(StepState step, TriggerStep trigger, StepOutcome outcome, CancellationToken cancellation)
    {
        while (trigger.ReleasesSlot && build.MayRunAfter(step, outcome.Results))
        {
            if (await transitions.HasSlot(build, step, cancellation))
                return;
            Crash.At("slot.asked");
            await awakened.WaitAsync(cancellation);
        }
    }

    private async Task WaitForEnd(StepState step, CommandState command, CancellationToken cancellation)
    {
        var track = Track(step, command);
        running = track;
        try
        {
            await session.Ready.WaitAsync(cancellation);
            if (sent.Add(command.Id))
            {
                Crash.At("command.send.before");
                var stored = await storedSecrets.ForBuild(build.Plan.SecretSources, [.. WorkerAbilities.SecretNames(command.Spec)], build.Plan.Builder.Name, build.Plan.Builder.Project, build.BuildId, cancellation);
                if (Sending.Secrets(command.Spec, build.Plan, stored, out var secrets) is { } missing)
                {
                    command.Ended = await transitions.EndUnsent(build, command, missing, cancellation);
                    ingest.Untrack(track);
                    await session.Link.Forget(session.Number, command.Id);
                    return;
                }
                await session.Link.Start(new StartOrder { Session = session.Number, Command = command.Id, Epoch = build.Epoch, Spec = command.Spec, Secrets = secrets });
                Crash.At("command.send.after");
            }
            if (build.Stop is { } wish && !step.AfterStop)
                await session.Link.Interrupt(new(session.Number, command.Id, build.Epoch, wish.Reason ?? "stopped by " + wish.By));
            (command.Ended, unstored) = await track.Ended.WaitAsync(cancellation);
            // The ingest may have read the log's counts again from the store.
            step.Log = track.Log;
        }
        finally
        {
            running = null;
        }
    }

    private CommandTrack Track(StepState step, CommandState command)
    {
        if (ingest.Find(command.Id) is { } known && known.Session == session && known.Epoch == build.Epoch)
            return known;
        var track = new CommandTrack(command.Id, build.BuildId, build.Epoch, session, step.Log, command.Applied) { OtherLogs = step.OtherLogs, StoredByRunner = storesEnds };
        ingest.Track(track);
        return track;
    }

    // What was to be stored with the transition is: its worker need not keep it.
    private async Task Acknowledge()
    {
        if (unstored is not { } piece)
            return;
        unstored = null;
        Crash.At("ingest.store.after");
        ingest.Untrack(piece.Track);
        await session.Link.Applied(new(session.Number, piece.Track.Id, piece.To, false));
        Crash.At("ingest.acknowledge.after");
    }

    // Whether it was stored is known now. If not, its worker sends it again.
    private async Task Settle(LastPiece piece)
    {
        if (build.Current is { } step && step.Commands.LastOrDefault() is { Ended: null } command && command.Id == piece.Track.Id)
        {
            var track = Track(step, command);
            track.Rewinding = true;
            await session.Link.Applied(new(session.Number, track.Id, track.Applied, true));
            return;
        }
        await session.Link.Applied(new(session.Number, piece.Track.Id, piece.To, false));
    }

    // The state is what the store says; what was written behind an unknown commit is found there, or not. It may be on its way still: we become the next owner after ourselves, which
    // waits for what has begun and refuses what has not.
    private async Task<bool> Reload(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellation);
                if (await transitions.RaiseEpoch(build, cancellation) is not { } epoch || await loading.Load(build.BuildId, cancellation) is not { } fresh || fresh.Epoch != epoch)
                {
                    // It has ended, most likely. If somebody else has it, this session is over, and its worker does not listen.
                    if (unstored is { } over)
                        await session.Link.Forget(session.Number, over.Track.Id);
                    return false;
                }
                fresh.Stop ??= build.Stop;
                build = fresh;
                locksAreThere = false;
                if (unstored is { } piece)
                    await Settle(piece);
                unstored = null;
                return true;
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                LogStoreAway(build.BuildId, e.Message);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Builder} #{Number} ended: {Results}.")]
    private partial void LogFinished(string builder, int number, BuildResult results);

    [LoggerMessage(Level = LogLevel.Information, Message = "Build {Build} was taken over by another engine (our epoch was {Epoch}).")]
    private partial void LogHandedOver(long build, long epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Build {Build} waits for the store: {Message}")]
    private partial void LogStoreAway(long build, string message);
}

using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Locks;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>This engine no longer owns the build; whoever does goes on with it.</summary>
internal sealed class OwnershipLostException(long build) : Exception($"Build {build} belongs to another engine now.");

/// <summary>
/// The steps of a build's life, as rows. Every transition is one batch that begins with the fence (invariant 3a): it is stored as a whole, and only if the build is still owned under
/// our epoch.
/// </summary>
internal sealed class Transitions(Database database, LockRelay relay, Partitions partitions, TimeProvider time)
{
    /// <summary>How often a build is tried again when its worker is lost.</summary>
    public const int MaxAttempts = 5;

    // One who has to wait is seen by others when the next ones have come too.
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);
    private int looksSoon;

    private sealed record NamesRow
    {
        public string Lock { get; init; } = "";
        public int Until { get; init; }
        public string[] Names { get; init; } = [];
        public bool Held { get; init; }
    }

    /// <summary>A step that goes on in the transaction that frees its locks.</summary>
    private sealed record TakenAlong(StandingStep Standing, CommandSpec Command, DateOnly Expiry, string Waiting);

    /// <summary>Stores a transition; what it began has its ids then. If it frees locks, the step of another build that is next in their line goes on with it.</summary>
    /// <param name="build">Whose.</param>
    /// <param name="transition">What.</param>
    /// <param name="unstored">The last piece of the command that ended before it, if it is to be stored with it.</param>
    /// <param name="session">Whose worker gets the command.</param>
    /// <param name="cancellation">For who asks.</param>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public async Task Store(BuildState build, Transition transition, LastPiece? unstored, WorkerSession? session, CancellationToken cancellation)
    {
        var expiry = await LogExpiry(build, cancellation);
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        unstored?.Add(batch, completes: transition.Ending is not null);
        if (transition.Ending is var (step, outcome))
            StepStatements.End(batch, build, step, outcome);
        StepStatements.Pass(batch, build, transition.Passed);
        if (transition.Begun is { } begins)
        {
            LockStatements.Withdraw(batch, build, transition.Withdrawn);
            if (transition.FreesLocks)
                LockStatements.Free(batch, build, begins.Number);
            StepStatements.Begin(batch, build, begins, transition.Command, session, expiry);
            LockStatements.Ask(batch, build, transition.Locks);
            if (transition.Trigger is { } order)
                TriggerStatements.Submit(batch, build, begins, order);
        }
        if (transition.End is { } end)
            EndStatements.Add(batch, build, end);
        var frees = transition.FreesLocks || (transition.End is not null && build.Plan.UsesLocks);
        var along = frees ? await TakeAlong(batch, build, cancellation) : null;
        TransitionAnswer stored;
        try
        {
            stored = await Send(build, batch, (reader, stop) => TransitionAnswer.Read(reader, build, stop), cancellation);
        }
        catch (PostgresException e) when (along is not null && Database.IsFault(e) && !StoreBatch.IsNotMoved(e))
        {
            // Perhaps for what the other one brought with him: then he alone has to do with it.
            along.Standing.GoesAlone = true;
            Left(along, null);
            await Store(build, transition, unstored, session, cancellation);
            return;
        }
        catch (Exception e) when (along is not null)
        {
            // Refused: it waits still, and has its turn when somebody looks. Else only the store knows.
            var refused = e is OwnershipLostException or PostgresException;
            Left(along, refused ? null : e);
            database.Nudge([WakeTopic.Locks]);
            throw;
        }
        if (transition.Begun is not null)
            stored.Begun[0].Tell(transition.Begun, transition.Command, expiry);
        Asked(stored.Asked);
        if (along is not null)
            Passed(along, build, transition, stored.Begun.ElementAtOrDefault(transition.Begun is null ? 0 : 1));
        else if (frees && transition.End is not null)
            relay.Ended(build.BuildId);
    }

    /// <summary>A step has asked for these locks, and that is committed. Somebody looks at once whether it can have them, unless it is known here that it cannot: then whoever frees them passes them on.</summary>
    public void Asked(IReadOnlyList<LockState.ClaimRow> claims)
    {
        if (claims.Count == 0)
            return;
        if (relay.Asked(claims))
            database.Nudge([WakeTopic.Locks]);
        else if (Interlocked.Exchange(ref looksSoon, 1) == 0)
            _ = LookSoon();
    }

    private async Task LookSoon()
    {
        await Task.Delay(Soon, time);
        Volatile.Write(ref looksSoon, 0);
        database.Nudge([WakeTopic.Locks]);
    }

    // Who is next in the line of what this build frees, if that can be told here and he needs nothing but the locks.
    private async Task<TakenAlong?> TakeAlong(StoreBatch batch, BuildState build, CancellationToken cancellation)
    {
        if (relay.Next(build.BuildId) is not var (standing, claim))
            return null;
        var (other, step, waiting) = (standing.Build, standing.Step, standing.Step.StateText);
        try
        {
            if (other.Plan.AsksForNames(step.Number) || Walk.Continuing(other, step, standing.Session) is not { Command: { } command, Trigger: null })
            {
                relay.LetGo(standing);
                return null;
            }
            var expiry = await LogExpiry(other, cancellation);
            var theirs = new StoreBatch();
            LockStatements.Lock(theirs, other, checksOwner: true);
            step.StateText = StepWork.For(step.Configuration).Doing;
            StepStatements.Continue(theirs, other, step, claim, command, standing.Session, expiry);
            batch.Append(theirs);
            batch.WakeLater(WakeTopic.Locks);
            return new(standing, command, expiry, waiting);
        }
        catch (Exception e)
        {
            step.StateText = waiting;
            standing.GoesAlone = Database.IsFault(e);
            relay.LetGo(standing);
            // What cannot be prepared of the other one is for himself to say.
            if (standing.GoesAlone)
                return null;
            throw;
        }
    }

    private void Passed(TakenAlong along, BuildState build, Transition transition, BegunStep? begun)
    {
        var (standing, command, expiry, _) = along;
        if (begun is null)
        {
            Left(along, null);
            database.Nudge([WakeTopic.Locks]);
            return;
        }
        begun.Tell(standing.Step, command, expiry);
        standing.Step.WaitsForLocks = false;
        relay.LetGo(standing);
        // What a build holds that goes on is not known here.
        if (transition.End is null || relay.Passed(build.BuildId, standing.Build.BuildId))
            database.Nudge([WakeTopic.Locks]);
    }

    private void Left(TakenAlong along, Exception? unknown)
    {
        along.Standing.Step.StateText = along.Waiting;
        relay.LetGo(along.Standing, unknown);
    }

    /// <summary>
    /// A step that waited for its locks begins in earnest, with its first command or with what it sets off, if there is one. False: the store says that it does not have them (yet), and
    /// nothing was written; who was told so had it from an earlier moment.
    /// </summary>
    /// <param name="build">Whose.</param>
    /// <param name="step">Which.</param>
    /// <param name="claim">What it asked for, if it is its turn to take that; 0: it has been given it.</param>
    /// <param name="command">Its first command.</param>
    /// <param name="trigger">What it sets off.</param>
    /// <param name="session">Whose worker gets the command.</param>
    /// <param name="cancellation">For who asks.</param>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public async Task<bool> Unlocked(BuildState build, StepState step, long claim, CommandSpec? command, TriggerOrder? trigger, WorkerSession session, CancellationToken cancellation)
    {
        var expiry = await LogExpiry(build, cancellation);
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        var waiting = step.StateText;
        step.StateText = StepWork.For(step.Configuration).Doing;
        if (claim != 0)
            LockStatements.Lock(batch, build);
        StepStatements.Continue(batch, build, step, claim, command, session, expiry);
        StepStatements.Properties(batch, build, GivenNames.Source, build.Given.Where(g => g.Until is not null).Select(g => g.Property).ToDictionary(p => p.Name, p => p.Value));
        if (trigger is not null)
            TriggerStatements.Submit(batch, build, step, trigger);
        if (await Send(build, batch, Read, cancellation) is not { } begun)
        {
            step.StateText = waiting;
            return false;
        }
        begun.Tell(step, command, expiry);
        step.WaitsForLocks = false;
        relay.Took(build.BuildId);
        return true;

        async Task<BegunStep?> Read(NpgsqlDataReader reader, CancellationToken stop)
        {
            if (claim != 0)
                await reader.NextResultAsync(stop); // the rows of its locks
            await reader.NextResultAsync(stop); // behind the fence
            return await BegunStep.Read(reader, stop);
        }
    }

    /// <summary>A further command of a step.</summary>
    /// <param name="build">Whose.</param>
    /// <param name="step">Of which step.</param>
    /// <param name="spec">The command.</param>
    /// <param name="unstored">The last piece of the command before it, if it is to be stored with this one.</param>
    /// <param name="session">Whose worker gets it.</param>
    /// <param name="cancellation">For who asks.</param>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public async Task AddCommand(BuildState build, StepState step, CommandSpec spec, LastPiece? unstored, WorkerSession session, CancellationToken cancellation)
    {
        var ordinal = step.Commands.Count;
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        unstored?.Add(batch, completes: false);
        StepStatements.Command(batch, build, step, ordinal, spec, session);
        step.Commands.Add(new(await Send(build, batch, ReadId, cancellation), ordinal, spec, 0));

        async Task<long> ReadId(NpgsqlDataReader reader, CancellationToken cancellation)
        {
            await reader.NextResultAsync(cancellation); // behind the fence
            if (unstored is not null)
                await reader.NextResultAsync(cancellation);
            await reader.ReadAsync(cancellation);
            return reader.GetInt64(0);
        }
    }

    /// <summary>Which named things a step that waited has been given. Once they are given they stay the same. False: it waits still, whatever woke it.</summary>
    public async Task<bool> ReadNames(BuildState build, StepState step, CancellationToken cancellation)
    {
        var rows = await database.Query<NamesRow>("""
            SELECT weir_called('locks', c.lock_id, b.config_revision_id) AS lock, c.until_step AS until, c.names, c.held_at IS NOT NULL AS held FROM lock_claims c JOIN builds b ON b.id = c.build_id WHERE c.build_id = @BuildId AND c.until_step >= @Number
            """, new { build.BuildId, step.Number }, cancellation);
        if (rows.Any(r => !r.Held))
            return false;
        build.Given.RemoveAll(g => g.Until is not null);
        build.Given.AddRange(rows.Where(r => r.Names.Length > 0).Select(r => new GivenNames(r.Lock, r.Until, r.Names)));
        foreach (var property in build.Given.Select(g => g.Property))
            build.Properties[property.Name] = property;
        return true;
    }

    /// <summary>What a step has set off; null: nothing.</summary>
    public Task<TriggeredSet?> Triggered(long step, CancellationToken cancellation) => database.QuerySingle<TriggeredSet>("""
        SELECT t.buildset_id, (SELECT count(*)::int FROM requests r WHERE r.buildset_id = t.buildset_id) AS requests, s.completed_at IS NOT NULL AS complete, s.results
        FROM triggers t JOIN buildsets s ON s.id = t.buildset_id WHERE t.step_id = @step
        """, new { step }, cancellation);

    /// <summary>Asks for a slot on the build's worker, if it has none. Answers whether it has one.</summary>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public Task<bool> HasSlot(BuildState build, StepState step, CancellationToken cancellation)
    {
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        TriggerStatements.AskSlot(batch, build, step);
        return Send(build, batch, async static (reader, stop) =>
        {
            await reader.NextResultAsync(stop); // behind the fence
            await reader.ReadAsync(stop);
            return reader.GetBoolean(0);
        }, cancellation);
    }

    /// <summary>What a step waits for is called off.</summary>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public Task CancelTriggered(BuildState build, TriggeredSet set, StopWish wish, CancellationToken cancellation)
    {
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        TriggerStatements.Cancel(batch, set.BuildsetId, wish.By, wish.Reason);
        return Send(build, batch, static (_, _) => Task.FromResult(true), cancellation);
    }

    /// <summary>A command that cannot be sent ends before it has begun.</summary>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public async Task<EndedFrame> EndUnsent(BuildState build, CommandState command, string why, CancellationToken cancellation)
    {
        var fate = new EndedFrame { Kind = EndKind.CouldNotStart, Reason = why };
        var batch = StoreBatch.Fenced(build.BuildId, build.Epoch);
        batch.Add("UPDATE commands SET ended = $1::jsonb WHERE id = $2 AND ended IS NULL AND applied = 0", StoreBatch.P(ConfigurationJson.Write(fate)), StoreBatch.P(command.Id));
        await Send(build, batch, static (_, _) => Task.FromResult(true), cancellation);
        return fate;
    }

    /// <summary>Whatever was sent under our epoch and has not been answered is over when this returns: stored and to be read, or refused. Answers the epoch from now on; null: the build is not ours.</summary>
    public Task<long?> RaiseEpoch(BuildState build, CancellationToken cancellation) => database.QuerySingle<long?>(
        "UPDATE build_owners SET epoch = epoch + 1 WHERE build_id = @BuildId AND epoch = @Epoch RETURNING epoch", new { build.BuildId, build.Epoch }, cancellation);

    /// <summary>The first transition of a build that is being claimed, behind its own statements in the claim's transaction. Whoever commits it tells what it has asked for (<see cref="Asked"/>).</summary>
    public static void AddFirst(StoreBatch batch, BuildState build, Transition transition, WorkerSession session, DateOnly expiry)
    {
        StepStatements.Pass(batch, build, transition.Passed);
        LockStatements.Ask(batch, build, transition.Locks);
        StepStatements.BeginFirst(batch, build, transition.Begun!, transition.Command, session, expiry);
        if (transition.Trigger is { } order)
            TriggerStatements.Submit(batch, build, transition.Begun!, order);
    }

    /// <summary>Takes the ids of what <see cref="AddFirst"/> began from the result that the reader stands at, or the next one. Answers what it has asked for.</summary>
    public static async Task<IReadOnlyList<LockState.ClaimRow>> TakeFirst(BuildState build, Transition transition, DateOnly expiry, NpgsqlDataReader reader, CancellationToken cancellation)
    {
        IReadOnlyList<LockState.ClaimRow> asked = [];
        if (transition.Locks.Count > 0)
        {
            asked = await LockStatements.ReadAsked(reader, build, cancellation);
            await reader.NextResultAsync(cancellation);
        }
        (await BegunStep.Read(reader, cancellation))!.Tell(transition.Begun!, transition.Command, expiry);
        return asked;
    }

    /// <summary>Makes sure that the log of a step that is about to begin has its partition. Outside the transition, since it may wait for a lock of the catalogue.</summary>
    public Task<DateOnly> LogExpiry(BuildState build, CancellationToken cancellation) => LogExpiry(build.Plan.Builder.Keep.Logs, cancellation);

    public Task<DateOnly> LogExpiry(TimeSpan keep, CancellationToken cancellation) => partitions.EnsureExpiry(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime + keep), cancellation);

    private async Task<T> Send<T>(BuildState build, StoreBatch batch, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            return await database.Send(batch, read, cancellation);
        }
        catch (PostgresException e) when (StoreBatch.IsNotOwned(e))
        {
            throw new OwnershipLostException(build.BuildId);
        }
    }
}

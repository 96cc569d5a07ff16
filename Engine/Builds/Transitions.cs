using System.Text.Json.Nodes;
using Weir.Engine.Configuration;
using Weir.Engine.Logs;
using Weir.Engine.Queue;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>This engine no longer owns the build; whoever does goes on with it.</summary>
internal sealed class OwnershipLostException(long build) : Exception($"Build {build} belongs to another engine now.");

/// <summary>
/// The steps of a build's life, as rows. Every transition is one transaction that begins with the fence (invariant 3a): it writes only if the build is still owned under our epoch.
/// </summary>
internal sealed class Transitions(Database database, Partitions partitions, TimeProvider time)
{
    /// <summary>How often a build is tried again when its worker is lost.</summary>
    public const int MaxAttempts = 5;

    /// <summary>Runs the writes of one transition behind the fence.</summary>
    /// <exception cref="OwnershipLostException">The epoch has moved on; nothing was written.</exception>
    public Task Owned(BuildState build, Func<StoreTransaction, Task> writes, CancellationToken cancellation) => database.Write(async unit =>
    {
        if (await unit.QuerySingle<long?>("SELECT build_id FROM build_owners WHERE build_id = @BuildId AND epoch = @Epoch FOR SHARE", build) is null)
            throw new OwnershipLostException(build.BuildId);
        await writes(unit);
    }, cancellation);

    /// <summary>Makes sure that the log of a step that is about to begin has its partition. Outside the transition, since it may wait for a lock of the catalogue.</summary>
    public Task<DateOnly> LogExpiry(BuildState build, CancellationToken cancellation) =>
        partitions.EnsureExpiry(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime + build.Plan.Builder.Keep.Logs), cancellation);

    public static async Task<StepState> BeginStep(StoreTransaction unit, BuildState build, int number, string doing, bool withLog, DateOnly logExpiry)
    {
        var configuration = build.Plan.Builder.Steps[number];
        var id = await unit.QuerySingle<long>("""
            WITH b AS (UPDATE builds SET state_text = @name WHERE id = @BuildId)
            INSERT INTO steps (build_id, number, name, kind, state_text, started_at) VALUES (@BuildId, @number, @name, @kind, @doing, weir_now()) RETURNING id
            """, new { build.BuildId, number, name = configuration.Name, kind = Kind(configuration), doing });
        var step = new StepState(id, number, configuration) { StateText = doing, AfterStop = build.Stop is not null };
        if (withLog)
            step.Log = await LogWriter.Open(unit, build.BuildId, id, "stdio", logExpiry);
        unit.Add(new WeirEvent { Kind = EventKind.StepStarted, BuildId = build.BuildId, StepId = id, BuilderId = build.BuilderId });
        return step;
    }

    public static async Task<CommandState> AddCommand(StoreTransaction unit, BuildState build, StepState step, CommandSpec spec, WorkerSession session)
    {
        var ordinal = step.Commands.Count;
        var id = await unit.QuerySingle<long>("""
            INSERT INTO commands (build_id, step_id, ordinal, worker_id, instance, boot, spec, log_id)
            VALUES (@BuildId, @stepId, @ordinal, @WorkerId, @Instance, @Boot, @spec::jsonb, @log) RETURNING id
            """, new { build.BuildId, stepId = step.Id, ordinal, session.WorkerId, session.Instance, session.Boot, spec = ConfigurationJson.Write(spec), log = step.Log?.Id });
        return new(id, ordinal, spec, 0);
    }

    public static async Task EndStep(StoreTransaction unit, BuildState build, StepState step, StepOutcome outcome)
    {
        await unit.Execute("UPDATE steps SET completed_at = weir_now(), results = @results, state_text = @StateText, outputs = @outputs::jsonb WHERE id = @Id",
            new { results = (short)outcome.Results, outcome.StateText, outputs = ConfigurationJson.Write(outcome.Outputs), step.Id });
        if (step.Log is not null)
            await LogWriter.CompleteOfStep(unit, step.Id);
        if (outcome.Properties.Count > 0)
            await SetProperties(unit, build, step.Configuration.Name, outcome.Properties);
        unit.Add(new WeirEvent { Kind = EventKind.StepCompleted, BuildId = build.BuildId, StepId = step.Id, BuilderId = build.BuilderId });
    }

    /// <summary>A step whose turn came and passed.</summary>
    public static async Task<StepState> SkipStep(StoreTransaction unit, BuildState build, int number, BuildResult results, string why)
    {
        var configuration = build.Plan.Builder.Steps[number];
        var id = await unit.QuerySingle<long>("""
            INSERT INTO steps (build_id, number, name, kind, state_text, started_at, completed_at, results)
            SELECT @BuildId, @number, @name, @kind, @why, t, t, @results FROM weir_now() AS t RETURNING id
            """, new { build.BuildId, number, name = configuration.Name, kind = Kind(configuration), why, results = (short)results });
        return new(id, number, configuration) { Results = results, StateText = why };
    }

    /// <summary>The build is over; with it its request (or the request waits for the next attempt), and with the last request its buildset.</summary>
    public static async Task Finish(StoreTransaction unit, BuildState build, BuildResult results, string summary)
    {
        var again = results == BuildResult.Retry && build.Plan.Attempt < MaxAttempts;
        if (results == BuildResult.Retry && !again)
            (results, summary) = (BuildResult.Exception, $"given up after {MaxAttempts} attempts: {summary}");
        await unit.Execute("""
            DELETE FROM build_owners WHERE build_id = @BuildId;
            DELETE FROM commands WHERE build_id = @BuildId;
            UPDATE builds SET completed_at = weir_now(), results = @results, state_text = @summary,
                revision = coalesce((SELECT value #>> '{}' FROM build_properties WHERE build_id = @BuildId AND name = 'got_revision'), revision) WHERE id = @BuildId;
            """, new { build.BuildId, results = (short)results, summary });
        unit.Add(new WeirEvent { Kind = EventKind.BuildCompleted, BuildId = build.BuildId, BuilderId = build.BuilderId, RequestId = build.RequestId, BuildsetId = build.BuildsetId, WorkerId = build.WorkerId });
        if (again)
        {
            await unit.Execute("""
                UPDATE requests SET claimed_at = NULL, claimed_by = NULL WHERE id = @RequestId;
                INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, attempt, not_before, wait_kind, wait_text, wait_since)
                SELECT id, buildset_id, builder_id, priority, submitted_at, @attempt, weir_now() + @pause, 'NotBefore', @why, weir_now() FROM requests WHERE id = @RequestId;
                """, new { build.RequestId, attempt = build.Plan.Attempt + 1, pause = TimeSpan.FromSeconds(5 * build.Plan.Attempt), why = $"Attempt {build.Plan.Attempt} was lost ({summary}); the next one waits a moment." });
            unit.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = build.RequestId, BuilderId = build.BuilderId, BuildsetId = build.BuildsetId });
        }
        else
        {
            await RequestEnd.Complete(unit, build.BuildsetId, [build.RequestId], results);
        }
        unit.Wake(WakeTopic.Queue);
    }

    private static async Task SetProperties(StoreTransaction unit, BuildState build, string source, IReadOnlyDictionary<string, JsonNode?> properties)
    {
        await unit.Execute("""
            INSERT INTO build_properties (build_id, name, value, source) SELECT @BuildId, name, value::jsonb, @source FROM unnest(@names, @values) AS p (name, value)
            ON CONFLICT (build_id, name) DO UPDATE SET value = excluded.value, source = excluded.source
            """, new { build.BuildId, source, names = properties.Keys.ToArray(), values = properties.Values.Select(Json).ToArray() });
        foreach (var (name, value) in properties)
            build.Properties[name] = new(name, Json(value), source);
    }

    private static string Json(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static string Kind(StepConfiguration step) => step switch
    {
        GitStepConfiguration => "git",
        RunStepConfiguration => "run",
        SetStepConfiguration => "set",
        _ => "step",
    };
}

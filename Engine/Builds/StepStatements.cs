using System.Text.Json.Nodes;
using Weir.Engine.Configuration;
using Weir.Engine.Logs;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Protocol;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>The statements that begin, end and pass over the steps of a build. They stand behind the fence of their batch.</summary>
internal static class StepStatements
{
    public static void End(StoreBatch batch, BuildState build, StepState step, StepOutcome outcome)
    {
        batch.Add("UPDATE steps SET completed_at = weir_now(), results = $1, state_text = $2, outputs = $3::jsonb, statistics = $5::jsonb WHERE id = $4",
            P((short)outcome.Results), P(outcome.StateText), P(ConfigurationJson.Write(outcome.Outputs)), P(step.Id), P(ConfigurationJson.Write(outcome.Statistics)));
        if (step.Log is { } log)
        {
            LogWriter.CompleteOfStep(batch, step.Id);
            // Whoever follows it learns at once that it is over.
            batch.Wake(WakeTopic.LogPrefix + log.Id);
        }
        if (step.Configuration is TriggerStepConfiguration)
            TriggerStatements.End(batch, step);
        if (step.OtherLogs.TryGetValue(WarningRule.Log, out var warnings))
            LogWriter.NameByCount(batch, step.Id, WarningRule.Log, warnings.Lines);
        Properties(batch, build, step.Configuration.Name, outcome.Properties.ToDictionary(p => p.Key, p => Json(p.Value)));
        batch.Add(new WeirEvent { Kind = EventKind.StepCompleted, BuildId = build.BuildId, StepId = step.Id, BuilderId = build.BuilderId });
    }

    /// <summary>Properties of the build, by name, as JSON.</summary>
    public static void Properties(StoreBatch batch, BuildState build, string source, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count == 0)
            return;
        batch.Add("""
            INSERT INTO build_properties (build_id, name, value, source) SELECT $1, name, value::jsonb, $2 FROM unnest($3, $4) AS p (name, value)
            ON CONFLICT (build_id, name) DO UPDATE SET value = excluded.value, source = excluded.source
            """, P(build.BuildId), P(source), P(values.Keys.ToArray()), P(values.Values.ToArray()));
    }

    /// <summary>Steps whose turn came and passed.</summary>
    public static void Pass(StoreBatch batch, BuildState build, IReadOnlyList<StepState> steps)
    {
        if (steps.Count == 0)
            return;
        batch.Add("""
            INSERT INTO steps (build_id, number, name, kind, state_text, started_at, completed_at, results)
            SELECT $1, number, name, kind, why, now, now, results FROM weir_now() AS now, unnest($2, $3, $4, $5, $6) AS s (number, name, kind, why, results)
            """, P(build.BuildId), P(steps.Select(s => s.Number).ToArray()), P(steps.Select(s => s.Configuration.Name).ToArray()), P(steps.Select(s => Kind(s.Configuration)).ToArray()),
            P(steps.Select(s => s.StateText).ToArray()), P(steps.Select(s => (short)s.Results!.Value).ToArray()));
    }

    /// <summary>A step, its logs and its first command (if it has one), and their events. The result is one row: step, log, command, names and ids of its other logs.</summary>
    public static void Begin(StoreBatch batch, BuildState build, StepState step, CommandSpec? command, WorkerSession? session, DateOnly logExpiry) =>
        Begin(batch, $"WITH named AS (UPDATE builds SET state_text = $3 WHERE id = $1), {New(step)}", "StepStarted", build, step, command, session, logExpiry, []);

    /// <summary>The same for the first step of a build that is made by the same batch, with its text (<see cref="BuildText"/>).</summary>
    public static void BeginFirst(StoreBatch batch, BuildState build, StepState step, CommandSpec? command, WorkerSession? session, DateOnly logExpiry) =>
        Begin(batch, $"WITH {New(step)}", "StepStarted", build, step, command, session, logExpiry, []);

    /// <summary>The same for a step that is there already, and waited.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="build">Whose step.</param>
    /// <param name="step">Which.</param>
    /// <param name="claim">It takes what it asked for first by this claim, whose locks' rows are this transaction's (<see cref="LockStatements.Lock"/>), and does not go on if it does not get it. 0: it was given what it asked for.</param>
    /// <param name="command">What it does.</param>
    /// <param name="session">Whose worker does it.</param>
    /// <param name="logExpiry">How long its logs are kept.</param>
    public static void Continue(StoreBatch batch, BuildState build, StepState step, long claim, CommandSpec? command, WorkerSession? session, DateOnly logExpiry)
    {
        var begun = claim == 0 ? $"WITH {KnownStep("locks_acquired_at IS NOT NULL")}" : $"""
            WITH {LockStatements.Taken(command is null ? 7 : 13)},
            {KnownStep("(locks_acquired_at IS NOT NULL OR EXISTS (SELECT FROM taken))")}
            """;
        Begin(batch, begun, "StepChanged", build, step, command, session, logExpiry, claim == 0 ? [] : [P(claim), P(build.Epoch)]);
    }

    /// <summary>What a build says of itself while a step runs.</summary>
    public static string BuildText(StepState step) => step.Configuration.Name;

    private static void Begin(StoreBatch batch, string begun, string happened, BuildState build, StepState step, CommandSpec? command, WorkerSession? session, DateOnly logExpiry, IEnumerable<Npgsql.NpgsqlParameter> more)
    {
        if (command is null)
        {
            batch.Add($"""
                {begun}, events AS (INSERT INTO event_outbox (kind, build_id, step_id, builder_id) SELECT '{happened}', $1, id, $6 FROM step)
                SELECT id, NULL::bigint, NULL::bigint, ARRAY[]::text[], ARRAY[]::bigint[] FROM step
                """, [.. Described(build, step), P(build.BuilderId), .. more]);
        }
        else
        {
            batch.Add($"""
                {begun},
                log AS (INSERT INTO logs (build_id, step_id, name, slug, type, started_at, expires_on) SELECT $1, id, 'stdio', 'stdio', 's', weir_now(), $7 FROM step RETURNING id, step_id),
                others AS (
                    INSERT INTO logs (build_id, step_id, name, slug, type, started_at, expires_on)
                    SELECT $1, log.step_id, name, name, 's', weir_now(), $7 FROM log, unnest($12) AS o (name) RETURNING id, step_id, slug),
                command AS (
                    INSERT INTO commands (build_id, step_id, ordinal, worker_id, instance, boot, spec, log_id)
                    SELECT $1, log.step_id, 0, $8, $9, $10, $11::jsonb, log.id FROM log RETURNING id),
                events AS (
                    INSERT INTO event_outbox (kind, build_id, step_id, builder_id, log_id)
                    SELECT '{happened}', $1, id, $6, NULL FROM step UNION ALL SELECT 'LogOpened', $1, step_id, NULL, id FROM log
                    UNION ALL SELECT 'LogOpened', $1, step_id, NULL, id FROM others)
                SELECT log.step_id, log.id, command.id, ARRAY(SELECT slug FROM others ORDER BY id), ARRAY(SELECT id FROM others ORDER BY id) FROM log, command
                """, [.. Described(build, step), P(build.BuilderId), P(logExpiry), P(session!.WorkerId), P(session.Instance), P(session.Boot), P(ConfigurationJson.Write(command)), P(StepWork.For(step.Configuration).Logs.ToArray()), .. more]);
        }
        batch.Wake(WakeTopic.Events);
    }

    /// <summary>A further command of a step. The result is its id.</summary>
    public static void Command(StoreBatch batch, BuildState build, StepState step, int ordinal, CommandSpec spec, WorkerSession session) => batch.Add("""
        INSERT INTO commands (build_id, step_id, ordinal, worker_id, instance, boot, spec, log_id) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8) RETURNING id
        """, P(build.BuildId), P(step.Id), P(ordinal), P(session.WorkerId), P(session.Instance), P(session.Boot), P(ConfigurationJson.Write(spec)),
        new Npgsql.NpgsqlParameter { Value = (object?)step.Log?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint });

    public static string Json(JsonNode? value) => value?.ToJsonString() ?? "null";

    private static string New(StepState step) => step.WaitsForLocks
        ? "step AS (INSERT INTO steps (build_id, number, name, kind, state_text, started_at) VALUES ($1, $2, $3, $4, $5, weir_now()) RETURNING id)"
        : "step AS (INSERT INTO steps (build_id, number, name, kind, state_text, started_at, locks_acquired_at) SELECT $1, $2, $3, $4, $5, now, now FROM weir_now() AS now RETURNING id)";

    private static string KnownStep(string condition) => $"""
        step AS (
            UPDATE steps SET state_text = $5, locks_acquired_at = coalesce(locks_acquired_at, weir_now()) WHERE build_id = $1 AND number = $2 AND name = $3 AND kind = $4 AND {condition}
            RETURNING id, locks_acquired_at - started_at AS waited),
        waited AS (UPDATE builds SET locks_seconds = locks_seconds + extract(epoch FROM step.waited) FROM step WHERE builds.id = $1)
        """;

    private static Npgsql.NpgsqlParameter[] Described(BuildState build, StepState step) =>
        [P(build.BuildId), P(step.Number), P(step.Configuration.Name), P(Kind(step.Configuration)), P(step.StateText)];

    private static string Kind(StepConfiguration step) => step switch
    {
        GitStepConfiguration => "git",
        RunStepConfiguration => "run",
        SetStepConfiguration => "set",
        TriggerStepConfiguration => "trigger",
        _ => "step",
    };
}

using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Steps;
using Weir.Engine.Storage;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>The statements by which a build sets others off, and calls them off. They stand behind the fence of their batch.</summary>
internal static class TriggerStatements
{
    // Nothing is made if the scheduler is switched off or none of its builders is there, nor once the build was told to stop for good, nor a second time for the same step. The priority is that of the build at least: who is waited for is not less urgent than
    // who waits. The changes are those of the build.
    private const string Insert = """
        WITH step AS (SELECT id FROM steps WHERE build_id = $1 AND number = $2 AND locks_acquired_at IS NOT NULL AND NOT EXISTS (SELECT FROM triggers WHERE step_id = steps.id)
            AND ($15 OR NOT EXISTS (SELECT FROM build_stops WHERE build_id = $1 AND NOT requeue))),
        own AS (SELECT b.request_id, b.config_revision_id, r.priority FROM builds b JOIN requests r ON r.id = b.request_id WHERE b.id = $1),
        scheduler AS (SELECT s.id, s.name FROM schedulers s, own WHERE s.id = weir_thing('schedulers', $3, own.config_revision_id) AND s.enabled AND s.retired_at IS NULL),
        wanted AS (SELECT b.id AS builder_id, greatest(w.priority, own.priority) AS priority FROM own CROSS JOIN unnest($4, $5) AS w (name, priority) JOIN builders b ON b.id = weir_thing('builders', w.name, own.config_revision_id) AND b.retired_at IS NULL),
        made AS (
            INSERT INTO buildsets (scheduler, reason, submitted_at, parent_build_id, parent_relationship, config_revision_id, properties, fail_fast)
            SELECT scheduler.name, $6, weir_now(), $1, 'Triggered from', own.config_revision_id, $7::jsonb, $14 FROM own, step, scheduler WHERE EXISTS (SELECT FROM wanted) RETURNING id),
        stamps AS (
            INSERT INTO sourcestamps (codebase, project, repository, branch, revision, created_at)
            SELECT s.codebase, s.project, s.repository, s.branch, s.revision, weir_now() FROM unnest($8, $9, $10, $11, $12) AS s (codebase, project, repository, branch, revision), made
            RETURNING id),
        stamped AS (INSERT INTO buildset_sourcestamps (buildset_id, sourcestamp_id) SELECT made.id, stamps.id FROM made, stamps),
        caused AS (INSERT INTO buildset_changes (buildset_id, change_id) SELECT made.id, c.change_id FROM made, own CROSS JOIN LATERAL weir_changes_of(own.request_id) AS c (change_id)),
        asked AS (
            INSERT INTO requests (buildset_id, builder_id, priority, submitted_at, waited_for) SELECT made.id, wanted.builder_id, wanted.priority, weir_now(), $13 FROM made, wanted
            RETURNING id, buildset_id, builder_id, priority, submitted_at),
        open AS (
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since) SELECT id, buildset_id, builder_id, priority, submitted_at, submitted_at FROM asked),
        fired AS (INSERT INTO firings (scheduler_id, identity, fired_at, buildset_id) SELECT scheduler.id, 'step:' || step.id, weir_now(), made.id FROM scheduler, step, made),
        events AS (
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id)
            SELECT 'BuildsetAdded', id, NULL::bigint, NULL::bigint FROM made UNION ALL SELECT 'RequestAdded', buildset_id, id, builder_id FROM asked)
        INSERT INTO triggers (step_id, build_id, buildset_id, waiting, inherit) SELECT step.id, $1, made.id, $13, $16 FROM step, made
        """;

    public static void Submit(StoreBatch batch, BuildState build, StepState step, TriggerOrder order)
    {
        batch.Add(Insert, P(build.BuildId), P(step.Number), P(order.Scheduler), P(order.Targets.Select(t => t.Builder).ToArray()), P(order.Targets.Select(t => t.Priority).ToArray()),
            P(order.Reason), P(ConfigurationJson.Write(order.Properties)),
            P(order.Stamps.Select(s => s.Codebase).ToArray()), P(order.Stamps.Select(s => s.Project).ToArray()), P(order.Stamps.Select(s => s.Repository).ToArray()),
            P(order.Stamps.Select(s => s.Branch).ToArray()), P(order.Stamps.Select(s => s.Revision).ToArray()), P(order.Wait), P(order.FailFast), P(step.AfterStop), P(order.Inherit.ToArray()));
        // Only if there is something to wait for.
        if (order.ReleasesSlot)
        {
            batch.Add("""
                UPDATE build_owners SET slot_released_at = weir_now()
                WHERE build_id = $1 AND slot_released_at IS NULL AND EXISTS (SELECT FROM triggers t JOIN steps s ON s.id = t.step_id WHERE s.build_id = $1 AND s.number = $2 AND t.waiting)
                """, P(build.BuildId), P(step.Number));
        }
        batch.Wake(WakeTopic.Events);
        batch.Wake(WakeTopic.Queue);
    }

    /// <summary>A build that has given its slot up asks for one on its worker; who asks already keeps his place. The answer is whether it has one.</summary>
    public static void AskSlot(StoreBatch batch, BuildState build, StepState step)
    {
        batch.Add("""
            WITH asked AS (UPDATE build_owners SET slot_asked_at = weir_now() WHERE build_id = $1 AND slot_released_at IS NOT NULL AND slot_asked_at IS NULL RETURNING build_id),
            said AS (UPDATE steps SET state_text = $3 WHERE id = $2 AND EXISTS (SELECT FROM asked)),
            events AS (INSERT INTO event_outbox (kind, build_id, step_id, builder_id) SELECT 'StepChanged', build_id, $2, $4 FROM asked)
            SELECT slot_released_at IS NULL FROM build_owners WHERE build_id = $1
            """, P(build.BuildId), P(step.Id), P($"waits for a slot on {build.Plan.Worker.Name}"), P(build.BuilderId));
        batch.Wake(WakeTopic.Events);
        batch.Wake(WakeTopic.Queue);
    }

    /// <summary>The step waits no longer.</summary>
    public static void End(StoreBatch batch, StepState step) => batch.Add("UPDATE triggers SET waiting = false WHERE step_id = $1 AND waiting", P(step.Id));

    /// <summary>What is waited for is called off: what waits in the queue ends, what runs is stopped.</summary>
    public static void Cancel(StoreBatch batch, long buildset, string by, string? reason)
    {
        RequestEnd.CancelWaiting(batch, buildset);
        batch.Add("""
            WITH stopped AS (
                INSERT INTO build_stops (build_id, requested_at, requested_by, reason) SELECT id, weir_now(), $2, $3 FROM builds WHERE buildset_id = $1 AND completed_at IS NULL ON CONFLICT DO NOTHING RETURNING build_id)
            INSERT INTO event_outbox (kind, build_id) SELECT 'BuildChanged', build_id FROM stopped
            """, P(buildset), P(by), P(reason));
        batch.Wake(WakeTopic.Stops);
        batch.Wake(WakeTopic.Queue);
    }
}

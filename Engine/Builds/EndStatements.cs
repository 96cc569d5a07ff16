using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Events;
using Weir.Shared.Queue;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Builds;

/// <summary>The statements that end a build; with it its request (or the request waits for the next attempt), and with the last request its buildset.</summary>
internal static class EndStatements
{
    public static void Add(StoreBatch batch, BuildState build, BuildEnd end)
    {
        var (results, summary) = (end.Results, end.Summary);
        Setbacks.Add(batch, build, results);
        var interrupted = build.Stop is { Again: true };
        var again = results == BuildResult.Retry && (interrupted || build.Plan.Attempt < Transitions.MaxAttempts);
        if (results == BuildResult.Retry && !again)
            (results, summary) = (BuildResult.Exception, $"given up after {Transitions.MaxAttempts} attempts: {summary}");
        batch.Add("DELETE FROM build_owners WHERE build_id = $1", P(build.BuildId));
        batch.Add("DELETE FROM commands WHERE build_id = $1", P(build.BuildId));
        batch.Add("""
            UPDATE builds SET completed_at = weir_now(), results = $2, state_text = $3,
                revision = coalesce((SELECT value #>> '{}' FROM build_properties WHERE build_id = $1 AND name = 'got_revision'), revision) WHERE id = $1
            """, P(build.BuildId), P((short)results), P(summary));
        batch.Add(new WeirEvent { Kind = EventKind.BuildCompleted, BuildId = build.BuildId, BuilderId = build.BuilderId, RequestId = build.RequestId, BuildsetId = build.BuildsetId, WorkerId = build.WorkerId });
        if (again)
            Again(batch, build, interrupted, summary);
        else
            RequestEnd.Add(batch, build.BuildsetId, [build.RequestId], results);
        if (build.Plan.UsesLocks)
            LockStatements.Freed(batch);
        else
            batch.Wake(WakeTopic.Queue);
    }

    private static void Again(StoreBatch batch, BuildState build, bool interrupted, string summary)
    {
        var attempt = build.Plan.Attempt;
        batch.Add("UPDATE requests SET claimed_at = NULL, claimed_by = NULL WHERE id = $1", P(build.RequestId));
        batch.Add("""
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, attempt, not_before, wait_kind, wait_text, wait_since)
            SELECT id, buildset_id, builder_id, priority, coalesce(place_since, submitted_at), $2, weir_now() + $3, $5, $4, weir_now() FROM requests WHERE id = $1
            """, P(build.RequestId), P(interrupted ? attempt : attempt + 1), P(interrupted ? TimeSpan.Zero : TimeSpan.FromSeconds(5 * attempt)),
            P(interrupted ? $"Its build was {summary}." : $"Attempt {attempt} was lost ({summary}); the next one waits a moment."), P(interrupted ? nameof(WaitKind.New) : nameof(WaitKind.NotBefore)));
        batch.Add(new WeirEvent { Kind = EventKind.RequestChanged, RequestId = build.RequestId, BuilderId = build.BuilderId, BuildsetId = build.BuildsetId });
    }
}

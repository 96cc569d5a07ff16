using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Pauses;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Schedulers;

/// <summary>What came of an order to force, and what was found behind the gate: from that follows why nothing was made.</summary>
internal sealed record Forced
{
    public long RevisionId { get; init; }

    /// <summary>Null: there is no such scheduler.</summary>
    public bool? Enabled { get; init; }
    public string? PausedBy { get; init; }
    public string? PauseReason { get; init; }
    public ForceResult? Made { get; init; }
}

/// <summary>
/// Forces in one round trip: the gate, and behind it one statement that makes the buildset with all that tells of it if the revision is in force, the scheduler may fire, one of its builders is there and nobody has
/// used the key. It only adds rows (but for the answer under the key), so that also a master of pages may do it.
/// </summary>
internal static class ForceStatement
{
    private const string Found = $"""
        found AS (
            SELECT c.revision_id, s.id, s.enabled, p.by_name, p.reason FROM config_in_force c LEFT JOIN schedulers s ON s.name = $1 AND s.retired_at IS NULL
            LEFT JOIN pauses p ON p.kind = 'Scheduler' AND p.subject = $1 AND {PauseRows.Holds})
        """;

    // The key's row is the first that is written: who comes at the same moment with the same key waits there, and then makes nothing.
    private const string Sql = $"""
        WITH {Found},
        able AS (SELECT id FROM found WHERE revision_id = $7 AND enabled AND by_name IS NULL),
        there AS (SELECT b.id AS builder_id, w.priority FROM able, unnest($17, $18) AS w (name, priority) JOIN builders b ON b.name = w.name AND b.retired_at IS NULL),
        keyed AS (
            INSERT INTO action_keys (actor, key, answer, created_at) SELECT $20, $23, jsonb_build_object('request', $24), weir_now() WHERE $23 IS NOT NULL AND EXISTS (SELECT FROM there)
            ON CONFLICT DO NOTHING RETURNING key),
        wanted AS (SELECT builder_id, priority FROM there WHERE $23 IS NULL OR EXISTS (SELECT FROM keyed)),
        {Buildsets.Making},
        open AS (
            INSERT INTO open_requests (request_id, buildset_id, builder_id, priority, submitted_at, wait_since, newest_change)
            SELECT asked.id, buildset_id, builder_id, priority, submitted_at, submitted_at, newest_change FROM made, asked),
        fired AS (INSERT INTO firings (scheduler_id, identity, fired_at, buildset_id) SELECT able.id, $19, weir_now(), made.id FROM able, made),
        told AS ({Audit.Insert}, $20, 'scheduler.force', 'scheduler ' || $1 || ': buildset ' || made.id, $21, $22 FROM made),
        events AS (
            INSERT INTO event_outbox (kind, buildset_id, request_id, builder_id)
            SELECT 'BuildsetAdded', id, NULL, NULL FROM made UNION ALL SELECT 'RequestAdded', buildset_id, id, builder_id FROM asked UNION ALL SELECT 'SchedulerChanged', id, NULL, NULL FROM made)
        SELECT found.revision_id, found.enabled, found.by_name, found.reason, asked.buildset_id, asked.builder_id, asked.id FROM found LEFT JOIN asked ON true
        """;

    // As it is read again by whoever comes with the same key.
    private const string StoreAnswer = """
        UPDATE action_keys SET answer = answer || jsonb_build_object('answer', jsonb_build_object(
            'BuildsetId', f.buildset_id, 'Requests', (SELECT jsonb_object_agg(r.builder_id, r.id) FROM requests r WHERE r.buildset_id = f.buildset_id)))
        FROM schedulers s JOIN firings f ON f.scheduler_id = s.id WHERE actor = $1 AND key = $2 AND s.name = $3 AND f.identity = $4
        """;

    public static async Task<Forced> Send(Database database, RevisionInForce revision, FiringOrder order, ActionKey? key, Actor by, string? reason, CancellationToken cancellation)
    {
        var heads = await KnownHeads.Read(database, revision.Model, SourceStamps.Unsettled(revision.Model, order.Scheduler, order.Changes, order.Asked), cancellation);
        var builders = Firing.Builders(revision, order);
        var batch = new StoreBatch();
        batch.Add($"{Gate.Shared}, {KeptPlans.Call}");
        batch.Add(Sql,
        [
            .. Buildsets.Parameters(Firing.Buildset(revision, order, heads)), P(builders.Select(b => b.Name).ToArray()), P(builders.Select(b => b.Priority).ToArray()),
            P(order.Identity), P(by.Name), P(reason), P(by.Address), P(key?.Key), P(key?.Request),
        ]);
        if (key is not null)
            batch.Add(StoreAnswer, P(by.Name), P(key.Key), P(order.Scheduler.Name), P(order.Identity));
        var forced = await database.Send(batch, Read, cancellation);
        if (forced.Made is not null)
            database.Nudge([WakeTopic.Events, WakeTopic.Queue]);
        return forced;
    }

    /// <summary>What is found, for an order of which nothing is to be made.</summary>
    public static Task<Forced> Look(Database database, string scheduler, CancellationToken cancellation)
    {
        var batch = new StoreBatch();
        batch.Add(Gate.Shared);
        batch.Add($"WITH {Found} SELECT revision_id, enabled, by_name, reason, NULL::bigint FROM found", P(scheduler));
        return database.Send(batch, Read, cancellation);
    }

    private static async Task<Forced> Read(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        await reader.NextResultAsync(cancellation);
        var forced = new Forced();
        var requests = new Dictionary<long, long>();
        while (await reader.ReadAsync(cancellation))
        {
            forced = new() { RevisionId = reader.GetInt64(0), Enabled = reader.GetFieldValue<bool?>(1), PausedBy = Text(2), PauseReason = Text(3) };
            if (reader.GetFieldValue<long?>(4) is not { } set)
                break;
            requests[reader.GetInt64(5)] = reader.GetInt64(6);
            forced = forced with { Made = new(set, requests) };
        }
        return forced;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}

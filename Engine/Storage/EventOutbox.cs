using Npgsql;
using Weir.Shared.Events;

namespace Weir.Engine.Storage;

/// <summary>Stores events with the transaction of their cause. They are numbered later, in commit order, by <see cref="EventNumbering"/>.</summary>
public static class EventOutbox
{
    /// <summary>The columns of an event's ids, in the order in which all statements name them.</summary>
    internal const string Columns = "kind, change_id, buildset_id, request_id, builder_id, build_id, step_id, log_id, worker_id, master_id";

    public static async Task Write(NpgsqlConnection connection, IReadOnlyList<WeirEvent> events, CancellationToken cancellation)
    {
        const string sql = $"""
            INSERT INTO event_outbox ({Columns})
            SELECT * FROM unnest(@kinds, @changes, @buildsets, @requests, @builders, @builds, @steps, @logs, @workers, @masters)
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("kinds", events.Select(e => e.Kind.ToString()).ToArray());
        Ids("changes", e => e.ChangeId);
        Ids("buildsets", e => e.BuildsetId);
        Ids("requests", e => e.RequestId);
        Ids("builders", e => e.BuilderId);
        Ids("builds", e => e.BuildId);
        Ids("steps", e => e.StepId);
        Ids("logs", e => e.LogId);
        Ids("workers", e => e.WorkerId);
        Ids("masters", e => e.MasterId);
        await command.ExecuteNonQueryAsync(cancellation);

        void Ids(string name, Func<WeirEvent, long?> id) => command.Parameters.Add(new NpgsqlParameter<long?[]>(name, events.Select(id).ToArray()));
    }
}

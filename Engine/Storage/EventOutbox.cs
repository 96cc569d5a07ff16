using Npgsql;
using Weir.Shared.Events;

namespace Weir.Engine.Storage;

/// <summary>Stores events with the transaction of their cause. They are numbered later, in commit order, by <see cref="EventNumbering"/>.</summary>
public static class EventOutbox
{
    /// <summary>The columns of an event's ids, in the order in which all statements name them.</summary>
    internal const string Columns = "kind, change_id, buildset_id, request_id, builder_id, build_id, step_id, log_id, worker_id, master_id";

    /// <summary>Stores the events of <see cref="Parameters"/>.</summary>
    internal const string Sql = $"INSERT INTO event_outbox ({Columns}) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    internal static NpgsqlParameter[] Parameters(IReadOnlyList<WeirEvent> events)
    {
        return
        [
            new NpgsqlParameter<string[]> { TypedValue = events.Select(e => e.Kind.ToString()).ToArray() },
            Ids(e => e.ChangeId), Ids(e => e.BuildsetId), Ids(e => e.RequestId), Ids(e => e.BuilderId), Ids(e => e.BuildId), Ids(e => e.StepId), Ids(e => e.LogId), Ids(e => e.WorkerId), Ids(e => e.MasterId),
        ];

        NpgsqlParameter Ids(Func<WeirEvent, long?> id) => new NpgsqlParameter<long?[]> { TypedValue = events.Select(id).ToArray() };
    }

    public static async Task Write(NpgsqlConnection connection, IReadOnlyList<WeirEvent> events, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.AddRange(Parameters(events));
        await command.ExecuteNonQueryAsync(cancellation);
    }
}

using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Logs;
using Weir.Engine.Storage;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>How a command ended.</summary>
/// <param name="Frame">Its last frame.</param>
/// <param name="Unstored">The piece in which that came, if it is to be stored yet.</param>
internal sealed record CommandEnd(EndedFrame Frame, LastPiece? Unstored);

/// <summary>The last piece of a command's file, from one position to another, with its lines.</summary>
internal sealed record LastPiece(CommandTrack Track, EndedFrame Ended, long From, long To, LogBatch Lines)
{
    /// <summary>Into a batch that begins with the fence of its build. It answers one row of one column; the batch is refused if the piece is not the next one (<see cref="StoreBatch.IsNotMoved"/>).</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="completes">The step ends with it, and so do the logs that it has lines for.</param>
    public void Add(StoreBatch batch, bool completes)
    {
        batch.Add($"""
            WITH moved AS (UPDATE commands SET applied = @ending, ended = @ended::jsonb WHERE id = @id AND applied = @start AND ended IS NULL RETURNING id),
            {(completes ? LogBatch.LastSql : LogBatch.Sql)}
            SELECT weir_moved(EXISTS (SELECT FROM moved))
            """, [new NpgsqlParameter<long>("id", Track.Id), new NpgsqlParameter<long>("start", From), new NpgsqlParameter<long>("ending", To), new NpgsqlParameter<string>("ended", ConfigurationJson.Write(Ended)), .. Lines.Parameters()]);
        foreach (var log in Lines.LogIds)
            batch.Wake(WakeTopic.LogPrefix + log);
    }
}

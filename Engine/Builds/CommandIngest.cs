using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Weir.Engine.Configuration;
using Weir.Engine.Logs;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>
/// Applies what workers send: pieces of all commands of this engine go together into one statement, which checks ownership, moves each command's position from the piece's start to
/// its end, and stores the lines (invariant 4). Acknowledged after the commit. What cannot be applied is asked for again from where the store stands.
/// </summary>
internal sealed partial class CommandIngest(Database database, TimeProvider time, ILogger<CommandIngest> logger) : BackgroundService
{
    private const int MaxBatchBytes = 4 * 1024 * 1024;
    private readonly ConcurrentDictionary<long, CommandTrack> tracks = new();

    // Above zero after the store refused a batch for what was in it: so many pieces go one by one, until the one it will not take is found.
    private int oneByOne;

    // Bounded: when the store is slow, hub calls wait here, and the workers' windows fill.
    private readonly Channel<(CommandTrack Track, Piece Piece)> queue = Channel.CreateBounded<(CommandTrack, Piece)>(new BoundedChannelOptions(64) { SingleReader = true });

    public void Track(CommandTrack track)
    {
        if (tracks.TryGetValue(track.Id, out var before) && before != track)
            before.Abandon();
        tracks[track.Id] = track;
    }

    public CommandTrack? Find(long command) => tracks.GetValueOrDefault(command);

    public void Untrack(CommandTrack track) => tracks.TryRemove(new KeyValuePair<long, CommandTrack>(track.Id, track));

    public async ValueTask Append(WorkerSession session, Piece piece, CancellationToken cancellation)
    {
        if (tracks.TryGetValue(piece.Command, out var track) && track.Session == session)
            await queue.Writer.WriteAsync((track, piece), cancellation);
        else
            await session.Link.Forget(session.Number, piece.Command);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<(CommandTrack Track, Piece Piece)>();
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                batch.Clear();
                var limit = oneByOne > 0 ? 1 : MaxBatchBytes;
                for (var bytes = 0; bytes < limit && queue.Reader.TryRead(out var item); bytes += item.Piece.Bytes.Length)
                    batch.Add(item);
                await Apply(batch, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private sealed record Move(CommandTrack Track, long From)
    {
        public LogBatch Lines { get; } = new();
        public long To { get; set; }
        public EndedFrame? Ended { get; set; }
    }

    private async Task Apply(List<(CommandTrack Track, Piece Piece)> batch, CancellationToken cancellation)
    {
        var moves = new Dictionary<CommandTrack, Move>();
        foreach (var (track, piece) in batch)
            await Take(track, piece, moves);
        foreach (var (track, move) in moves.Where(m => m.Key.StoredByRunner && m.Value.Ended is not null).ToArray())
        {
            moves.Remove(track);
            track.Hand(move.Ended!, new(track, move.Ended!, move.From, move.To, move.Lines));
        }
        if (moves.Count == 0)
            return;
        var lines = new LogBatch();
        foreach (var move in moves.Values)
            lines.Append(move.Lines);
        HashSet<long> moved;
        try
        {
            Crash.At("ingest.store.before");
            moved = await Store([.. moves.Values], lines, cancellation);
            oneByOne = Math.Max(0, oneByOne - 1);
            Crash.At("ingest.store.after");
        }
        catch (Exception e) when (Database.IsFault(e))
        {
            LogRefused(moves.Count, e.Message);
            moved = [];
            oneByOne = batch.Count * 2;
            if (moves.Count == 1)
                await GiveUp(moves.Keys.Single(), e.Message, cancellation);
        }
        catch (Exception e) when (Database.IsUnavailable(e))
        {
            LogStoreAway(e.Message);
            moved = [];
            await Task.Delay(TimeSpan.FromMilliseconds(300), time, cancellation);
        }
        foreach (var move in moves.Values)
        {
            if (!moved.Contains(move.Track.Id))
            {
                await Recover(move.Track, cancellation);
                continue;
            }
            move.Track.Applied = move.To;
            if (move.Ended is { } ended)
            {
                Untrack(move.Track);
                move.Track.End(ended);
            }
        }
        // Behind the ends: a build that goes on does not wait for what its worker is told.
        foreach (var move in moves.Values.Where(m => moved.Contains(m.Track.Id)))
        {
            await move.Track.Session.Link.Applied(new(move.Track.Session.Number, move.Track.Id, move.To, false));
            Crash.At("ingest.acknowledge.after");
        }
        database.Nudge([.. lines.LogIds.Select(id => WakeTopic.LogPrefix + id)]);
    }

    // Puts one piece behind the others, if it is the next one of its command.
    private async Task Take(CommandTrack track, Piece piece, Dictionary<CommandTrack, Move> moves)
    {
        if (Find(track.Id) != track || track.Handed)
            return;
        var expected = moves.TryGetValue(track, out var move) ? move.To : track.Applied;
        if (piece.From != expected)
        {
            // A repetition of what is stored is acknowledged again; anything else is asked for from where we stand, once.
            if (piece.From + piece.Bytes.Length <= expected)
            {
                await track.Session.Link.Applied(new(track.Session.Number, track.Id, track.Applied, false));
            }
            else if (!track.Rewinding)
            {
                track.Rewinding = true;
                await track.Session.Link.Applied(new(track.Session.Number, track.Id, expected, true));
            }
            return;
        }
        track.Rewinding = false;
        IReadOnlyList<Frame> frames;
        try
        {
            frames = FrameCodec.DecodeAll(piece.Bytes);
        }
        catch (FormatException e)
        {
            // Garbage cannot be applied, and will not get better: the command's fate is not known from here on.
            LogGarbage(track.Id, e.Message);
            frames = [new EndedFrame { Kind = EndKind.Lost, Reason = "The worker's record of this command cannot be read: " + e.Message }];
        }
        moves[track] = move ??= new(track, piece.From);
        move.To = piece.From + piece.Bytes.Length;
        foreach (var frame in frames)
        {
            if (frame is LinesFrame l && track.LogOf(l.Log) is { } log)
                move.Lines.Add(track.Id, log, l);
            else if (frame is EndedFrame e)
                move.Ended = Storable(e);
        }
    }

    // PostgreSQL's texts and jsonb hold everything but NUL, and programs print everything.
    private static EndedFrame Storable(EndedFrame ended) => ended with
    {
        Reason = Storable(ended.Reason),
        Output = Storable(ended.Output),
        Outputs = ended.Outputs.ToDictionary(o => Storable(o.Key)!, o => Storable(o.Value)!),
    };

    private static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');

    private async Task<HashSet<long>> Store(Move[] moves, LogBatch lines, CancellationToken cancellation)
    {
        const string sql = $"""
            WITH mine AS (
                SELECT o.build_id FROM build_owners o JOIN (SELECT DISTINCT * FROM unnest(@builds, @epochs)) AS b (build_id, epoch) ON o.build_id = b.build_id AND o.epoch = b.epoch
                ORDER BY o.build_id FOR SHARE OF o),
            moved AS (
                UPDATE commands c SET applied = u.ending, ended = coalesce(u.ended::jsonb, c.ended)
                FROM unnest(@ids, @builds, @starts, @ends, @endings) AS u (id, build_id, start, ending, ended)
                WHERE c.id = u.id AND c.applied = u.start AND c.ended IS NULL AND c.build_id IN (SELECT build_id FROM mine)
                RETURNING c.id),
            {LogBatch.Sql}
            SELECT id FROM moved
            """;
        await using var connection = await database.Open(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        Array("ids", moves.Select(m => m.Track.Id).ToArray());
        Array("builds", moves.Select(m => m.Track.BuildId).ToArray());
        Array("epochs", moves.Select(m => m.Track.Epoch).ToArray());
        Array("starts", moves.Select(m => m.From).ToArray());
        Array("ends", moves.Select(m => m.To).ToArray());
        Array("endings", moves.Select(m => m.Ended is { } e ? ConfigurationJson.Write(e) : null).ToArray());
        foreach (var parameter in lines.Parameters())
            command.Parameters.Add(parameter);
        var moved = new HashSet<long>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            moved.Add(reader.GetInt64(0));
        return moved;

        void Array<T>(string name, T[] values) => command.Parameters.Add(new NpgsqlParameter<T[]>(name, values));
    }

    // The store will never take this command's next piece: its fate is not known from here on, and the others go on.
    private async Task GiveUp(CommandTrack track, string why, CancellationToken cancellation)
    {
        var fate = new EndedFrame { Kind = EndKind.Lost, Reason = "The store does not take the worker's record of this command: " + why };
        await database.QuerySingle<long?>("""
            WITH mine AS (SELECT build_id FROM build_owners WHERE build_id = @BuildId AND epoch = @Epoch FOR SHARE)
            UPDATE commands SET ended = @fate::jsonb WHERE id = @Id AND ended IS NULL AND build_id IN (SELECT build_id FROM mine) RETURNING id
            """, new { track.BuildId, track.Epoch, track.Id, fate = ConfigurationJson.Write(fate) }, cancellation);
    }

    private sealed record Standing(long Applied, long Epoch, string? Ended);

    // The store did not take it: either the build is no longer ours, or what we counted in memory is not what it holds. It is read again.
    private async Task Recover(CommandTrack track, CancellationToken cancellation)
    {
        while (Find(track.Id) == track)
        {
            try
            {
                var standing = await database.QuerySingle<Standing>(
                    "SELECT c.applied, o.epoch, c.ended::text AS ended FROM commands c JOIN build_owners o USING (build_id) WHERE c.id = @Id", new { track.Id }, cancellation);
                if (standing is null || standing.Epoch != track.Epoch)
                {
                    Untrack(track);
                    track.Abandon();
                    return;
                }
                if (standing.Ended is { } ended)
                {
                    Untrack(track);
                    track.End(ConfigurationJson.Read<EndedFrame>(ended));
                    return;
                }
                if (track.Log is { } log)
                    track.Log = await LogWriter.Load(database, log.Id, cancellation);
                foreach (var (name, other) in track.OtherLogs.ToArray())
                    track.OtherLogs[name] = await LogWriter.Load(database, other.Id, cancellation) ?? other;
                track.Applied = standing.Applied;
                track.Rewinding = true;
                await track.Session.Link.Applied(new(track.Session.Number, track.Id, track.Applied, true));
                return;
            }
            catch (Exception e) when (Database.IsUnavailable(e))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancellation);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Output could not be stored ({Message}); the workers will send it again.")]
    private partial void LogStoreAway(string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "The store refused what {Commands} commands sent: {Message}")]
    private partial void LogRefused(int commands, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "The file of command {Command} cannot be read: {Message}")]
    private partial void LogGarbage(long command, string message);
}

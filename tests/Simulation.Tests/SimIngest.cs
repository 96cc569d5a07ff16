using System.Collections.Immutable;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Simulation.Tests;

/// <summary>Stores what workers send, as <c>CommandIngest</c> does: a batch in one transaction behind the fence, each command's position moved from the piece's start to its end, then the acknowledgement.</summary>
internal sealed class SimIngest(World world, SimEngine engine)
{
    private readonly Dictionary<long, SimTrack> tracks = [];
    private readonly Queue<(SimTrack Track, Piece Piece)> queue = new();
    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Move(SimTrack Track, long From)
    {
        public long To { get; set; }
        public EndedFrame? Ended { get; set; }
        public List<string> Lines { get; } = [];
    }

    public SimTrack? Find(long command) => tracks.GetValueOrDefault(command);

    public void Track(SimTrack track)
    {
        if (tracks.TryGetValue(track.Command, out var before) && before != track)
            before.Abandon();
        tracks[track.Command] = track;
    }

    public void Append(SimSession session, Piece piece)
    {
        if (tracks.TryGetValue(piece.Command, out var track) && track.Session == session)
        {
            queue.Enqueue((track, piece));
            news.TrySetResult();
        }
        else
        {
            session.Link.ToWorker(() => session.Peer.Forget(session.Link, session.Number, piece.Command));
        }
    }

    public async Task Run()
    {
        while (!engine.Gone)
        {
            await news.Task;
            news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var moves = new Dictionary<SimTrack, Move>();
            while (queue.TryDequeue(out var item))
                Take(item.Track, item.Piece, moves);
            if (moves.Count > 0)
                await Store([.. moves.Values]);
        }
    }

    private void Take(SimTrack track, Piece piece, Dictionary<SimTrack, Move> moves)
    {
        if (Find(track.Command) != track)
            return;
        var expected = moves.TryGetValue(track, out var move) ? move.To : track.Applied;
        if (piece.From != expected && world.Bug != Bug.OutputAnywhere)
        {
            if (piece.From + piece.Bytes.Length <= expected)
            {
                Tell(track, track.Applied, rewind: false);
            }
            else if (!track.Rewinding)
            {
                track.Rewinding = true;
                Tell(track, expected, rewind: true);
            }
            return;
        }
        track.Rewinding = false;
        moves[track] = move ??= new(track, piece.From);
        move.To = piece.From + piece.Bytes.Length;
        foreach (var frame in FrameCodec.DecodeAll(piece.Bytes))
        {
            if (frame is LinesFrame lines)
                move.Lines.AddRange(LogChunk.Unpack(lines.Content.Span, 0, 0).Select(l => l.Text));
            else if (frame is EndedFrame ended)
                move.Ended = ended;
        }
    }

    private async Task Store(Move[] moves)
    {
        if (world.Bug == Bug.AcknowledgeBeforeCommit)
        {
            foreach (var move in moves)
                Tell(move.Track, move.To, rewind: false);
        }
        var moved = new HashSet<long>();
        try
        {
            moved = await engine.Write(t => t.Do(s => Apply(s, moves)));
        }
        catch (Exception e) when (World.IsTrouble(e))
        {
            await world.Loop.Delay(Loop.Seconds(0.3));
        }
        foreach (var move in moves)
        {
            if (!moved.Contains(move.Track.Command))
            {
                await Recover(move.Track);
                continue;
            }
            move.Track.Applied = move.To;
            Tell(move.Track, move.To, rewind: false);
            if (move.Ended is not { } ended)
                continue;
            Untrack(move.Track);
            move.Track.End(ended);
        }
    }

    private async Task<HashSet<long>> Apply(Statement s, Move[] moves)
    {
        var mine = new HashSet<long>();
        foreach (var (build, epoch) in moves.Select(m => (m.Track.Build, m.Track.Epoch)).Distinct().OrderBy(b => b.Build))
        {
            var strength = world.Bug == Bug.FenceTooWeak ? Strength.KeyShare : Strength.Share;
            if (world.Bug != Bug.OutputWithoutFence && (await s.Lock<OwnerRow>(new("owner", build), strength))?.Epoch != epoch)
            {
                world.Sometimes("a stale write was refused");
                continue;
            }
            mine.Add(build);
            s.Transaction.Fences.Add((build, epoch));
        }
        var moved = new HashSet<long>();
        foreach (var move in moves.Where(m => mine.Contains(m.Track.Build)))
        {
            var done = await s.Update<CommandRow>(new("command", move.Track.Command), c => (c.Applied == move.From || world.Bug == Bug.OutputAnywhere) && c.Ended is null
                ? c with { Applied = move.To, Ended = move.Ended, Lines = c.Lines.AddRange(move.Lines) }
                : null);
            if (done)
                moved.Add(move.Track.Command);
        }
        return moved;
    }

    private async Task Recover(SimTrack track)
    {
        while (Find(track.Command) == track)
        {
            try
            {
                var (command, owner) = await engine.Write(t => t.Do(s => Task.FromResult((s.Read<CommandRow>(new("command", track.Command)), s.Read<OwnerRow>(new("owner", track.Build))))));
                if (command is null || owner?.Epoch != track.Epoch)
                {
                    Untrack(track);
                    track.Abandon();
                }
                else if (command.Ended is { } ended)
                {
                    Untrack(track);
                    track.End(ended);
                }
                else
                {
                    track.Applied = command.Applied;
                    track.Rewinding = true;
                    Tell(track, track.Applied, rewind: true);
                }
                return;
            }
            catch (Exception e) when (World.IsTrouble(e))
            {
                await world.Loop.Delay(Loop.Seconds(0.5));
            }
        }
    }

    private void Untrack(SimTrack track)
    {
        if (Find(track.Command) == track)
            tracks.Remove(track.Command);
    }

    private static void Tell(SimTrack track, long position, bool rewind)
    {
        var session = track.Session;
        var message = new Acknowledgement(session.Number, track.Command, position, rewind);
        session.Link.ToWorker(() => session.Peer.Applied(session.Link, message));
    }
}

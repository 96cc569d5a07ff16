using Weir.Shared.Protocol;
using Weir.Worker.Journal;

namespace Weir.Worker.Connection;

/// <summary>Chooses what to send next on a connection: pieces of whole frames, each command in its turn, never more unacknowledged than the window.</summary>
internal sealed class Shipping(HeldCommands held, WorkDirectory work)
{
    // Small enough to stay out of the heap for large objects; a single larger frame goes alone.
    private const int Target = 60 * 1024;
    private long _lastServed;

    /// <summary>The next piece; null if there is nothing to send, or no room. It counts as sent.</summary>
    public Piece? Next(long session)
    {
        lock (held.Gate)
        {
            if (Unacknowledged() >= WorkerProtocol.Window)
                return null;
            var turn = held.All.Where(HasMore).OrderBy(h => h.Id <= _lastServed).ThenBy(h => h.Id).FirstOrDefault();
            if (turn is null)
                return null;
            _lastServed = turn.Id;
            var piece = new Piece(session, turn.Id, turn.Sent, Read(turn));
            turn.Sent += piece.Bytes.Length;
            return piece;
        }
    }

    /// <summary>Something was sent and is not stored yet.</summary>
    public bool Waiting
    {
        get
        {
            lock (held.Gate)
                return Unacknowledged() > 0;
        }
    }

    private static bool HasMore(Held command) => command is { Wanted: true, Forgotten: false, Lost: null } && command.Sent < command.Length;

    private long Unacknowledged() => held.All.Where(h => h.Wanted).Sum(h => h.Sent - h.Acknowledged);

    private byte[] Read(Held command)
    {
        command.File ??= File.OpenHandle(work.Frames(command.Id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Min(Target, command.Length - command.Sent)];
        Fill(command, bytes);
        var whole = 0;
        while (FrameCodec.TryMeasure(bytes.AsSpan(whole), out var size) && (whole == 0 || whole + size <= bytes.Length))
        {
            whole += size;
            if (whole > bytes.Length)
            {
                bytes = new byte[whole];
                Fill(command, bytes);
            }
        }
        return whole == bytes.Length ? bytes : bytes[..whole];
    }

    private static void Fill(Held command, byte[] bytes)
    {
        if (RandomAccess.Read(command.File!, bytes, command.Sent) != bytes.Length)
            throw new IOException($"The file of command {command.Id} is shorter than the {command.Length} bytes it had.");
    }
}

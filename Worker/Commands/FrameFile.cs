using Microsoft.Win32.SafeHandles;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;

namespace Weir.Worker.Commands;

/// <summary>A command's file: only ever appended to, frame by frame. Its making is the mark that the command may have begun.</summary>
internal sealed class FrameFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private long _length;

    private FrameFile(SafeFileHandle handle, long length) => (_handle, _length) = (handle, length);

    public long Length => Volatile.Read(ref _length);

    /// <summary>A new file. Fails if there is one: the command has begun before.</summary>
    public static FrameFile Create(string path) => new(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), 0);

    /// <summary>An existing file, continued at a position; what was behind it is cut off.</summary>
    public static FrameFile ContinueAt(string path, long position)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.SetLength(handle, position);
        return new(handle, position);
    }

    public void Append(Frame frame)
    {
        var bytes = FrameCodec.Encode(frame);
        if (bytes.Length > WorkerProtocol.MaxPiece)
            throw new InvalidOperationException($"A frame of {bytes.Length} bytes would not fit into a piece.");
        RandomAccess.Write(_handle, bytes, _length);
        Volatile.Write(ref _length, _length + bytes.Length);
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);
    public void Dispose() => _handle.Dispose();

    /// <summary>How far a file consists of whole frames, and whether the last of them is the end. A torn rest (power cut) does not count.</summary>
    /// <param name="path">The file; it may be absent.</param>
    /// <param name="thoroughly">Look into the frames too: after a power cut a length may be there without its bytes.</param>
    public static (long Length, bool Ended) Measure(string path, bool thoroughly)
    {
        if (!File.Exists(path))
            return (0, false);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var total = RandomAccess.GetLength(handle);
        var buffer = new byte[FrameCodec.HeaderSize + FrameCodec.MaxBody];
        long at = 0;
        try
        {
            while (true)
            {
                var there = RandomAccess.Read(handle, buffer.AsSpan(0, thoroughly ? buffer.Length : FrameCodec.HeaderSize), at);
                if (!FrameCodec.TryMeasure(buffer.AsSpan(0, there), out var size) || at + size > total)
                    return (at, false);
                if (thoroughly && FrameCodec.TryDecode(buffer.AsMemory(0, there), out var frame, out _) && frame is LinesFrame lines)
                    _ = LogChunk.Unpack(lines.Content.Span, 0, 0);
                at += size;
                if (FrameCodec.IsEnded(buffer))
                    return (at, true);
            }
        }
        catch (FormatException)
        {
            return (at, false);
        }
    }
}

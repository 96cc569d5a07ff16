using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Weir.Shared.Protocol;

/// <summary>Writes and reads the frames of a command's file. Format 1: kind byte, length (int32, little endian), body.</summary>
public static class FrameCodec
{
    /// <summary>Bytes before each body.</summary>
    public const int HeaderSize = 5;

    /// <summary>A longer body is garbage.</summary>
    public const int MaxBody = 512 * 1024;
    private const byte Started = 1;
    private const byte Lines = 2;
    private const byte Ended = 3;

    public static byte[] Encode(Frame frame) => frame switch
    {
        StartedFrame s => Whole(Started, JsonSerializer.SerializeToUtf8Bytes(s, FrameJson.Default.StartedFrame)),
        LinesFrame l => EncodeLines(l),
        EndedFrame e => Whole(Ended, JsonSerializer.SerializeToUtf8Bytes(e, FrameJson.Default.EndedFrame)),
        _ => throw new ArgumentException($"No such frame: {frame.GetType().Name}.", nameof(frame)),
    };

    /// <summary>The frame at the start of the bytes and its whole size; false if it is not all there.</summary>
    /// <exception cref="FormatException">The bytes are no frame.</exception>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, out Frame? frame, out int size)
    {
        frame = null;
        if (!TryMeasure(bytes.Span, out size) || bytes.Length < size)
            return false;
        var body = bytes[HeaderSize..size];
        try
        {
            frame = bytes.Span[0] switch
            {
                Started => JsonSerializer.Deserialize(body.Span, FrameJson.Default.StartedFrame) ?? throw new FormatException("An empty started frame."),
                Lines => DecodeLines(body),
                Ended => JsonSerializer.Deserialize(body.Span, FrameJson.Default.EndedFrame) ?? throw new FormatException("An empty ended frame."),
                var kind => throw new FormatException($"A frame of kind {kind}; known are 1 to 3."),
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException or NotSupportedException)
        {
            throw new FormatException("A frame that cannot be read: " + e.Message, e);
        }
        return true;
    }

    /// <summary>All frames of a piece.</summary>
    /// <exception cref="FormatException">Something else than whole frames is in it.</exception>
    public static IReadOnlyList<Frame> DecodeAll(ReadOnlyMemory<byte> bytes)
    {
        var frames = new List<Frame>();
        while (bytes.Length > 0)
        {
            if (!TryDecode(bytes, out var frame, out var size))
                throw new FormatException($"A piece ends in the middle of a frame ({bytes.Length} bytes are left).");
            frames.Add(frame!);
            bytes = bytes[size..];
        }
        return frames;
    }

    /// <summary>The whole size of the frame at the start of the bytes; false if not even its header is there.</summary>
    /// <exception cref="FormatException">The length is impossible.</exception>
    public static bool TryMeasure(ReadOnlySpan<byte> bytes, out int size)
    {
        size = 0;
        if (bytes.Length < HeaderSize)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]);
        if (length is < 0 or > MaxBody)
            throw new FormatException($"A frame that claims {length} bytes; the limit is {MaxBody}.");
        if (bytes[0] is < Started or > Ended)
            throw new FormatException($"A frame of kind {bytes[0]}; known are 1 to 3.");
        size = HeaderSize + length;
        return true;
    }

    /// <summary>Whether the frame at the start of the bytes is the last one of its file.</summary>
    public static bool IsEnded(ReadOnlySpan<byte> bytes) => bytes.Length > 0 && bytes[0] == Ended;

    private static byte[] Whole(byte kind, ReadOnlySpan<byte> body)
    {
        var bytes = new byte[HeaderSize + body.Length];
        bytes[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), body.Length);
        body.CopyTo(bytes.AsSpan(HeaderSize));
        return bytes;
    }

    // name length (1), name, line count (4), byte count (4), first at (8), last at (8), content
    private static byte[] EncodeLines(LinesFrame l)
    {
        var name = Encoding.UTF8.GetBytes(l.Log);
        var bytes = new byte[HeaderSize + 1 + name.Length + 24 + l.Content.Length];
        bytes[0] = Lines;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), bytes.Length - HeaderSize);
        var at = bytes.AsSpan(HeaderSize);
        at[0] = checked((byte)name.Length);
        name.CopyTo(at[1..]);
        at = at[(1 + name.Length)..];
        BinaryPrimitives.WriteInt32LittleEndian(at, l.LineCount);
        BinaryPrimitives.WriteInt32LittleEndian(at[4..], l.ByteCount);
        BinaryPrimitives.WriteInt64LittleEndian(at[8..], l.FirstAt);
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], l.LastAt);
        l.Content.Span.CopyTo(at[24..]);
        return bytes;
    }

    private static LinesFrame DecodeLines(ReadOnlyMemory<byte> body)
    {
        var nameLength = body.Span[..1][0];
        var name = Encoding.UTF8.GetString(body.Span.Slice(1, nameLength));
        var at = body.Span[(1 + nameLength)..];
        var lines = BinaryPrimitives.ReadInt32LittleEndian(at);
        var count = BinaryPrimitives.ReadInt32LittleEndian(at[4..]);
        if (lines < 0 || count < 0)
            throw new FormatException("A lines frame with a negative count.");
        return new(name, lines, count, BinaryPrimitives.ReadInt64LittleEndian(at[8..]), BinaryPrimitives.ReadInt64LittleEndian(at[16..]), body[(1 + nameLength + 24)..]);
    }
}

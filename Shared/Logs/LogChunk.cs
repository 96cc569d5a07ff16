using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Weir.Shared.Logs;

/// <summary>A chunk of a log as it is stored: format byte, size, perhaps a <see cref="LogBorder"/>, then (Brotli) the lines one behind the other. Made by the worker, read by the masters.</summary>
/// <remarks>A line is: stream letter, <see cref="LineEnd"/> byte, milliseconds after the line before (varint), length (varint), bytes.</remarks>
public static class LogChunk
{
    /// <summary>A chunk holds at most so many lines …</summary>
    public const int MaxLines = 1000;

    /// <summary>… and so many bytes before compression, one line more or less.</summary>
    public const int MaxBytes = 128 * 1024;

    /// <summary>More than this no chunk has, unpacked.</summary>
    public const int MaxPlain = 8 * MaxBytes;

    // Format 1 has no border; format 2 has one, with its length before it.
    private const byte Brotli = 1;
    private const byte BrotliWithBorder = 2;
    private const int Head = 5;

    /// <summary>Packs lines; their numbers are not stored, the chunk's row knows the first.</summary>
    /// <param name="lines">At least one.</param>
    /// <param name="border">Goes on from the chunk before, if there is one.</param>
    public static byte[] Pack(IReadOnlyList<LogLine> lines, LogBorder? border = null)
    {
        border ??= new();
        var plain = new ArrayBufferWriter<byte>(4096);
        var before = lines.Count > 0 ? lines[0].At : 0;
        foreach (var line in lines)
        {
            Append(plain, line.Stream, line.End, Math.Max(0, line.At - before), line.Bytes.Span);
            border.Add(line.Stream, Math.Max(0, line.At - before), line.Bytes.Span);
            before = Math.Max(before, line.At);
        }
        return Compress(plain.WrittenSpan, border.Take());
    }

    /// <summary>Adds one line to a chunk in the making; <paramref name="delta"/> is the time since the line before.</summary>
    public static void Append(IBufferWriter<byte> plain, LogStream stream, LineEnd end, long delta, ReadOnlySpan<byte> bytes)
    {
        var head = plain.GetSpan(2 + (2 * Varint.MaxLength));
        head[0] = (byte)stream;
        head[1] = (byte)end;
        var n = 2;
        n += Varint.Write(head[n..], (ulong)delta);
        n += Varint.Write(head[n..], (ulong)bytes.Length);
        plain.Advance(n);
        plain.Write(bytes);
    }

    /// <summary>Compresses what <see cref="Append"/> made.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> border)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(plain.Length) + Head + Varint.MaxLength + border.Length);
        try
        {
            buffer[0] = border.IsEmpty ? Brotli : BrotliWithBorder;
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), plain.Length);
            var n = Head;
            if (!border.IsEmpty)
            {
                n += Varint.Write(buffer.AsSpan(n), (ulong)border.Length);
                border.CopyTo(buffer.AsSpan(n));
                n += border.Length;
            }
            // Quality 2: measured as fast as the keeper reads a pipe, and smaller than gzip at its fastest.
            if (!BrotliEncoder.TryCompress(plain, buffer.AsSpan(n), out var size, quality: 2, window: 18))
                throw new InvalidOperationException("Brotli had too little room, which cannot be.");
            return buffer.AsSpan(0, n + size).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The lines of a chunk, numbered from <paramref name="firstNumber"/>, timed from <paramref name="firstAt"/>.</summary>
    /// <exception cref="FormatException">It is no chunk.</exception>
    public static IReadOnlyList<LogLine> Unpack(ReadOnlySpan<byte> chunk, long firstNumber, long firstAt)
    {
        var plain = new byte[PlainSize(chunk)];
        Decompress(chunk, plain);
        var lines = new List<LogLine>();
        foreach (var line in new LogChunkLines(plain, firstAt))
            lines.Add(new(firstNumber + lines.Count, line.At, line.Stream, line.End, plain.AsMemory(line.From, line.Length)));
        return lines;
    }

    /// <summary>How many bytes <see cref="Decompress"/> makes of a chunk.</summary>
    /// <exception cref="FormatException">It is no chunk.</exception>
    public static int PlainSize(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < Head || chunk[0] is not (Brotli or BrotliWithBorder))
            throw new FormatException("Not a log chunk of a known format.");
        var size = BinaryPrimitives.ReadInt32LittleEndian(chunk[1..]);
        return size is >= 0 and <= MaxPlain ? size : throw new FormatException($"A log chunk that claims {size} bytes.");
    }

    /// <summary>Unpacks a chunk into a buffer that is large enough; <see cref="LogChunkLines"/> finds the lines in it.</summary>
    /// <exception cref="FormatException">It is no chunk.</exception>
    public static int Decompress(ReadOnlySpan<byte> chunk, Span<byte> plain)
    {
        var size = PlainSize(chunk);
        if (!BrotliDecoder.TryDecompress(chunk[Content(chunk)..], plain[..size], out var written) || written != size)
            throw new FormatException("A log chunk that cannot be decompressed.");
        return size;
    }

    /// <summary>The chunk's border, still packed; empty if it has none. Costs nothing but a look.</summary>
    /// <exception cref="FormatException">It is no chunk.</exception>
    public static ReadOnlySpan<byte> Border(ReadOnlySpan<byte> chunk)
    {
        _ = PlainSize(chunk);
        var (from, to) = BorderAt(chunk);
        return chunk[from..to];
    }

    private static int Content(ReadOnlySpan<byte> chunk) => BorderAt(chunk).To;

    private static (int From, int To) BorderAt(ReadOnlySpan<byte> chunk)
    {
        if (chunk[0] == Brotli)
            return (Head, Head);
        var n = Head;
        var length = (int)Math.Min(int.MaxValue, Varint.Read(chunk, ref n));
        return length <= chunk.Length - n ? (n, n + length) : throw new FormatException("The border of a log chunk claims more bytes than there are.");
    }
}

using System.Buffers;
using System.IO.Compression;

namespace Weir.Shared.Logs;

/// <summary>A chunk of a log as it is stored: format byte, then (Brotli) the lines one behind the other. Made by the worker, read by the masters.</summary>
/// <remarks>A line is: stream letter, <see cref="LineEnd"/> byte, milliseconds after the line before (varint), length (varint), bytes.</remarks>
public static class LogChunk
{
    /// <summary>A chunk holds at most so many lines …</summary>
    public const int MaxLines = 1000;

    /// <summary>… and so many bytes before compression, one line more or less.</summary>
    public const int MaxBytes = 128 * 1024;
    private const byte Brotli = 1;

    /// <summary>Packs lines; their numbers are not stored, the chunk's row knows the first.</summary>
    public static byte[] Pack(IReadOnlyList<LogLine> lines)
    {
        var plain = new ArrayBufferWriter<byte>(4096);
        var before = lines.Count > 0 ? lines[0].At : 0;
        foreach (var line in lines)
        {
            Append(plain, line.Stream, line.End, Math.Max(0, line.At - before), line.Bytes.Span);
            before = Math.Max(before, line.At);
        }
        return Compress(plain.WrittenSpan);
    }

    /// <summary>Adds one line to a chunk in the making; <paramref name="delta"/> is the time since the line before.</summary>
    public static void Append(IBufferWriter<byte> plain, LogStream stream, LineEnd end, long delta, ReadOnlySpan<byte> bytes)
    {
        var head = plain.GetSpan(22);
        head[0] = (byte)stream;
        head[1] = (byte)end;
        var n = 2;
        n += WriteVarint(head[n..], (ulong)delta);
        n += WriteVarint(head[n..], (ulong)bytes.Length);
        plain.Advance(n);
        plain.Write(bytes);
    }

    /// <summary>Compresses what <see cref="Append"/> made.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> plain)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(plain.Length) + 5);
        try
        {
            buffer[0] = Brotli;
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), plain.Length);
            // Quality 2: measured as fast as the keeper reads a pipe, and smaller than gzip at its fastest.
            if (!BrotliEncoder.TryCompress(plain, buffer.AsSpan(5), out var size, quality: 2, window: 18))
                throw new InvalidOperationException("Brotli had too little room, which cannot be.");
            return buffer.AsSpan(0, 5 + size).ToArray();
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
        var plain = Decompress(chunk);
        var lines = new List<LogLine>();
        var at = firstAt;
        var n = 0;
        while (n < plain.Length)
        {
            if (plain.Length - n < 4)
                throw new FormatException("A log chunk ends in the middle of a line.");
            var stream = (LogStream)plain[n++];
            var end = (LineEnd)plain[n++];
            at += (long)ReadVarint(plain, ref n);
            var length = (int)Math.Min(int.MaxValue, ReadVarint(plain, ref n));
            if (length > plain.Length - n)
                throw new FormatException("A line of a log chunk claims more bytes than there are.");
            lines.Add(new(firstNumber + lines.Count, at, stream, end, plain.AsMemory(n, length)));
            n += length;
        }
        return lines;
    }

    private static byte[] Decompress(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 5 || chunk[0] != Brotli)
            throw new FormatException("Not a log chunk of a known format.");
        var size = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(chunk[1..]);
        if (size is < 0 or > 8 * MaxBytes)
            throw new FormatException($"A log chunk that claims {size} bytes.");
        var plain = new byte[size];
        if (!BrotliDecoder.TryDecompress(chunk[5..], plain, out var written) || written != size)
            throw new FormatException("A log chunk that cannot be decompressed.");
        return plain;
    }

    private static int WriteVarint(Span<byte> to, ulong value)
    {
        var n = 0;
        for (; value >= 0x80; value >>= 7)
            to[n++] = (byte)(value | 0x80);
        to[n++] = (byte)value;
        return n;
    }

    private static ulong ReadVarint(byte[] from, ref int n)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (n >= from.Length)
                break;
            var b = from[n++];
            value |= (ulong)(b & 0x7f) << shift;
            if ((b & 0x80) == 0)
                return value;
        }
        throw new FormatException("A number of a log chunk does not end.");
    }
}

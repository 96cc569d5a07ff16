using System.Buffers;

namespace Weir.Shared.Logs;

/// <summary>Whole numbers in as few bytes as they need, seven bits each, lowest first.</summary>
internal static class Varint
{
    public const int MaxLength = 10;

    public static int Write(Span<byte> to, ulong value)
    {
        var n = 0;
        for (; value >= 0x80; value >>= 7)
            to[n++] = (byte)(value | 0x80);
        to[n++] = (byte)value;
        return n;
    }

    public static void Write(IBufferWriter<byte> to, ulong value) => to.Advance(Write(to.GetSpan(MaxLength), value));

    /// <exception cref="FormatException">The bytes end first.</exception>
    public static ulong Read(ReadOnlySpan<byte> from, ref int n)
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

using System.Buffers;

namespace Weir.Worker.Commands.Masking;

/// <summary>
/// Takes a stream piece by piece and gives it on without secrets. Of what could be the beginning of one, it keeps the bytes until it is clear; a whole line is not kept back for a
/// beginning of less than four bytes, but if the secret goes on in the next line, the rest of it is masked.
/// </summary>
internal sealed class MaskedStream(Masker masker, Action<byte[], int, int> write)
{
    private const int Worthwhile = 4;
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    // Given on already (its line was complete), but it could be the beginning of a secret.
    private byte[] _before = [];
    private byte[] _kept = [];

    // So many bytes (line ends not counted) at the beginning of what is kept belong to a secret whose mask was written already.
    private int _maskedAhead;

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0)
            Work([.. _kept, .. bytes], last: false);
    }

    /// <summary>Nothing follows.</summary>
    public void End()
    {
        if (_kept.Length > 0)
            Work(_kept, last: true);
    }

    private void Work(byte[] raw, bool last)
    {
        // Without line ends: text[i] stands at raw[at(i)].
        var text = new byte[_before.Length + raw.Length];
        _before.CopyTo(text, 0);
        var length = _before.Length;
        var lines = new List<(int Text, int Raw)> { (length, 0) };
        for (var from = 0; from < raw.Length;)
        {
            var end = raw.AsSpan(from).IndexOfAny(LineEnds);
            var to = end < 0 ? raw.Length : from + end;
            raw.AsSpan(from..to).CopyTo(text.AsSpan(length));
            length += to - from;
            from = to + 1;
            if (end >= 0)
                lines.Add((length, from));
        }
        var plain = text.AsSpan(0, length);
        var secrets = Find(plain);
        var hold = last ? length : Hold(plain);
        var all = LineEnds.Contains(raw[^1]) && length - hold < Worthwhile;
        var cut = all ? length : Math.Max(hold, _before.Length);
        var upTo = cut == length ? raw.Length : RawOf(lines, cut);
        Write(raw.AsSpan(0, upTo), secrets, lines);
        _maskedAhead = secrets.Where(s => s.From < cut && s.To > cut).Select(s => s.To - cut).DefaultIfEmpty(0).Max();
        _before = hold < cut ? plain[hold..cut].ToArray() : [];
        _kept = raw[upTo..];
    }

    // Merged and in order; the first may be the rest of an earlier one.
    private List<(int From, int To)> Find(ReadOnlySpan<byte> plain)
    {
        var found = new List<(int From, int To)>();
        if (_maskedAhead > 0)
            found.Add((_before.Length, Math.Min(plain.Length, _before.Length + _maskedAhead)));
        foreach (var needle in masker.Needles)
        {
            for (var from = 0; plain[from..].IndexOf(needle) is var at and >= 0; from += at + 1)
                found.Add((from + at, from + at + needle.Length));
        }
        found.Sort();
        var merged = new List<(int From, int To)>();
        foreach (var (from, to) in found)
        {
            if (merged.Count > 0 && from < merged[^1].To)
                merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, to));
            else
                merged.Add((from, to));
        }
        return merged;
    }

    // Where the longest beginning of a secret starts with which the text ends.
    private int Hold(ReadOnlySpan<byte> plain)
    {
        var hold = plain.Length;
        foreach (var needle in masker.Needles)
        {
            var from = Math.Max(0, plain.Length - needle.Length + 1);
            while (from < hold)
            {
                var at = plain[from..hold].IndexOf(needle[0]);
                if (at < 0)
                    break;
                from += at;
                if (needle.AsSpan().StartsWith(plain[from..]))
                {
                    hold = from;
                    break;
                }
                from++;
            }
        }
        return hold;
    }

    private static int RawOf(List<(int Text, int Raw)> lines, int text)
    {
        var line = lines.FindLastIndex(l => l.Text <= text);
        return line < 0 ? 0 : lines[line].Raw + text - lines[line].Text;
    }

    private void Write(ReadOnlySpan<byte> raw, List<(int From, int To)> secrets, List<(int Text, int Raw)> lines)
    {
        if (secrets.Count == 0)
        {
            Give(raw);
            return;
        }
        var at = 0;
        foreach (var (from, to) in secrets)
        {
            var begin = from < _before.Length ? 0 : RawOf(lines, from);
            // The last byte's place, and one more: a line end behind the secret is not part of it.
            var end = to <= _before.Length ? 0 : RawOf(lines, to - 1) + 1;
            if (begin >= raw.Length || end <= at)
                continue;
            Give(raw[at..begin]);
            var masked = from <= _before.Length && _maskedAhead > 0;
            at = Math.Min(end, raw.Length);
            for (var i = begin; i < at; i++)
            {
                if (LineEnds.Contains(raw[i]))
                {
                    Give(raw.Slice(i, 1));
                    masked = false;
                }
                else if (!masked)
                {
                    Give(Masker.Mark);
                    masked = true;
                }
            }
        }
        Give(raw[at..]);
    }

    private void Give(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            return;
        var copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        write(copy, 0, bytes.Length);
        ArrayPool<byte>.Shared.Return(copy);
    }
}

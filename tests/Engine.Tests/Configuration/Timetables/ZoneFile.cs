using System.Buffers.Binary;
using System.Globalization;

namespace Weir.Engine.Tests.Configuration.Timetables;

/// <summary>
/// The oracle's own reader of compiled zone data (RFC 9636): segments of constant offset up to 2038. Knows nothing of how Weir asks for zones.
/// </summary>
internal sealed class ZoneFile
{
    private const string Folder = "/usr/share/zoneinfo";
    private static readonly long End = new DateTimeOffset(2038, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    private ZoneFile(IReadOnlyList<(long From, int Offset)> segments) => Segments = segments;

    /// <summary>From when (seconds since 1970) which offset (seconds) holds.</summary>
    public IReadOnlyList<(long From, int Offset)> Segments { get; }

    public static bool CanBeRead => File.Exists($"{Folder}/UTC");

    public static ZoneFile Read(string name)
    {
        var all = File.ReadAllBytes($"{Folder}/{name}");
        var first = Counts(all);
        // The second block has 64-bit times; behind it stands a line with the rule for later years.
        var data = all.AsSpan(44 + (first.Times * 5) + (first.Types * 6) + first.Chars + (first.Leaps * 8) + first.Standard + first.Universal);
        var (universal, standard, leaps, times, types, chars) = Counts(data);
        var at = data[44..];
        var moments = at[..(times * 8)];
        var which = at.Slice(times * 8, times);
        var infos = at.Slice(times * 9, types * 6);
        var segments = new List<(long, int)> { (long.MinValue, Offset(infos, First(infos, types))) };
        for (var i = 0; i < times; i++)
            segments.Add((BinaryPrimitives.ReadInt64BigEndian(moments[(i * 8)..]), Offset(infos, which[i])));
        var footer = System.Text.Encoding.ASCII.GetString(at[((times * 9) + (types * 6) + chars + (leaps * 12) + standard + universal)..]).Trim('\n');
        if (footer.Contains(',', StringComparison.Ordinal))
            AddByRule(segments, footer);
        return new(Merge(segments));
    }

    public int OffsetAt(long instant) => Segments[At(instant)].Offset;

    // The last that has begun.
    private int At(long instant)
    {
        var (low, high) = (0, Segments.Count);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Segments[middle].From <= instant)
                low = middle;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>The first instant at which the wall shows this or later; walls are written as seconds as if they were UTC.</summary>
    public long FirstShowing(long wall, long notBefore)
    {
        for (var i = At(notBefore); i < Segments.Count; i++)
        {
            var (from, offset) = Segments[i];
            var until = i + 1 < Segments.Count ? Segments[i + 1].From : long.MaxValue;
            var start = Math.Max(from, notBefore);
            if (start + offset >= wall)
                return start;
            if (wall - offset < until)
                return wall - offset;
        }
        throw new InvalidOperationException();
    }

    private static (int Universal, int Standard, int Leaps, int Times, int Types, int Chars) Counts(ReadOnlySpan<byte> header)
    {
        Span<int> counts = stackalloc int[6];
        for (var i = 0; i < 6; i++)
            counts[i] = BinaryPrimitives.ReadInt32BigEndian(header[(20 + (i * 4))..]);
        return (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
    }

    private static int First(ReadOnlySpan<byte> infos, int types)
    {
        for (var i = 0; i < types; i++)
        {
            if (infos[(i * 6) + 4] == 0)
                return i;
        }
        return 0;
    }

    private static int Offset(ReadOnlySpan<byte> infos, int type) => BinaryPrimitives.ReadInt32BigEndian(infos[(type * 6)..]);

    private static List<(long, int)> Merge(IEnumerable<(long From, int Offset)> segments)
    {
        var merged = new List<(long From, int Offset)>();
        foreach (var segment in segments.OrderBy(s => s.From))
        {
            if (merged.Count == 0 || merged[^1].Offset != segment.Offset)
                merged.Add(segment);
        }
        return merged;
    }

    // CET-1CEST,M3.5.0,M10.5.0/3: names, distances with their signs turned, and when one follows the other.
    private static void AddByRule(List<(long From, int Offset)> segments, string footer)
    {
        var parts = footer.Split(',');
        if (parts.Length != 3 || parts[1][0] != 'M' || parts[2][0] != 'M')
            return;
        var at = 0;
        Name(parts[0], ref at);
        var standard = -Clock(parts[0], ref at);
        Name(parts[0], ref at);
        var summer = at < parts[0].Length ? -Clock(parts[0], ref at) : standard + 3600;
        var last = segments[^1].From;
        for (var year = 2020; year < 2038; year++)
        {
            foreach (var (moment, offset) in new[] { (Moment(year, parts[1]) - standard, summer), (Moment(year, parts[2]) - summer, standard) })
            {
                if (moment > last && moment < End)
                    segments.Add((moment, offset));
            }
        }
    }

    private static void Name(string text, ref int at)
    {
        if (text[at] == '<')
            at = text.IndexOf('>', at) + 1;
        else
            while (at < text.Length && char.IsAsciiLetter(text[at]))
                at++;
    }

    private static int Clock(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] is ':' or '-' or '+'))
            at++;
        var parts = text[start..at].TrimStart('+', '-').Split(':').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var seconds = (parts[0] * 3600) + (parts.ElementAtOrDefault(1) * 60) + parts.ElementAtOrDefault(2);
        return text[start] == '-' ? -seconds : seconds;
    }

    private static long Moment(int year, string rule)
    {
        var (date, clock) = rule.Split('/') is [var d, var c] ? (d, c) : (rule, "2");
        var n = date[1..].Split('.').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var day = new DateTime(year, n[0], 1);
        day = day.AddDays((((n[2] - (int)day.DayOfWeek) + 7) % 7) + ((n[1] - 1) * 7));
        if (day.Month != n[0])
            day = day.AddDays(-7);
        var at = 0;
        return new DateTimeOffset(day, TimeSpan.Zero).ToUnixTimeSeconds() + Clock(clock, ref at);
    }
}

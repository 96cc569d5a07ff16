using System.Globalization;
using System.Text.Json;

namespace Weir.App.Client.Parts;

/// <summary>Durations, ages, counts and values as people say them. The browser's <c>times.ts</c> says durations in the same words.</summary>
public static class Words
{
    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>4 min 5 s</c>, <c>2 h 10 min</c>, <c>3 d 4 h</c>: two parts at most, the smaller one left out when it is nothing.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        if (time.TotalMilliseconds < 950)
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalSeconds, 1):0.#} s");
        var s = (long)Math.Floor(time.TotalSeconds + 0.05);
        return s switch
        {
            < 60 => Two(s, "s", 0, ""),
            < 3600 => Two(s / 60, "min", s % 60, "s"),
            < 86400 => Two(s / 3600, "h", s % 3600 / 60, "min"),
            _ => Two(s / 86400, "d", s % 86400 / 3600, "h"),
        };
    }

    /// <summary>One part only: <c>4 min ago</c>, <c>just now</c>, <c>in 3 h</c>.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now)
    {
        var s = (long)Math.Floor((now - at).TotalSeconds);
        if (Math.Abs(s) < 5)
            return "just now";
        var text = Math.Abs(s) switch
        {
            < 60 => $"{Number(Math.Abs(s))} s",
            < 3600 => $"{Number(Math.Abs(s) / 60)} min",
            < 86400 => $"{Number(Math.Abs(s) / 3600)} h",
            _ => $"{Number(Math.Abs(s) / 86400)} d",
        };
        return s < 0 ? $"in {text}" : $"{text} ago";
    }

    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A moment that is only probable: <c>about 14:20 UTC</c>, with its date if that is another.</summary>
    public static string About(DateTimeOffset at, DateTimeOffset now) =>
        at.UtcDateTime.ToString(at.UtcDateTime.Date == now.UtcDateTime.Date ? "'about' HH:mm 'UTC'" : "'about' yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>For <c>datetime</c> attributes: the browser reads it back to the millisecond.</summary>
    public static string Machine(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Count(long count, string one, string? many = null) => count == 1 ? $"1 {one}" : $"{Grouped(count)} {many ?? one + "s"}";
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
    public static string Grouped(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share as a whole percentage; never 100 % while anything is missing, never 0 % while there is something.</summary>
    public static string Percent(double share)
    {
        var percent = (int)Math.Round(share * 100, MidpointRounding.AwayFromZero);
        return $"{Number(share < 1 && percent == 100 ? 99 : share > 0 && percent == 0 ? 1 : percent)} %";
    }

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => Count(bytes, "byte"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.#} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.##} GiB"),
    };

    /// <summary>A revision as lists show it: a hash shortened to nine signs, anything else as it is.</summary>
    public static string Revision(string? revision) =>
        revision is null ? "" : revision.Length >= 20 && revision.All(char.IsAsciiHexDigit) ? revision[..9] : revision;

    /// <summary>An author without the address.</summary>
    public static string Person(string author)
    {
        var mail = author.IndexOf('<', StringComparison.Ordinal);
        return mail > 0 ? author[..mail].TrimEnd() : author;
    }

    /// <summary>JSON text as a person reads it: a string without its quotes, the rest as JSON.</summary>
    public static string Json(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString()! : json;
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static string Two(long big, string bigUnit, long small, string smallUnit) =>
        small == 0 ? $"{Number(big)} {bigUnit}" : $"{Number(big)} {bigUnit} {Number(small)} {smallUnit}";
}

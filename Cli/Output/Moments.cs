using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.Cli.Output;

/// <summary>Times and durations in words.</summary>
internal static class Moments
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static string Iso(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>How long ago, or in how long; a date when that is far.</summary>
    public static string Relative(long seconds)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        var distance = Now - at;
        if (distance.Duration() > TimeSpan.FromDays(14))
            return at.ToLocalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (distance < TimeSpan.Zero)
            return "in " + Rough(-distance);
        return distance < TimeSpan.FromSeconds(2) ? "just now" : Rough(distance) + " ago";
    }

    public static string Local(JsonNode? seconds) =>
        seconds is null ? "" : DateTimeOffset.FromUnixTimeSeconds(seconds.GetValue<long>()).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A moment that is only probable, by the clock here: about 14:20, with its date if that is another.</summary>
    public static string About(long seconds)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(seconds).ToLocalTime();
        return at.ToString(at.Date == Now.ToLocalTime().Date ? "'about' HH:mm" : "'about' yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>From one moment to another, or to now.</summary>
    public static string Took(JsonNode? fromMilliseconds, JsonNode? toMilliseconds)
    {
        if (fromMilliseconds is null)
            return "";
        var to = toMilliseconds is null ? Now : DateTimeOffset.FromUnixTimeMilliseconds(toMilliseconds.GetValue<long>());
        return Exact(to - DateTimeOffset.FromUnixTimeMilliseconds(fromMilliseconds.GetValue<long>()));
    }

    public static string Exact(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 s",
        _ when span < TimeSpan.FromMinutes(1) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalSeconds * 10) / 10:0.0} s"),
        _ when span < TimeSpan.FromHours(1) => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes}:{span.Seconds:00}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}"),
    };

    public static string Rough(TimeSpan span) => span switch
    {
        _ when span < TimeSpan.FromSeconds(100) => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds} s"),
        _ when span < TimeSpan.FromMinutes(100) => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalMinutes} min"),
        _ when span < TimeSpan.FromHours(48) => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} d"),
    };

    public static string Bytes(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        for (; size >= 1000 && unit < units.Length - 1; unit++)
            size /= 1024;
        return size.ToString(unit == 0 || size >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>REST's own objects, with the ISO form beside each time: <c>started_at</c> and <c>started_at_iso</c>.</summary>
    public static JsonNode WithIso(JsonNode node)
    {
        switch (node)
        {
            case JsonObject o:
                var copy = new JsonObject();
                foreach (var (name, value) in o)
                {
                    copy[name] = value is null ? null : WithIso(value);
                    if (IsTime(name))
                        copy[name + "_iso"] = value is JsonValue v && v.GetValueKind() == JsonValueKind.Number && v.TryGetValue<long>(out var seconds) ? Iso(seconds) : null;
                }
                return copy;
            case JsonArray list:
                return new JsonArray([.. list.Select(i => i is null ? null : WithIso(i))]);
            default:
                return node.DeepClone();
        }
    }

    private static bool IsTime(string name) => name.EndsWith("_at", StringComparison.Ordinal) || name is "when_timestamp" or "last_active";

    /// <summary>A duration as people type it: 90s, 15m, 6h, 3d, 2w; or null.</summary>
    public static TimeSpan? Parse(string text) => text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 100_000
        ? text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            'w' => TimeSpan.FromDays(7 * number),
            _ => null,
        }
        : null;
}

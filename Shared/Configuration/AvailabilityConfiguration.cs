using System.Globalization;
using System.Text.Json.Serialization;

namespace Weir.Shared.Configuration;

/// <summary>When a worker may be given builds, by the clocks of a time zone. A worker without one always may.</summary>
public sealed record AvailabilityConfiguration
{
    /// <summary>An IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>The weekly rule: open while one of them is.</summary>
    public IReadOnlyList<OpeningWindow> Windows { get; init; } = [];

    /// <summary>On the dates of these only they count, not the weekly rule.</summary>
    public IReadOnlyList<OpeningException> Exceptions { get; init; } = [];
    public LastStart LastStart { get; init; }
    public AtClose AtClose { get; init; }

    /// <summary>The weekly rule in a line: <c>mon-fri 19:00-07:00, sat-sun (Europe/Budapest)</c>.</summary>
    [JsonIgnore]
    public string InWords => $"{(Windows.Count == 0 ? "no weekly windows" : string.Join(", ", Windows.Select(w => w.InWords)))} ({TimeZone})";
}

/// <summary>A window that opens on some days of each week. It ends on the next day where <see cref="To"/> is not after <see cref="From"/>.</summary>
public sealed record OpeningWindow
{
    /// <summary>The days on which it opens, Monday first.</summary>
    public required IReadOnlyList<DayOfWeek> Days { get; init; }
    public TimeOnly From { get; init; }

    /// <summary>Null: the end of the day.</summary>
    public TimeOnly? To { get; init; }

    [JsonIgnore]
    public string InWords => $"{Weekdays.Words(Days)}{(From == default && To is null ? "" : " " + Weekdays.Hours(From, To))}";
}

/// <summary>A date, or some in a row, on which the weekly rule does not count.</summary>
public sealed record OpeningException
{
    public required DateOnly Date { get; init; }

    /// <summary>The last of the dates; null: there is one only.</summary>
    public DateOnly? Until { get; init; }

    /// <summary>False: closed from midnight to midnight. Else it is open as a window of these dates would be.</summary>
    public required bool Open { get; init; }
    public TimeOnly From { get; init; }

    /// <summary>Null: the end of the day.</summary>
    public TimeOnly? To { get; init; }

    [JsonIgnore]
    public string InWords
    {
        get
        {
            var dates = Until is { } until ? string.Create(CultureInfo.InvariantCulture, $"{Date:yyyy-MM-dd} to {until:yyyy-MM-dd}") : Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            return !Open ? $"{dates} closed" : From == default && To is null ? $"{dates} open" : $"{dates} {Weekdays.Hours(From, To)}";
        }
    }
}

/// <summary>Until when builds are begun in a window.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LastStart>))]
public enum LastStart
{
    /// <summary>As long as they will probably end in it, by the builder's usual duration.</summary>
    Fits,

    /// <summary>As long as it is open.</summary>
    Open,
}

/// <summary>What becomes of builds that run when their worker's window closes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AtClose>))]
public enum AtClose
{
    /// <summary>They run to their end.</summary>
    Finish,

    /// <summary>They are ended and queued again; it counts as no attempt.</summary>
    Interrupt,
}

/// <summary>Days of the week as the configuration writes them.</summary>
public static class Weekdays
{
    private static readonly string[] Names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>All seven, Monday first.</summary>
    public static IReadOnlyList<DayOfWeek> All { get; } = [.. Enumerable.Range(0, 7).Select(Day)];

    /// <summary>A day, or a range of them, also over Sunday: <c>wed</c>, <c>mon-fri</c>, <c>sat-mon</c>. Null: it is neither.</summary>
    public static IReadOnlyList<DayOfWeek>? Read(string text) => text.Split('-') switch
    {
        [var one] when Array.IndexOf(Names, one) is var day and >= 0 => [Day(day)],
        [var one, var other] when (Array.IndexOf(Names, one), Array.IndexOf(Names, other)) is var (first, last) && first >= 0 && last >= 0 && first != last =>
            [.. Enumerable.Range(first, ((last - first + 7) % 7) + 1).Select(d => Day(d % 7))],
        _ => null,
    };

    /// <summary>Monday is 0.</summary>
    public static int Place(DayOfWeek day) => ((int)day + 6) % 7;

    /// <summary>Days in words: <c>mon-wed, sat</c>; all of them: <c>every day</c>.</summary>
    public static string Words(IReadOnlyCollection<DayOfWeek> days)
    {
        var places = days.Select(Place).Distinct().Order().ToArray();
        if (places.Length == 7)
            return "every day";
        var words = new List<string>();
        for (var i = 0; i < places.Length;)
        {
            var first = i++;
            while (i < places.Length && places[i] == places[i - 1] + 1)
                i++;
            words.Add(i - first == 1 ? Names[places[first]] : $"{Names[places[first]]}-{Names[places[i - 1]]}");
        }
        return string.Join(", ", words);
    }

    internal static string Hours(TimeOnly from, TimeOnly? to) => string.Create(CultureInfo.InvariantCulture, $"{from:HH\\:mm}-{(to is { } end ? end.ToString("HH\\:mm", CultureInfo.InvariantCulture) : "24:00")}");

    private static DayOfWeek Day(int place) => (DayOfWeek)((place + 1) % 7);
}

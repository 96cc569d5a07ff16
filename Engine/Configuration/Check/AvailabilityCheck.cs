using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;
using static Weir.Engine.Configuration.Format.TimeTexts;

namespace Weir.Engine.Configuration.Check;

/// <summary>A worker's availability: what the format cannot say of it, and the model that comes of it.</summary>
internal static class AvailabilityCheck
{
    private static readonly TimeSpan LongestException = TimeSpan.FromDays(3660);

    public static void Check(YamlNode worker, string path, Problems problems)
    {
        if (worker["availability"] is not { Kind: YamlKind.Map } node)
            return;
        var at = $"{path}.availability";
        CheckHours(node["windows"]?.Items ?? [], $"{at}.windows", problems);
        var exceptions = node["exceptions"]?.Items ?? [];
        CheckHours(exceptions, $"{at}.exceptions", problems);
        CheckDates(exceptions, $"{at}.exceptions", problems);
        if (node["windows"] is { Kind: YamlKind.List, Items.Count: 0 } windows && !exceptions.Any(Opens))
            problems.Add(windows, $"{at}.windows", "Without a window this worker would never be given a build. Remove \"availability\" if it always may, or pause the worker.");
    }

    public static AvailabilityConfiguration? Bind(YamlNode worker) => worker["availability"] is not { Kind: YamlKind.Map } node ? null : new()
    {
        TimeZone = node.Text("timeZone") ?? "UTC",
        Windows = [.. (node["windows"]?.Items ?? []).Select(Window)],
        Exceptions = [.. (node["exceptions"]?.Items ?? []).Select(Exception)],
        LastStart = node.Text("lastStart") == "open" ? LastStart.Open : LastStart.Fits,
        AtClose = node.Text("atClose") == "interrupt" ? AtClose.Interrupt : AtClose.Finish,
    };

    private static OpeningWindow Window(YamlNode node) => new()
    {
        Days = Days(node),
        From = Time(node.Text("from")) ?? default,
        To = Time(node.Text("to")) is { } to && to != default ? to : null,
    };

    private static OpeningException Exception(YamlNode node) => new()
    {
        Date = Date(node.Text("date")) ?? default,
        Until = Date(node.Text("until")) is { } until && until != Date(node.Text("date")) ? until : null,
        Open = Opens(node),
        From = Time(node.Text("from")) ?? default,
        To = Time(node.Text("to")) is { } to && to != default ? to : null,
    };

    private static IReadOnlyList<DayOfWeek> Days(YamlNode node)
    {
        var named = node.Texts("days").SelectMany(d => Weekdays.Read(d) ?? []).Distinct().OrderBy(Weekdays.Place).ToList();
        return named.Count > 0 ? named : Weekdays.All;
    }

    private static bool Opens(YamlNode exception) => exception.Flag("open", true);

    private static void CheckHours(IReadOnlyList<YamlNode> windows, string path, Problems problems)
    {
        for (var i = 0; i < windows.Count; i++)
        {
            var (node, at) = (windows[i], FormattableString.Invariant($"{path}[{i}]"));
            if (node["from"] is { } midnight && midnight.Text == "24:00")
                problems.Add(midnight, $"{at}.from", "A window opens at 23:59 at the latest; what opens at 24:00 opens at 00:00 of the next day.");
            else if (node["to"] is { } to && Time(node.Text("from") ?? "00:00") is { } from && Time(to.Text) == from && !(from == default && to.Text == "24:00"))
                problems.Add(to, $"{at}.to", $"It would close when it opens, at {to.Text}. Leave out \"from\" and \"to\" for a whole day.");
        }
    }

    private static void CheckDates(IReadOnlyList<YamlNode> exceptions, string path, Problems problems)
    {
        var dated = new List<(DateOnly From, DateOnly Until, bool Open, YamlNode Node)>();
        for (var i = 0; i < exceptions.Count; i++)
        {
            var (node, at) = (exceptions[i], FormattableString.Invariant($"{path}[{i}]"));
            if (!Opens(node) && (node.Find("from") ?? node.Find("to")) is { } hours)
                problems.Add(hours.Key, $"{at}.{hours.Key.Text}", "An exception with \"open: false\" is closed the whole day; without it, from and to say when it is open instead.");
            if (node["open"] is null && node["from"] is null && node["to"] is null)
                problems.Add(node, at, "Say \"open: false\" or \"open: true\", or when it is open (from, to).");
            if (Date(node.Text("date")) is not { } from)
                continue;
            var until = Date(node.Text("until")) ?? from;
            if (until < from || until.DayNumber - from.DayNumber > LongestException.Days)
                problems.Add(node["until"]!, $"{at}.until", until < from ? $"The last day, {node.Text("until")}, is before the first, {node.Text("date")}." : "An exception lasts ten years at most.");
            else if (dated.FirstOrDefault(d => d.From <= until && from <= d.Until && d.Open != Opens(node)) is { Node: { } other })
                problems.Add(node, at, $"One exception says that it is open on this date, another that it is closed: here and at {other.Place}.");
            else
                dated.Add((from, until, Opens(node), node));
        }
    }
}

namespace Weir.Engine.Configuration.Timetables;

/// <summary>Time zones by their IANA names (Europe/Budapest), as the system's zone data has them.</summary>
public static class Zones
{
    private static readonly Lazy<IReadOnlyList<string>> Names = new(() => [.. TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id)]);

    /// <summary>Null: there is no such zone.</summary>
    public static TimeZoneInfo? Find(string name) =>
        LooksLikeOne(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name ? zone : null;

    /// <summary>Null, or what is wrong with the name, in a sentence.</summary>
    public static string? Complaint(string name)
    {
        if (Find(name) is not null)
            return null;
        if (!LooksLikeOne(name))
            return $"A time zone's name was expected, like Europe/Budapest or UTC, not \"{name}\".";
        // "Kyiv", "budapest", "europe/Budapest": the city is what people remember.
        var city = Names.Value.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? Names.Value.FirstOrDefault(n => n.EndsWith("/" + name, StringComparison.OrdinalIgnoreCase));
        var near = city is null ? Suggestion.DidYouMean(name, Names.Value) : $" Did you mean \"{city}\"?";
        return $"There is no time zone \"{name}\".{near}{(near.Length == 0 ? " Zones are named after a city, like Europe/Budapest; a fixed distance is written Etc/GMT-2 (two hours ahead of UTC)." : "")}";
    }

    private static bool LooksLikeOne(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
}

using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>What the address of the waterfall says: filter, place, zoom, folds. Whatever cannot be read is left out.</summary>
public sealed partial record WaterfallOptions
{
    private const int MostIds = 1000;

    public string? Project { get; init; }
    public string? Tag { get; init; }
    public string? Branch { get; init; }

    /// <summary>A state of <see cref="StateFilter"/>.</summary>
    public string? Result { get; init; }
    public string? Builders { get; init; }

    /// <summary>The moment at which the page ends; null: now.</summary>
    public DateTimeOffset? To { get; init; }
    public double? Zoom { get; init; }

    /// <summary>Folds of time that are opened, by the moment at which they begin.</summary>
    public IReadOnlyList<long> Open { get; init; } = [];

    /// <summary>Projects that are folded; null: as it seems best.</summary>
    public IReadOnlyList<string>? Fold { get; init; }

    /// <summary>For a screen on the wall.</summary>
    public bool Wall { get; init; }

    public bool IsFiltered => Project is not null || Tag is not null || Branch is not null || Builders is not null || Result is not null;

    /// <summary>A wall shows what somebody has to look at, unless it is told otherwise.</summary>
    public string? ShownResult => Result ?? (Wall ? "attention" : null);

    public WaterfallFilter Filter => new()
    {
        Project = Project,
        Tag = Tag,
        Branch = Branch,
        Builders = Builders is null ? [] : Builders.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        To = To,
    };

    public static WaterfallOptions Read(Func<string, string?> query, DateTimeOffset now) => new()
    {
        Project = Given(query("project")),
        Tag = Given(query("tag")),
        Branch = Given(query("branch")),
        Result = Given(query("result")) is { } result && StateFilter.Choices.Any(c => c.Value == result) ? result : null,
        Builders = Given(query("builders")),
        To = ReadTime(query("to"), now),
        Zoom = double.TryParse(query("z"), CultureInfo.InvariantCulture, out var z) && Scales.Zooms.Contains(z) ? z : null,
        Open = [.. (query("open") ?? "").Split(',').Select(o => long.TryParse(o, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : 0).Where(at => at > 0).Take(50)],
        Fold = Given(query("fold")) is { } fold ? [.. fold.Split(',', StringSplitOptions.RemoveEmptyEntries).Where(f => f != "-")] : null,
        Wall = query("wall") is "1" or "true",
    };

    /// <summary>Builders named by number, as the script asks for more of a page whose builders were chosen by their state.</summary>
    public static IReadOnlyList<long>? ReadIds(string? text) =>
        Given(text) is { } ids ? [.. ids.Split(',').Take(MostIds).Select(i => long.TryParse(i, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)] : null;

    /// <summary>The address that says this.</summary>
    public string Url => Urls.With(Urls.Waterfall, Query);
    public string TableUrl => Urls.With(Urls.WaterfallTable, [.. Query.Where(q => q.Name is "project" or "tag" or "branch" or "builders" or "to")]);

    public (string Name, string? Value)[] Query =>
    [
        ("project", Project), ("tag", Tag), ("branch", Branch), ("result", Result), ("builders", Builders), ("to", To is { } to ? Text(to) : null),
        ("z", Zoom?.ToString(CultureInfo.InvariantCulture)), ("open", Open.Count == 0 ? null : string.Join(',', Open)),
        ("fold", Fold is null ? null : Fold.Count == 0 ? "-" : string.Join(',', Fold)), ("wall", Wall ? "1" : null),
    ];

    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time (without a zone: UTC), <c>now</c>, or <c>now-6h</c>.</summary>
    private static DateTimeOffset? ReadTime(string? text, DateTimeOffset now)
    {
        if (Ago().Match(text ?? "") is { Success: true } ago)
        {
            var n = int.Parse(ago.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            return now - (ago.Groups[2].Value switch { "m" => TimeSpan.FromMinutes(n), "h" => TimeSpan.FromHours(n), "d" => TimeSpan.FromDays(n), _ => TimeSpan.FromDays(7 * n) });
        }
        var isTime = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        return isTime && time < now && time.Year > 1970 ? time : null;
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^now-([0-9]{1,4})([mhdw])$")]
    private static partial Regex Ago();
}

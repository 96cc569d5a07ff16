using System.Globalization;
using System.Text.RegularExpressions;
using Weir.Shared.Builds;

namespace Weir.App.Client.Waterfall;

/// <summary>What the address of the waterfall says: filter, span, end, zoom, opened folds. Whatever cannot be read is left out.</summary>
public sealed partial record WaterfallOptions
{
    public static TimeSpan UsualSpan { get; } = TimeSpan.FromHours(6);
    public static TimeSpan MostSpan { get; } = TimeSpan.FromDays(31);

    public string? Project { get; init; }
    public string? Tag { get; init; }
    public string? Branch { get; init; }
    public string? Builders { get; init; }
    public TimeSpan Span { get; init; } = UsualSpan;
    public DateTimeOffset? To { get; init; }
    public double? Zoom { get; init; }
    public IReadOnlyList<long> Open { get; init; } = [];

    public bool IsFiltered => Project is not null || Tag is not null || Branch is not null || Builders is not null;

    public WaterfallFilter Filter => new()
    {
        Project = Project,
        Tag = Tag,
        Branch = Branch,
        Builders = Builders is null ? [] : Builders.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Span = Span,
        To = To,
    };

    public static WaterfallOptions Read(string? project, string? tag, string? branch, string? builders, string? span, string? to, string? zoom, string? open) => new()
    {
        Project = Given(project),
        Tag = Given(tag),
        Branch = Given(branch),
        Builders = Given(builders),
        Span = ReadSpan(span),
        To = DateTimeOffset.TryParse(to, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null,
        Zoom = double.TryParse(zoom, CultureInfo.InvariantCulture, out var z) && WaterfallPlan.Zooms.Contains(z) ? z : null,
        Open = [.. (open ?? "").Split(',').Select(o => long.TryParse(o, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : 0).Where(at => at > 0).Take(50)],
    };

    /// <summary>The address that says this.</summary>
    public string Url => Urls.With(Urls.Waterfall,
        ("project", Project), ("tag", Tag), ("branch", Branch), ("builders", Builders),
        ("span", Span == UsualSpan ? null : Text(Span)),
        ("to", To?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        ("z", Zoom?.ToString(CultureInfo.InvariantCulture)),
        ("open", Open.Count == 0 ? null : string.Join(',', Open)));

    /// <summary><c>90m</c>, <c>6h</c>, <c>3d</c>.</summary>
    public static string Text(TimeSpan span) =>
        span.TotalMinutes % 60 != 0 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0}m")
        : span.TotalHours % 24 != 0 ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0}h")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0}d");

    private static TimeSpan ReadSpan(string? text)
    {
        if (SpanForm().Match(text ?? "") is not { Success: true } match || !int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var n) || n == 0)
            return UsualSpan;
        var span = match.Groups[2].Value switch { "m" => TimeSpan.FromMinutes(n), "h" => TimeSpan.FromHours(n), _ => TimeSpan.FromDays(n) };
        return span > MostSpan ? MostSpan : span < TimeSpan.FromMinutes(10) ? TimeSpan.FromMinutes(10) : span;
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^([0-9]{1,5})([mhd])$")]
    private static partial Regex SpanForm();
}

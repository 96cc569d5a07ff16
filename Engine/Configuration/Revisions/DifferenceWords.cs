using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Engine.Configuration.Format;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>The words of differences: keys and values as the configuration writes them, and the sentence that sums a revision up.</summary>
internal static class DifferenceWords
{
    private const int LongestValue = 200;
    private const int Lead = 40;
    private const int FewThings = 2;

    /// <summary>The key of the format behind a property of the model: <c>TreeStable</c> is <c>treeStable</c>, both forms of a command are <c>run</c>.</summary>
    public static string Key(string property) => property switch
    {
        "Shell" or "Arguments" => "run",
        "Assignments" => "set",
        _ => char.ToLowerInvariant(property[0]) + property[1..],
    };

    /// <summary>One of many, in words: <c>ChangeSources</c> → <c>change source</c>, <c>properties</c> → <c>property</c>.</summary>
    public static string One(string many)
    {
        var text = new StringBuilder();
        foreach (var sign in many[(many.LastIndexOf('.') + 1)..])
            text.Append(char.IsUpper(sign) && text.Length > 0 ? " " : "").Append(char.ToLowerInvariant(sign));
        var words = text.ToString();
        return words.EndsWith("ies", StringComparison.Ordinal) ? words[..^3] + "y" : words.EndsWith('s') ? words[..^1] : words;
    }

    /// <summary>The type of a thing as its <c>type</c> (of a step: its kind) says it.</summary>
    public static string Type(object thing) =>
        Bases(thing.GetType()).SelectMany(b => b.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)).FirstOrDefault(a => a.DerivedType == thing.GetType())?.TypeDiscriminator?.ToString() ?? Key(thing.GetType().Name);

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var b = type.BaseType; b is not null; b = b.BaseType)
            yield return b;
    }

    /// <summary>A single value; null when it is not set.</summary>
    public static string? Value(object? value, string key) => value switch
    {
        null => key is "timeout" or "maxTime" ? "never" : null,
        string text => text,
        bool flag => flag ? "true" : "false",
        TimeSpan time => DurationKind.Write(time),
        BuildResult result => result.Word(),
        Enum word => JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString()),
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        JsonElement json => Json(json),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>A thing, or a value, in a few words.</summary>
    public static string Brief(object value) => value switch
    {
        RunStepConfiguration run => Cut(run.Shell?.Trim() ?? string.Join(' ', run.Arguments)),
        GitStepConfiguration git => $"git {git.Codebase}",
        SetStepConfiguration set => $"set {string.Join(", ", set.Assignments.Select(a => a.Name))}",
        TriggerStepConfiguration trigger => $"trigger {trigger.Scheduler}",
        OpeningWindow window => window.InWords,
        OpeningException exception => exception.InWords,
        AvailabilityConfiguration availability => availability.InWords,
        PropertyDeclaration declared => declared.Default is { } given ? $"{declared.Type}, {Value(given, "")}" : declared.Type,
        Shared.Schedulers.ForceParameter parameter => parameter.Kind,
        PropertyAssignment { FromCommand: true } assigned => Cut(assigned.Shell ?? string.Join(' ', assigned.Arguments)),
        PropertyAssignment assigned => assigned.Value ?? "",
        _ when value.GetType() is { IsClass: true } type && type != typeof(string) && type.Assembly == typeof(WeirConfiguration).Assembly => JsonSerializer.Serialize(value, value.GetType(), ConfigurationJson.Options),
        _ => Value(value, "") ?? "",
    };

    /// <summary>Two long texts, cut so that where they begin to differ is seen.</summary>
    public static (string? Before, string? After) Shortened(string? before, string? after)
    {
        if ((before?.Length ?? 0) <= LongestValue && (after?.Length ?? 0) <= LongestValue)
            return (before, after);
        var same = before is null || after is null ? 0 : before.AsSpan().CommonPrefixLength(after);
        return (Around(before), Around(after));

        string? Around(string? text) => text is null ? null : same <= LongestValue / 2 ? Cut(text) : "…" + Cut(text[(same - Lead)..]);
    }

    /// <summary>What a revision did, in one line.</summary>
    public static string Summary(IReadOnlyList<ConfigurationDifference> things, bool isFirst)
    {
        if (isFirst)
            return string.Join(": ", new[] { "the first configuration", string.Join(", ", Counted(things.Where(t => t.Kind == DifferenceKind.Added), "")) }.Where(t => t.Length > 0));
        if (things.Count == 0)
            return "nothing but text: comments, order of keys, or how it is written";
        var told = things.GroupBy(t => (t.Section, t.Kind)).SelectMany(g => g.Count() <= FewThings ? g.Select(Said) : Counted(g, $" {Verb(g.Key.Kind)}"));
        return string.Join(", ", told);

        static IEnumerable<string> Counted(IEnumerable<ConfigurationDifference> things, string verb) =>
            things.GroupBy(t => t.Section).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {(g.Count() == 1 ? g.Key : Many(g.Key))}{verb}"));
    }

    private static string Said(ConfigurationDifference thing) => thing switch
    {
        { Kind: DifferenceKind.Renamed } => $"{thing.Section} {thing.FormerName} is now {thing.Name}",
        { Kind: DifferenceKind.Reordered } => $"order of {Many(thing.Section)}",
        { Name: "" } => $"{string.Join(", ", thing.Settings.Select(s => s.Setting).Distinct().Take(3))} changed",
        _ => $"{thing.Section} {thing.Name} {Verb(thing.Kind)}",
    };

    private static string Verb(DifferenceKind kind) => kind.ToString().ToLowerInvariant();

    private static string Many(string one) => one.EndsWith('y') ? one[..^1] + "ies" : one + "s";

    private static string Cut(string text) => text.Length <= LongestValue ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[LongestValue - 1]) ? LongestValue - 1 : LongestValue), "…");

    // The store keeps its own order of members and its own way of writing numbers.
    private static string Json(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(", ", json.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}: {Json(p.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(", ", json.EnumerateArray().Select(Json)) + "]",
        JsonValueKind.Number when json.TryGetDecimal(out var number) => number.ToString("G29", CultureInfo.InvariantCulture),
        _ => json.GetRawText(),
    };
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>A text, as it is written: 1.10 stays 1.10 and no stays no. Nothing (~, null) must be quoted if it is meant.</summary>
internal sealed record TextKind(string Words, Func<string, string?>? Rule = null, int MaxLength = 4096, string? Pattern = null, bool Template = false) : ScalarKind
{
    public override string Expected => Words;

    protected override bool Accepts(YamlNode scalar) => !scalar.IsNothing;

    public override void Check(YamlNode node, string path, Problems problems)
    {
        base.Check(node, path, problems);
        if (!Template && node.Kind == YamlKind.Scalar)
            TextRules.RefuseExpressions(node, path, problems);
    }

    protected override string? Complaint(YamlNode scalar) =>
        scalar.Text.Length > MaxLength ? $"This text has {scalar.Text.Length:N0} characters; at most {MaxLength:N0} are allowed."
        : scalar.Text.Contains("${{", StringComparison.Ordinal) ? null : Rule?.Invoke(scalar.Text);

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["maxLength"] = MaxLength };
        if (Pattern is not null)
            schema["pattern"] = Pattern;
        return schema;
    }
}

internal sealed record NumberKind(int Least, int Most) : ScalarKind
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture, $"a whole number from {Least} to {Most}");

    public static bool TryRead(YamlNode node, out int number)
    {
        number = 0;
        return node is { Kind: YamlKind.Scalar, Plain: true } && int.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && (node.Text.TrimStart('-') is ['0'] or not ['0', ..]) && node.Text[0] != '+';
    }

    protected override bool Accepts(YamlNode scalar) => TryRead(scalar, out var number) && number >= Least && number <= Most;

    public override JsonObject Schema() => new() { ["type"] = "integer", ["minimum"] = Least, ["maximum"] = Most };
}

internal sealed record FlagKind : ScalarKind
{
    public override string Expected => "true or false";

    protected override bool Accepts(YamlNode scalar) => scalar is { Plain: true, Text: "true" or "false" };

    public override JsonObject Schema() => new() { ["type"] = "boolean" };
}

/// <summary>A span of time: a number and s, m, h or d.</summary>
internal sealed partial record DurationKind(TimeSpan Least, TimeSpan Most, bool Never = false) : ScalarKind
{
    public override string Expected => Never ? "a duration (30s, 5m, 2h, 1d) or never" : "a duration (30s, 5m, 2h, 1d)";

    /// <summary>Null in the output: never.</summary>
    public static bool TryRead(string text, out TimeSpan? span)
    {
        span = null;
        if (text == "never")
            return true;
        if (!Written().IsMatch(text))
            return false;
        var number = int.Parse(text.AsSpan(0, text.Length - 1), CultureInfo.InvariantCulture);
        span = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            _ => TimeSpan.FromDays(number),
        };
        return true;
    }

    protected override bool Accepts(YamlNode scalar) => TryRead(scalar.Text, out var span) && (span is not null || Never);

    protected override string? Complaint(YamlNode scalar) =>
        TryRead(scalar.Text, out var span) && (span < Least || span > Most) ? $"A duration from {Write(Least)} to {Write(Most)} was expected, not {scalar.Text}." : null;

    public static string Write(TimeSpan span) => span switch
    {
        { TotalSeconds: 0 } => "0s",
        { TotalDays: var d } when d == Math.Floor(d) => $"{d}d",
        { TotalHours: var h } when h == Math.Floor(h) => $"{h}h",
        { TotalMinutes: var m } when m == Math.Floor(m) => $"{m}m",
        _ => $"{span.TotalSeconds}s",
    };

    public override JsonObject Schema() => new() { ["type"] = "string", ["pattern"] = Never ? "^([0-9]{1,6}[smhd]|never)$" : "^[0-9]{1,6}[smhd]$" };

    [GeneratedRegex(@"^[0-9]{1,6}[smhd]\z", RegexOptions.NonBacktracking)]
    private static partial Regex Written();
}

/// <summary>One of some words; <see cref="Later"/> are words of the format that this release cannot do.</summary>
internal sealed record WordKind(IReadOnlyList<string> Words, IReadOnlyList<string> Later) : ScalarKind
{
    public override string Expected => Words.Count == 1 ? $"\"{Words[0]}\"" : $"one of {string.Join(", ", Words)}";

    public static string NotYet(string what) => $"\"{what}\" is not yet available in this release.";

    protected override bool Accepts(YamlNode scalar) => Words.Contains(scalar.Text) || Later.Contains(scalar.Text);

    protected override string? Complaint(YamlNode scalar) => Later.Contains(scalar.Text) ? NotYet(scalar.Text) : null;

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (Words.Count > 1 && node.Kind == YamlKind.Scalar && !Accepts(node) && Suggestion.Nearest(node.Text, Words) is { } near)
            problems.Add(node, path, $"{char.ToUpperInvariant(Expected[0])}{Expected[1..]} was expected, not {node.Describe()}. Did you mean \"{near}\"?");
        else
            base.Check(node, path, problems);
    }

    public override JsonObject Schema() => new() { ["enum"] = new JsonArray([.. Words.Select(w => w is "true" or "false" ? JsonValue.Create(w == "true") : (JsonNode)JsonValue.Create(w)!)]) };
}

/// <summary>An http or https address.</summary>
internal sealed record UrlKind : ScalarKind
{
    public override string Expected => "an address that starts with http:// or https://";

    protected override bool Accepts(YamlNode scalar) => TryRead(scalar.Text) is not null;

    public static Uri? TryRead(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && text.Length <= 2000 && !text.Any(char.IsWhiteSpace) ? url : null;

    public override JsonObject Schema() => new() { ["type"] = "string", ["format"] = "uri" };
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Weir.Cli.Output;

/// <summary>Prints: a table for people, columns with tabs for a pipe, JSON when asked for. What comes from the server cannot drive the terminal.</summary>
internal static partial class Printed
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Json(JsonNode answer) => Console.WriteLine(answer.ToJsonString(Indented));

    public static void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, string empty)
    {
        var all = rows.Select(row => row.Select(Harmless).ToArray()).ToList();
        if (Console.IsOutputRedirected)
        {
            foreach (var row in all)
                Console.WriteLine(string.Join('\t', row));
            return;
        }
        if (all.Count == 0)
        {
            Console.WriteLine(empty);
            return;
        }
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Dim))) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var row in all)
            table.AddRow(row.Select(cell => new Text(cell)));
        AnsiConsole.Write(table);
    }

    public static void Line(string text) => Console.WriteLine(Harmless(text));

    /// <summary>Without control characters: no text of a commit or a worker moves the cursor or sets a title.</summary>
    public static string Harmless(string text) => ControlCharacters().Replace(text, "·");

    /// <summary>A line of a log: colours stay, everything else that drives a terminal goes.</summary>
    public static string LogLine(string line) => Console.IsOutputRedirected ? line : NotColour().Replace(line, "") + (line.Contains('\e', StringComparison.Ordinal) ? "\e[0m" : "");

    public static string Result(JsonNode? results) => results?.GetValue<int>() switch
    {
        null => "",
        0 => "success",
        1 => "warnings",
        2 => "failure",
        3 => "skipped",
        4 => "exception",
        5 => "retry",
        6 => "cancelled",
        var other => other.Value.ToString(CultureInfo.InvariantCulture),
    };

    public static string Time(JsonNode? seconds) => seconds is null ? "" : DateTimeOffset.FromUnixTimeSeconds(seconds.GetValue<long>()).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Duration(JsonNode? fromMilliseconds, JsonNode? toMilliseconds)
    {
        if (fromMilliseconds is null || toMilliseconds is null)
            return "";
        var span = TimeSpan.FromMilliseconds(toMilliseconds.GetValue<long>() - fromMilliseconds.GetValue<long>());
        return span < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}");
    }

    public static string Text(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "",
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Array => string.Join(", ", value.AsArray().Select(Text)),
        _ => value.ToJsonString(),
    };

    [GeneratedRegex(@"[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+")]
    private static partial Regex ControlCharacters();

    [GeneratedRegex(@"\e\[[0-9;:]*[^0-9;:m]|\e(?!\[[0-9;:]*m)|[\x00-\x08\x0B-\x1A\x1C-\x1F\x7F-\x9F]")]
    private static partial Regex NotColour();
}

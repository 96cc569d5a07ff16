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

    public static void Json(JsonNode answer) => Console.WriteLine(Moments.WithIso(answer).ToJsonString(Indented));

    /// <summary>The rows of an answer: as they are with --json, else as a table.</summary>
    public static void Table(IReadOnlyList<Column> columns, IEnumerable<JsonNode?> rows, string empty)
    {
        var cells = rows.Select(row => columns.Select(c => c.Read(row!) is var cell ? cell with { Text = Harmless(cell.Text), Piped = cell.Piped is null ? null : Harmless(cell.Piped) } : default).ToArray()).ToList();
        if (!Terminal.IsOutput)
        {
            foreach (var row in cells)
                Console.WriteLine(string.Join('\t', row.Select(c => c.Piped ?? c.Text)));
            return;
        }
        if (cells.Count == 0)
        {
            Line(empty, Tone.Dim);
            return;
        }
        // A column in which no row has anything is left out; what gives way first is what may shrink.
        var shown = Enumerable.Range(0, columns.Count).Where(i => cells.Any(r => r[i].Text.Length > 0)).ToArray();
        var widths = Widths.Fit([.. shown.Select(i => cells.Max(r => Widths.Of(r[i].Text)) is var most ? Math.Max(most, columns[i].Head.Length) : 0)], [.. shown.Select(i => columns[i].Shrinks)], Terminal.Width);
        Row([.. shown.Select(i => new Cell(columns[i].Head, Tone.Dim))], widths);
        foreach (var row in cells)
            Row([.. shown.Select(i => row[i])], widths);
    }

    /// <summary>Names and values below one another, as <c>weir build</c> shows a build.</summary>
    public static void Facts(params (string Name, Cell Value)[] facts)
    {
        var given = facts.Where(f => f.Value.Text.Length > 0).ToArray();
        if (given.Length == 0)
            return;
        var width = given.Max(f => f.Name.Length) + 2;
        foreach (var (name, value) in given)
            Pieces((name.PadRight(width), Tone.Dim), (Harmless(value.Text), value.Tone));
    }

    public static void Line(string text, Tone tone = Tone.Plain) => Pieces((Harmless(text), tone));

    /// <summary>A line of pieces that are harmless already.</summary>
    public static void Pieces(params (string Text, Tone Tone)[] pieces)
    {
        if (!Terminal.IsOutput)
        {
            Console.WriteLine(string.Concat(pieces.Select(p => p.Text)));
            return;
        }
        foreach (var (text, tone) in pieces)
            Terminal.Output.Write(new Text(text, tone.Style()) { Overflow = Overflow.Fold });
        Terminal.Output.WriteLine();
    }

    /// <summary>For people only, on standard error: what is going on, what to do next.</summary>
    public static void Note(string text) => Console.Error.WriteLine(Harmless(text));

    public static void NoteLines(string text)
    {
        foreach (var line in text.Split('\n'))
            Note(line);
    }

    /// <summary>Without control characters: no text of a commit or a worker moves the cursor or sets a title.</summary>
    public static string Harmless(string text) => ControlCharacters().Replace(text, "·");

    /// <summary>A line of a log: on a terminal colours stay (where they are wanted), everything else that drives a terminal goes.</summary>
    public static string LogLine(string line) => (Terminal.IsOutput, Terminal.HasColours) switch
    {
        (false, _) => line,
        (true, true) => NotColour().Replace(line, "") + (line.Contains('\e', StringComparison.Ordinal) ? "\e[0m" : ""),
        (true, false) => Colour().Replace(NotColour().Replace(line, ""), ""),
    };

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

    /// <summary>Whether a result is one that a script goes on with.</summary>
    public static bool IsGood(JsonNode? results) => results?.GetValue<int>() is 0 or 1 or 3;

    public static string Text(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "",
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Array => string.Join(", ", value.AsArray().Select(Text)),
        _ => value.ToJsonString(),
    };

    /// <summary>A revision as people say it: commits by their first ten letters.</summary>
    public static string Revision(JsonNode? revision) => Text(revision) is { Length: > 10 } text && Terminal.IsOutput ? text[..10] : Text(revision);

    private static void Row(Cell[] cells, int[] widths)
    {
        var pieces = new List<(string, Tone)>();
        for (var i = 0; i < cells.Length; i++)
        {
            var text = Widths.Cut(cells[i].Text, widths[i]);
            pieces.Add((i == cells.Length - 1 ? text : text + new string(' ', widths[i] - Widths.Of(text) + Widths.Gap), cells[i].Tone));
        }
        Pieces([.. pieces]);
    }

    [GeneratedRegex(@"[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]+")]
    private static partial Regex ControlCharacters();

    [GeneratedRegex(@"\e\[[0-9;:]*[^0-9;:m]|\e(?!\[[0-9;:]*m)|[\x00-\x08\x0B-\x1A\x1C-\x1F\x7F-\x9F]")]
    private static partial Regex NotColour();

    [GeneratedRegex(@"\e\[[0-9;:]*m")]
    private static partial Regex Colour();
}

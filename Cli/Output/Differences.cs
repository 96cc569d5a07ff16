using System.Text.Json.Nodes;

namespace Weir.Cli.Output;

/// <summary>What differs between two configurations, as a revision's page tells it: thing by thing with its settings, then as text.</summary>
internal static class Differences
{
    // What merely came or went is one line for each kind when there is more of it.
    private const int Many = 5;

    public static void Print(bool asJson, JsonObject answer, string none, bool onlyText = false)
    {
        if (asJson)
        {
            Printed.Json(answer);
            return;
        }
        var (things, text) = (answer["differences"]![0]!["changes"]?.AsArray() ?? [], Printed.Text(answer["differences"]![0]!["text"]));
        if (text.Length == 0)
        {
            if (Terminal.IsOutput)
                Printed.Line(none, Tone.Dim);
            return;
        }
        if (!onlyText)
        {
            Things([.. things.OfType<JsonObject>()]);
            if (things.Count > 0)
                Console.WriteLine();
        }
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            Printed.Line(line, line switch
            {
                _ when line.StartsWith("---", StringComparison.Ordinal) || line.StartsWith("+++", StringComparison.Ordinal) => Tone.Bold,
                ['@', ..] => Tone.Dim,
                ['+', ..] => Tone.Good,
                ['-', ..] => Tone.Bad,
                _ => Tone.Plain,
            });
        }
    }

    private static void Things(IReadOnlyList<JsonObject> things)
    {
        foreach (var group in things.GroupBy(t => (Section: Word(t, "section"), Kind: Word(t, "kind"), Bare: Word(t, "kind") is "added" or "removed" && t["settings"]!.AsArray().Count == 0)))
        {
            if (group.Key.Bare && group.Count() > Many)
                Printed.Line($"{Mark(group.Key.Kind)} {group.Count()} {group.Key.Section}s {group.Key.Kind}: {string.Join(", ", group.Select(t => Word(t, "name")))}", ToneOf(group.Key.Kind));
            else
            {
                foreach (var thing in group)
                    One(thing);
            }
        }
    }

    private static void One(JsonObject thing)
    {
        var (kind, section, name) = (Word(thing, "kind"), Word(thing, "section"), Word(thing, "name"));
        Printed.Line(Mark(kind) + " " + (kind, name) switch
        {
            ("reordered", _) => $"{section}s: another order",
            (_, "") => "the configuration as a whole",
            ("renamed", _) => $"{section} {Word(thing, "former_name")} → {name}",
            ("changed", _) => $"{section} {name}",
            _ => $"{section} {name} {kind}",
        }, ToneOf(kind));
        foreach (var setting in thing["settings"]!.AsArray().OfType<JsonObject>())
            Printed.Line($"    {Setting(setting)}", ToneOf(Word(setting, "kind")));
    }

    private static string Setting(JsonObject setting)
    {
        var (kind, before, after) = (Word(setting, "kind"), setting["before"], setting["after"]);
        var what = (setting["within"] is { } within ? Printed.Text(within) + ": " : "") + Word(setting, "setting");
        if (before is null && after is null)
            return $"{Mark(kind)} {what}";
        return kind is "added" or "removed"
            ? $"{Mark(kind)} {what} {Printed.Text(after ?? before)}"
            : $"{Mark(kind)} {what} {(before is null ? "not set" : Printed.Text(before))} → {(after is null ? "not set" : Printed.Text(after))}";
    }

    private static string Mark(string kind) => kind switch { "added" => "+", "removed" => "-", _ => "~" };

    private static Tone ToneOf(string kind) => kind switch { "added" => Tone.Good, "removed" => Tone.Bad, _ => Tone.Plain };

    private static string Word(JsonObject from, string name) => Printed.Text(from[name]);
}

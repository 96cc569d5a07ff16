using System.Text.Json.Nodes;

namespace Weir.Cli.Output;

/// <summary>One field of a table: as people read it, with its tone, and as a pipe gets it.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain, string? Piped = null)
{
    public static Cell Of(JsonNode? value) => new(Printed.Text(value));

    public static Cell Result(JsonNode? complete, JsonNode? results) => complete?.GetValue<bool>() == true
        ? new(Printed.Result(results), Tones.OfResult(results?.GetValue<int>()))
        : new("running", Tone.Running);

    /// <summary>A moment: how long ago for people, ISO 8601 for a pipe.</summary>
    public static Cell Ago(JsonNode? seconds) => seconds is null ? new("") : new(Moments.Relative(seconds.GetValue<long>()), Tone.Dim, Moments.Iso(seconds.GetValue<long>()));

    /// <summary>A moment that is only probable: to the minute, by the clock here, for people; ISO 8601 for a pipe.</summary>
    public static Cell About(JsonNode? seconds) => seconds is null ? new("") : new(Moments.About(seconds.GetValue<long>()), Tone.Dim, Moments.Iso(seconds.GetValue<long>()));

    public static Cell State(string word) => new(word, word switch
    {
        "available" or "active" => Tone.Good,
        "missing" or "dead" => Tone.Bad,
        "paused" or "away" or "stopping" or "draining" or "off" => Tone.Warning,
        _ => Tone.Plain,
    });
}

/// <summary>One column: its head, how to read its cell from a row, and whether it gives way when the terminal is narrow.</summary>
internal sealed record Column(string Head, Func<JsonNode, Cell> Read, bool Shrinks = false);

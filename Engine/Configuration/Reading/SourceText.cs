using System.Globalization;
using System.Text;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Reading;

/// <summary>The text of one part, by lines, and what makes it unreadable before YAML comes into it.</summary>
internal sealed class SourceText(ConfigurationPart part)
{
    public const int MaxBytes = 8 * 1024 * 1024;

    private string[]? lines;

    public string Part => part.Name;

    /// <summary>The repository's part that it is of; null: it is the admin's.</summary>
    public string? From => part.From;
    public string Text => part.Text;

    /// <summary>A line by its number (from 1), without its end; empty beyond the last.</summary>
    public string Line(int number)
    {
        lines ??= part.Text.Split('\n');
        return number >= 1 && number <= lines.Length ? lines[number - 1].TrimEnd('\r') : "";
    }

    /// <summary>The first thing that forbids reading this text; null if it can be read.</summary>
    public ConfigurationProblem? Flaw()
    {
        if (Encoding.UTF8.GetByteCount(Text) > MaxBytes)
            return new(Part, 1, 1, "", TooLong);
        for (var i = 0; i < Text.Length; i++)
        {
            if (FlawAt(Text, i) is not { } flaw)
                continue;
            var before = Text.AsSpan(0, i);
            var lineStart = before.LastIndexOf('\n') + 1;
            return new(Part, before.Count('\n') + 1, i - lineStart + 1, "", flaw);
        }
        return null;
    }

    /// <summary>Reads the bytes of a file: UTF-8, with or without a byte order mark, and nothing else. With a problem, the text is what can be shown of it.</summary>
    public static (ConfigurationPart Part, ConfigurationProblem? Problem) Decode(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return (new(name, ""), new(name, 1, 1, "", TooLong));
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            return (new(name, ""), new(name, 1, 1, "", "This is UTF-16. Save the file as UTF-8."));
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        var part = new ConfigurationPart(name, Encoding.UTF8.GetString(bytes));
        if (IsUtf8(bytes, out var wrong))
            return (part, null);
        var line = bytes[..wrong].Count((byte)'\n') + 1;
        return (part, new(name, line, wrong - bytes[..wrong].LastIndexOf((byte)'\n'), "", string.Create(CultureInfo.InvariantCulture, $"The byte 0x{bytes[wrong]:X2} at offset {wrong} is not UTF-8. Save the file as UTF-8.")));
    }

    private static string TooLong => "A part may have at most 8 MiB.";

    private static bool IsUtf8(ReadOnlySpan<byte> bytes, out int wrongAt)
    {
        for (wrongAt = 0; wrongAt < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[wrongAt..], out _, out var length) != System.Buffers.OperationStatus.Done)
                return false;
            wrongAt += length;
        }
        return true;
    }

    /// <summary>What is wrong with the character at this place, if anything.</summary>
    internal static string? FlawAt(string text, int i) => text[i] switch
    {
        '\n' or '\t' => null,
        '\r' => i + 1 < text.Length && text[i + 1] == '\n' ? null : "A lone carriage return. End lines with LF or CRLF.",
        '\0' => "A NUL character has no place in a configuration.",
        < ' ' or '\u007f' => $"The control character U+{(int)text[i]:X4} has no place in a configuration.",
        '\u0085' or '\u2028' or '\u2029' => $"The line separator U+{(int)text[i]:X4} looks like nothing but ends a line for some readers. Remove it, or write \"\\u{(int)text[i]:X4}\" in double quotes.",
        '\ufeff' => "A byte order mark may stand only at the start of a file.",
        _ when char.IsSurrogate(text[i]) && !IsPaired(text, i) => "Half a surrogate pair is no character.",
        _ => null,
    };

    private static bool IsPaired(string text, int i) =>
        char.IsHighSurrogate(text[i]) ? i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) : i > 0 && char.IsHighSurrogate(text[i - 1]);
}

namespace Weir.Shared.Logs;

/// <summary>What a line says about the lines around it.</summary>
public enum LogMarkKind : byte
{
    None = 0,

    /// <summary>A group begins, and ends the one before: <c>::group::</c>, <c>##[group]</c>.</summary>
    GroupBegin = 1,
    GroupEnd = 2,

    /// <summary>A section begins, inside the one that is open: <c>section_start:</c>, <c>travis_fold:start:</c>.</summary>
    SectionBegin = 3,
    SectionEnd = 4,

    /// <summary>The line itself is an error: <c>::error</c>, <c>##[error]</c>.</summary>
    Error = 5,
    Warning = 6,
}

/// <summary>A mark of a log.</summary>
/// <param name="Line">Its line, from 0.</param>
/// <param name="At">When, in milliseconds after the command's start.</param>
/// <param name="Kind">What it says.</param>
public readonly record struct LogMark(long Line, long At, LogMarkKind Kind);

/// <summary>Recognises the markers that other systems' tools already write, at the beginning of a line.</summary>
public static class LogMarkers
{
    /// <summary>What a line says; a line of GitLab's may end one section and begin the next.</summary>
    public static (LogMarkKind First, LogMarkKind Second) Of(ReadOnlySpan<byte> line) => line switch
    {
        [(byte)':', (byte)':', ..] => (Command(line[2..]), 0),
        [(byte)'#', (byte)'#', (byte)'[', ..] => (Bracket(line[3..]), 0),
        [(byte)'s' or (byte)'t' or 0x1b, ..] => Sections(line),
        _ => default,
    };

    /// <summary>So many bytes at the line's beginning are marker and no text for people.</summary>
    public static int PrefixLength(string text)
    {
        foreach (var prefix in Shown)
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
                return prefix.Length;
        }
        return 0;
    }

    private static readonly string[] Shown = ["::group::", "##[group]", "##[error]", "##[warning]", "::error::", "::warning::"];

    private static LogMarkKind Command(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("group::"u8) ? LogMarkKind.GroupBegin
        : rest.StartsWith("endgroup::"u8) ? LogMarkKind.GroupEnd
        : rest.StartsWith("error::"u8) || rest.StartsWith("error "u8) ? LogMarkKind.Error
        : rest.StartsWith("warning::"u8) || rest.StartsWith("warning "u8) ? LogMarkKind.Warning : 0;

    private static LogMarkKind Bracket(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("group]"u8) ? LogMarkKind.GroupBegin
        : rest.StartsWith("endgroup]"u8) ? LogMarkKind.GroupEnd
        : rest.StartsWith("error]"u8) ? LogMarkKind.Error
        : rest.StartsWith("warning]"u8) ? LogMarkKind.Warning : 0;

    private static (LogMarkKind First, LogMarkKind Second) Sections(ReadOnlySpan<byte> line)
    {
        var first = Section(Clean(line));
        if (first != LogMarkKind.SectionEnd)
            return (first, 0);
        var next = line.IndexOf("\rsection_start:"u8) is >= 0 and var plain ? plain + 1 : line.IndexOf("\r\u001b[0Ksection_start:"u8) is >= 0 and var erased ? erased + 5 : -1;
        return (first, next < 0 ? 0 : Section(line[next..]));
    }

    private static ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> line) => line.StartsWith("\u001b[0K"u8) ? line[4..] : line;

    private static LogMarkKind Section(ReadOnlySpan<byte> line) =>
        Is(line, "section_start:"u8) || line.StartsWith("travis_fold:start:"u8) ? LogMarkKind.SectionBegin
        : Is(line, "section_end:"u8) || line.StartsWith("travis_fold:end:"u8) ? LogMarkKind.SectionEnd : 0;

    // The time behind the colon tells a marker from a line that speaks of one.
    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> marker) => line.Length > marker.Length && line.StartsWith(marker) && line[marker.Length] is >= (byte)'0' and <= (byte)'9';
}

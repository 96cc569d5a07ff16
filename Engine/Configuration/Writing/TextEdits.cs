using System.Text;

namespace Weir.Engine.Configuration.Writing;

/// <summary>Changes to a text that are collected first and made together; positions are those of the text before.</summary>
internal sealed class TextEdits(string text)
{
    private readonly List<(int Start, int End, string With, int Order)> edits = [];

    public string Text => text;
    public int Count => edits.Count;

    public void Replace(int start, int end, string with) => edits.Add((start, end, with, edits.Count));

    /// <summary>Forgets what was collected since there were so many.</summary>
    public void Back(int count) => edits.RemoveRange(count, edits.Count - count);

    /// <summary>Whether nothing but blanks stands before this place on its line.</summary>
    public bool BeginsLine(int at) => text.AsSpan(LineStart(at), at - LineStart(at)).Trim(' ').IsEmpty;

    public int LineStart(int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    /// <summary>Where the next line begins; the end of the text on the last one.</summary>
    public int NextLine(int at) => at >= text.Length ? text.Length : text.IndexOf('\n', at) is var end and >= 0 ? end + 1 : text.Length;

    public int Column(int at) => at - LineStart(at);

    /// <summary>Behind the lines of something that begins at a column and ends here, with comments below it that are indented deeper than it is.</summary>
    public int EndOfLines(int column, int end)
    {
        var next = NextLine(end);
        while (next < text.Length && Comment(next) is { } indent && indent > column)
            next = NextLine(next);
        return next;
    }

    /// <summary>Puts lines at the begin of a line. <paramref name="lines"/> has no line end at its end.</summary>
    public void InsertLines(int at, string lines) => Replace(at, at, at > 0 && text[at - 1] != '\n' ? "\n" + lines : lines + "\n");

    /// <summary>The text with all changes made, with line ends of the kind that it has.</summary>
    public string Made()
    {
        var ends = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var made = new StringBuilder(text);
        // From the end, so that positions stay true; at one place what goes first, then what comes, the last of it first.
        foreach (var (start, end, with, _) in edits.OrderByDescending(e => e.Start).ThenByDescending(e => e.End).ThenByDescending(e => e.Order))
            made.Remove(start, end - start).Insert(start, with.Replace("\n", ends, StringComparison.Ordinal));
        return made.ToString();
    }

    // The indentation of a line that holds a comment and nothing else.
    private int? Comment(int line)
    {
        var at = line;
        while (at < text.Length && text[at] == ' ')
            at++;
        return at < text.Length && text[at] == '#' ? at - line : null;
    }
}

using System.Text;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>
/// Reads a shell text as a POSIX shell would (quotes, substitutions, here-documents, comments), only as far as is needed to say in which quoting each expression stands.
/// Where it cannot be sure it says so: an expression there is refused, never guessed.
/// </summary>
internal sealed class ShellScanner
{
    private enum Frame
    {
        Command,
        Substitution,
        Subshell,
        SingleQuotes,
        AnsiQuotes,
        DoubleQuotes,
        Backticks,
        Parameter,
        QuotedParameter,
        Arithmetic,
        Parentheses,
        Comment,
    }

    private static readonly HashSet<string> Interpreters = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "su", "python", "python3", "perl", "ruby", "node", "php"];
    private readonly Stack<Frame> frames = new([Frame.Command]);
    private readonly HereDocuments documents = new();
    private readonly StringBuilder word = new();
    private readonly Stack<(List<string> Command, string Word)> outer = new();
    private List<string> command = [];
    private bool escaped;
    private bool unclear;
    private bool wordStarted;
    private bool dollarEscaped;

    /// <summary>One place for each expression, in order.</summary>
    public static IReadOnlyList<ShellPlace> Places(IReadOnlyList<Template.Segment> segments)
    {
        var scanner = new ShellScanner();
        var places = new List<ShellPlace>();
        char? before = null;
        foreach (var segment in segments)
        {
            if (segment.Expression is null)
            {
                for (var i = 0; i < segment.Literal.Length; i++)
                    i += scanner.Read(segment.Literal, i);
                before = segment.Literal[^1];
            }
            else
            {
                places.Add(scanner.PlaceHere(before));
                scanner.TakeValue();
                before = null;
            }
        }
        return places;
    }

    private ShellPlace PlaceHere(char? before)
    {
        if (unclear)
            return ShellPlace.Unclear;
        if (documents.IsInside)
            return ShellPlace.HereDocument;
        if (escaped)
            return ShellPlace.Escaped;
        if (frames.Contains(Frame.Backticks))
            return ShellPlace.Backticks;
        if (frames.Contains(Frame.Arithmetic))
            return ShellPlace.Arithmetic;
        if (frames.Contains(Frame.Parameter) || frames.Contains(Frame.QuotedParameter))
            return ShellPlace.Parameter;
        var frame = frames.Peek();
        if (frame is Frame.SingleQuotes or Frame.AnsiQuotes)
            return ShellPlace.SingleQuoted;
        if (before == '$' && frame != Frame.Comment && !dollarEscaped)
            return ShellPlace.Dollar;
        if (frame != Frame.Comment && IsProgramText(command))
            return ShellPlace.Program;
        return frame == Frame.DoubleQuotes ? ShellPlace.DoubleQuoted : ShellPlace.Word;
    }

    private void TakeValue()
    {
        documents.TakeValue();
        word.Append('\uFFFC');
        wordStarted = true;
        escaped = false;
        dollarEscaped = false;
    }

    /// <summary>
    /// Whether the word behind these is read as a program: eval reads all its words again, ssh sends them to another shell, and an interpreter reads the word behind -c or -e.
    /// </summary>
    public static bool IsProgramText(IReadOnlyList<string> command)
    {
        if (command.Count == 0)
            return false;
        var names = command.Select(w => w[(w.LastIndexOf('/') + 1)..]).ToList();
        return names.Contains("eval") || names.Contains("ssh") || (names.Exists(Interpreters.Contains) && command[^1] is ['-', .., 'c' or 'e' or 'r'] and not ['-', '-', ..]);
    }

    /// <summary>Reads the character at <paramref name="i"/>; answers how many more were taken with it.</summary>
    private int Read(string text, int i)
    {
        var c = text[i];
        if (documents.Read(c))
            return 0;
        dollarEscaped = escaped && c == '$';
        var frame = frames.Peek();
        if (escaped)
        {
            escaped = false;
            if (c != '\n')
                Word(c);
            if (frame == Frame.AnsiQuotes && c == '\'')
                unclear = true;
            return 0;
        }
        return frame switch
        {
            Frame.SingleQuotes => ReadSingleQuoted(c),
            Frame.AnsiQuotes => ReadAnsiQuoted(c),
            Frame.Comment => ReadComment(c),
            Frame.DoubleQuotes or Frame.QuotedParameter => ReadDoubleQuoted(text, i, frame),
            Frame.Backticks => ReadBackticks(c),
            _ => ReadPlain(text, i, frame),
        };
    }

    private int ReadSingleQuoted(char c)
    {
        if (c == '\'')
            frames.Pop();
        else
            Word(c);
        return 0;
    }

    private int ReadAnsiQuoted(char c)
    {
        if (c == '\\')
            escaped = true;
        return ReadSingleQuoted(c);
    }

    private int ReadComment(char c)
    {
        if (c != '\n')
            return 0;
        frames.Pop();
        EndLine();
        return 0;
    }

    // Only its end is looked for: an expression within is refused.
    private int ReadBackticks(char c)
    {
        if (c == '\\')
            escaped = true;
        else if (c == '`')
            frames.Pop();
        return 0;
    }

    private int ReadDoubleQuoted(string text, int i, Frame frame)
    {
        switch (text[i])
        {
            case '\\':
                escaped = true;
                return 0;
            case '"' when frame == Frame.DoubleQuotes:
                frames.Pop();
                return 0;
            case '"':
                frames.Push(Frame.DoubleQuotes);
                return 0;
            case '}' when frame == Frame.QuotedParameter:
                frames.Pop();
                return 0;
            case '`':
                frames.Push(Frame.Backticks);
                return 0;
            case '$':
                return ReadDollar(text, i, quoted: true);
            default:
                Word(text[i]);
                return 0;
        }
    }

    private int ReadPlain(string text, int i, Frame frame)
    {
        var c = text[i];
        var atWordStart = !wordStarted;
        switch (c)
        {
            case '\\':
                escaped = true;
                return 0;
            case '\'':
                frames.Push(Frame.SingleQuotes);
                wordStarted = true;
                return 0;
            case '"':
                frames.Push(Frame.DoubleQuotes);
                wordStarted = true;
                return 0;
            case '`':
                frames.Push(Frame.Backticks);
                wordStarted = true;
                return 0;
            case '$':
                return ReadDollar(text, i, quoted: false);
            case '}' when frame == Frame.Parameter:
                frames.Pop();
                return 0;
            case '(' when frame is Frame.Arithmetic or Frame.Parentheses:
                frames.Push(Frame.Parentheses);
                return 0;
            case ')' when frame is Frame.Arithmetic or Frame.Parentheses:
                frames.Pop();
                if (frame == Frame.Parentheses)
                    return 0;
                unclear |= Next(text, i) != ')'; // it was no arithmetic, but a subshell at the start of something
                return unclear ? 0 : 1;
        }
        if (frame is Frame.Parameter or Frame.Arithmetic or Frame.Parentheses)
            return 0;
        switch (c)
        {
            case '#' when atWordStart:
                frames.Push(Frame.Comment);
                return 0;
            case '(' when atWordStart && Next(text, i) == '(':
                frames.Push(Frame.Arithmetic);
                return 1;
            case '(':
                EndCommand();
                frames.Push(Frame.Subshell);
                return 0;
            case ')':
                EndCommand();
                if (frame is Frame.Subshell or Frame.Substitution)
                    frames.Pop();
                if (frame == Frame.Substitution)
                    ReturnToOuterCommand();
                return 0;
            case '<' when Next(text, i) == '<':
                return ReadDocumentOperator(text, i);
            case '\n':
                EndLine();
                return 0;
            case ';' or '&' or '|':
                EndCommand();
                return 0;
            case ' ' or '\t' or '<' or '>':
                EndWord();
                return 0;
            default:
                Word(c);
                return 0;
        }
    }

    private int ReadDollar(string text, int i, bool quoted)
    {
        wordStarted = true;
        switch (Next(text, i))
        {
            case '{':
                frames.Push(quoted ? Frame.QuotedParameter : Frame.Parameter);
                return 1;
            case '(' when i + 2 < text.Length && text[i + 2] == '(':
                frames.Push(Frame.Arithmetic);
                return 2;
            case '(':
                outer.Push((command, word.ToString()));
                command = [];
                word.Clear();
                wordStarted = false;
                frames.Push(Frame.Substitution);
                return 1;
            case '\'' when !quoted:
                frames.Push(Frame.AnsiQuotes);
                return 1;
            case '$':
                word.Append("$$");
                dollarEscaped = true;
                return 1;
            default:
                word.Append('$');
                return 0;
        }
    }

    private void ReturnToOuterCommand()
    {
        (command, var started) = outer.Pop();
        word.Clear().Append(started);
        wordStarted = true;
    }

    private int ReadDocumentOperator(string text, int i)
    {
        EndWord();
        if (i + 2 < text.Length && text[i + 2] == '<')
            return 2; // a here-string: its word is an ordinary one
        var stripsTabs = i + 2 < text.Length && text[i + 2] == '-';
        documents.Announce(stripsTabs);
        return stripsTabs ? 2 : 1;
    }

    private void Word(char c)
    {
        word.Append(c);
        wordStarted = true;
    }

    private void EndWord()
    {
        if (word.Length > 0)
        {
            var text = word.ToString();
            command.Add(text);
            if (text == "case" && frames.Contains(Frame.Substitution))
                unclear = true;
        }
        word.Clear();
        wordStarted = false;
    }

    private void EndCommand()
    {
        EndWord();
        command.Clear();
    }

    private void EndLine()
    {
        EndCommand();
        documents.BeginAtLineEnd();
    }

    private static char Next(string text, int i) => i + 1 < text.Length ? text[i + 1] : '\0';
}

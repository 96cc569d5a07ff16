using System.Text;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>The here-documents of a shell text: announced by &lt;&lt;WORD, begun at the end of that line, ended by a line that is the word.</summary>
internal sealed class HereDocuments
{
    private readonly Queue<(string Delimiter, bool StripsTabs)> announced = new();
    private readonly StringBuilder line = new();
    private (string Delimiter, bool StripsTabs)? current;
    private StringBuilder? delimiter;
    private bool delimiterStripsTabs;
    private char quote;

    /// <summary>Within a document, or within the word that will end one.</summary>
    public bool IsInside => current is not null || delimiter is not null;

    /// <summary>After &lt;&lt; or &lt;&lt;-: what follows is the delimiter.</summary>
    public void Announce(bool stripsTabs)
    {
        delimiter = new();
        delimiterStripsTabs = stripsTabs;
        quote = '\0';
    }

    /// <summary>False when the character belongs to the commands around.</summary>
    public bool Read(char c)
    {
        if (current is null)
            return delimiter is not null && ReadDelimiter(c);
        ReadBody(c);
        return true;
    }

    public void TakeValue() => line.Append('\uFFFC');

    public void BeginAtLineEnd()
    {
        line.Clear();
        Next();
    }

    private void Next() => current = announced.TryDequeue(out var next) ? next : null;

    private void ReadBody(char c)
    {
        if (c != '\n')
        {
            line.Append(c);
            return;
        }
        var text = line.ToString();
        line.Clear();
        if ((current!.Value.StripsTabs ? text.TrimStart('\t') : text) == current.Value.Delimiter)
            Next();
    }

    /// <summary>False: the character ended the word and means something itself.</summary>
    private bool ReadDelimiter(char c)
    {
        if (quote != '\0')
        {
            if (c == quote)
                quote = '\0';
            else
                delimiter!.Append(c);
            return true;
        }
        if (c is '\'' or '"')
        {
            quote = c;
            return true;
        }
        if (c == '\\' || (c is ' ' or '\t' && delimiter!.Length == 0))
            return true;
        if (c is not (' ' or '\t' or '\n' or ';' or '&' or '|' or '<' or '>' or '(' or ')'))
        {
            delimiter!.Append(c);
            return true;
        }
        announced.Enqueue((delimiter!.ToString(), delimiterStripsTabs));
        delimiter = null;
        return false;
    }
}

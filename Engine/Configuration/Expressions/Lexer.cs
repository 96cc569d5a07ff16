using System.Globalization;

namespace Weir.Engine.Configuration.Expressions;

internal enum TokenKind
{
    End,
    Name,
    Number,
    Text,
    Symbol,
}

/// <summary>One token; <see cref="Text"/> is a name, a symbol or the content of a string.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, double Number, int Offset)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => $"the text '{Text}'",
        TokenKind.Number => "the number " + Number.ToString(CultureInfo.InvariantCulture),
        _ => $"\"{Text}\"",
    };
}

/// <summary>Cuts an expression into tokens.</summary>
internal static class Lexer
{
    private static readonly string[] Symbols = ["<=", ">=", "==", "!=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", ".", "*"];

    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>();
        for (var at = 0; ;)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at == text.Length)
            {
                tokens.Add(new(TokenKind.End, "", 0, at));
                return tokens;
            }
            var token = ReadOne(text, at, out var next);
            tokens.Add(token);
            at = next;
        }
    }

    private static Token ReadOne(string text, int at, out int next)
    {
        var c = text[at];
        if (c == '\'')
            return ReadText(text, at, out next);
        if (char.IsAsciiLetter(c) || c == '_')
        {
            next = at + 1;
            while (next < text.Length && IsNamePart(text[next]))
                next++;
            return new(TokenKind.Name, text[at..next], 0, at);
        }
        if (char.IsAsciiDigit(c) || (c is '-' or '+' && at + 1 < text.Length && (char.IsAsciiDigit(text[at + 1]) || text[at + 1] == '.')))
            return ReadNumber(text, at, out next);
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0)
            {
                next = at + symbol.Length;
                return new(TokenKind.Symbol, symbol, 0, at);
            }
        }
        throw new ExpressionException(Unexpected(c), at);
    }

    private static string Unexpected(char c) => c switch
    {
        '"' => "A text stands in single quotes here: 'text'.",
        '=' => "A single \"=\" means nothing here; equality is written \"==\".",
        '&' => "A single \"&\" means nothing here; \"and\" is written \"&&\".",
        '|' => "A single \"|\" means nothing here; \"or\" is written \"||\".",
        '+' or '-' or '/' or '%' => $"There is no arithmetic: \"{c}\" is not an operator here.",
        '$' or '{' or '}' => $"\"{c}\" has no place inside an expression.",
        _ => $"The character {Display(c)} has no place in an expression.",
    };

    private static string Display(char c) => char.IsControl(c) || c > '~' ? $"U+{(int)c:X4}" : $"\"{c}\"";

    private static Token ReadText(string text, int at, out int next)
    {
        var content = new System.Text.StringBuilder();
        for (next = at + 1; next < text.Length; next++)
        {
            if (text[next] != '\'')
            {
                content.Append(text[next]);
                continue;
            }
            if (next + 1 == text.Length || text[next + 1] != '\'')
            {
                next++;
                return new(TokenKind.Text, content.ToString(), 0, at);
            }
            content.Append('\'');
            next++;
        }
        throw new ExpressionException("This text has no closing quote. (A quote inside a text is written twice: 'it''s'.)", at);
    }

    private static Token ReadNumber(string text, int at, out int next)
    {
        next = at + 1;
        while (next < text.Length && (char.IsAsciiLetterOrDigit(text[next]) || text[next] is '.' or '_' || (text[next] is '+' or '-' && text[next - 1] is 'e' or 'E' && !IsHex(text, at))))
            next++;
        var written = text[at..next];
        if (Values.TryNumber(written, out var number))
            return new(TokenKind.Number, written, number, at);
        throw new ExpressionException($"\"{written}\" is not a number.", at);
    }

    private static bool IsHex(string text, int at) => string.CompareOrdinal(text, at, "0x", 0, 2) == 0;

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}

using System.Text;
using System.Text.Json.Nodes;
using Weir.Shared.Protocol;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>A text for the shell, with the environment variables that carry the values of its expressions.</summary>
/// <param name="Text">The text.</param>
/// <param name="Env">Values by variable.</param>
/// <param name="Secrets">Names of secrets by variable.</param>
public sealed record ShellText(string Text, IReadOnlyDictionary<string, string> Env, IReadOnlyDictionary<string, string> Secrets);

/// <summary>A text in which <c>${{ … }}</c> are expressions. Offsets of errors count from the start of the whole text.</summary>
public sealed class Template
{
    private const string Open = "${{";
    private const string Close = "}}";
    private readonly IReadOnlyList<Segment> segments;
    private readonly Lazy<IReadOnlyList<ShellPlace>> places;

    private Template(string source, IReadOnlyList<Segment> segments)
    {
        Source = source;
        this.segments = segments;
        places = new(() => ShellScanner.Places(segments));
    }

    /// <summary>A piece of the text: literal, or an expression whose text starts at <see cref="Offset"/>.</summary>
    internal sealed record Segment(string Literal, Expression? Expression, int Offset);

    public string Source { get; }
    public bool HasExpressions => segments.Any(s => s.Expression is not null);

    /// <summary>The whole text is one expression: its value keeps its type.</summary>
    public bool IsSingleExpression => segments is [{ Expression: not null }];

    public IEnumerable<Expression> Expressions => segments.Where(s => s.Expression is not null).Select(s => s.Expression!);

    /// <summary>The expressions with the offsets of their texts.</summary>
    public IEnumerable<(Expression Expression, int Offset)> Placed => segments.Where(s => s.Expression is not null).Select(s => (s.Expression!, s.Offset));

    /// <summary>It names a secret: its text is known only where it is used.</summary>
    public bool HasSecrets => segments.Any(s => s.Expression?.Secret is not null);

    /// <summary>What the expressions refer to; offsets from the start of the whole text.</summary>
    public IEnumerable<ContextReference> References => segments.Where(s => s.Expression is not null).SelectMany(s => s.Expression!.References.Select(r => r with { Offset = r.Offset + s.Offset }));

    /// <exception cref="ExpressionException">An expression in it is wrong or has no end.</exception>
    public static Template Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var segments = new List<Segment>();
        var at = 0;
        for (var open = text.IndexOf(Open, StringComparison.Ordinal); open >= 0; open = text.IndexOf(Open, at, StringComparison.Ordinal))
        {
            if (open > at)
                segments.Add(new(text[at..open], null, at));
            var start = open + Open.Length;
            var end = FindClose(text, start);
            if (end < 0)
                throw new ExpressionException("This ${{ has no }}.", open);
            segments.Add(new("", ParseAt(text[start..end], start), start));
            at = end + Close.Length;
        }
        if (at < text.Length)
            segments.Add(new(text[at..], null, at));
        return new(text, segments);
    }

    /// <summary>The text with each expression replaced by its value: nothing for null, JSON for lists and maps.</summary>
    /// <exception cref="ExpressionException">See <see cref="Expression.Evaluate"/>.</exception>
    public string Text(EvaluationContext context)
    {
        var text = new StringBuilder();
        foreach (var segment in segments)
        {
            text.Append(segment.Expression is null ? segment.Literal : ValueText(segment, context));
            if (text.Length > Limits.ResultLength)
                throw new ExpressionException("The text that this makes is longer than 1 MiB.", segment.Offset);
        }
        return text.ToString();
    }

    /// <summary>The text in pieces, where secrets are not filled in.</summary>
    /// <exception cref="ExpressionException">See <see cref="Expression.Evaluate"/>.</exception>
    public IReadOnlyList<TextPart> Parts(EvaluationContext context) => [.. segments.Select(s => s.Expression switch
    {
        null => new TextPart(s.Literal, null),
        { Secret: { } name } => new TextPart(null, name),
        _ => new TextPart(ValueText(s, context), null),
    })];

    /// <summary>A template that is one single expression keeps the type of its value; any other is a text.</summary>
    public JsonNode? Value(EvaluationContext context) =>
        IsSingleExpression ? At(segments[0], e => e.Evaluate(context)) : JsonValue.Create(Text(context));

    /// <summary>Why the expressions cannot be used in a shell text where they stand, and what to write instead; empty if they can.</summary>
    public IEnumerable<(int Offset, string Message)> ShellProblems =>
        segments.Where(s => s.Expression is not null).Zip(places.Value).Where(p => p.Second.Refusal is not null).Select(p => (p.First.Offset - Open.Length, p.Second.Refusal!));

    /// <summary>
    /// The text for a POSIX shell. No value becomes part of it: each travels as the environment variable WEIR_1, WEIR_2, … and a quoted reference stands in its place, so that it
    /// stays one word whatever it holds.
    /// </summary>
    public ShellText Shell(EvaluationContext context, int firstIndex)
    {
        var text = new StringBuilder();
        var env = new Dictionary<string, string>();
        var secrets = new Dictionary<string, string>();
        foreach (var segment in segments)
        {
            if (segment.Expression is null)
            {
                text.Append(segment.Literal);
                continue;
            }
            var number = env.Count + secrets.Count;
            var place = places.Value[number];
            if (place.Refusal is { } refusal)
                throw new ExpressionException(refusal, segment.Offset - Open.Length);
            var name = FormattableString.Invariant($"WEIR_{firstIndex + number}");
            if (segment.Expression.Secret is { } secret)
                secrets.Add(name, secret);
            else
                env.Add(name, EnvironmentValue(segment, context));
            text.Append(place.InDoubleQuotes ? $"${{{name}}}" : $"\"${{{name}}}\"");
        }
        return new(text.ToString(), env, secrets);
    }

    private static string EnvironmentValue(Segment segment, EvaluationContext context)
    {
        var value = ValueText(segment, context);
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ExpressionException("The value holds a NUL character, which no command can be given.", segment.Offset);
        return Encoding.UTF8.GetByteCount(value) <= Limits.EnvironmentBytes
            ? value
            : throw new ExpressionException("The value is longer than 120 KiB, more than a command can be given.", segment.Offset);
    }

    private static string ValueText(Segment segment, EvaluationContext context) => At(segment, e => Values.ToText(e.Run(context)));

    private static Expression ParseAt(string text, int offset)
    {
        try
        {
            return Expression.Parse(text);
        }
        catch (ExpressionException e)
        {
            throw new ExpressionException(e.Message, e.Offset + offset);
        }
    }

    private static T At<T>(Segment segment, Func<Expression, T> use)
    {
        try
        {
            return use(segment.Expression!);
        }
        catch (ExpressionException e)
        {
            throw new ExpressionException(e.Message, e.Offset + segment.Offset);
        }
    }

    /// <summary>The first }} that does not stand in a text of the expression.</summary>
    private static int FindClose(string text, int start)
    {
        var quoted = false;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\'')
                quoted = !quoted;
            else if (!quoted && string.CompareOrdinal(text, i, Close, 0, Close.Length) == 0)
                return i;
        }
        return -1;
    }
}

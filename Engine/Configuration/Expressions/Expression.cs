using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>
/// A parsed expression in the language of GitHub Actions: no side effects, bounded in depth, steps, time and size of its result. Parsing refuses unknown functions and wrong
/// numbers of arguments; which contexts may stand in it depends on its place (<see cref="ExpressionContexts"/>).
/// </summary>
public sealed class Expression
{
    private readonly Node root;

    private Expression(string text, Node root, Parser parser)
    {
        Text = text;
        this.root = root;
        References = parser.References;
        MentionsStatus = parser.MentionsStatus;
    }

    public string Text { get; }

    /// <summary>Calls success(), failure(), always() or cancelled(): then it decides itself what a failed build means.</summary>
    public bool MentionsStatus { get; }
    public IReadOnlyList<ContextReference> References { get; }

    /// <exception cref="ExpressionException">The text is no expression.</exception>
    public static Expression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > Limits.TextLength)
            throw new ExpressionException("An expression may have at most 10 KiB.", 0);
        var parser = new Parser(Lexer.Read(text));
        return new(text, parser.Read(), parser);
    }

    /// <exception cref="ExpressionException">A context is absent, a function cannot take its arguments, or a limit is reached.</exception>
    public JsonNode? Evaluate(EvaluationContext context) => Values.ToJson(Run(context));

    /// <summary>Whether the value counts as true: not null, false, 0 or an empty text.</summary>
    public bool IsTrue(EvaluationContext context) => Run(context).IsTrue;

    /// <summary>The secret that the whole expression is: <c>secrets.NAME</c>; null for any other.</summary>
    public string? Secret => root is PathNode { Start: Name { Text: ExpressionContexts.Secrets }, Accessors: [{ Key: Literal { Value.Kind: ValueKind.Text } key }] } ? key.Value.Text : null;

    internal Value Run(EvaluationContext context) => new Evaluator(context).Evaluate(root);
}

namespace Weir.Engine.Configuration.Expressions;

/// <summary>Where an expression looks into a context: <c>properties.branch</c> is the context <c>properties</c> with the path <c>[branch]</c>, as far as it is written in constants.</summary>
public sealed record ContextReference(string Context, int Offset, IReadOnlyList<string> Path);

/// <summary>Reads an expression. Binding, from loose to tight: || — &amp;&amp; — == != — &lt; &lt;= &gt; &gt;= — ! — path.</summary>
internal sealed class Parser(IReadOnlyList<Token> tokens)
{
    private readonly List<ContextReference> references = [];
    private int at;
    private int depth;
    private int itemScopes;

    public IReadOnlyList<ContextReference> References => references;
    public bool MentionsStatus { get; private set; }

    private Token Current => tokens[at];

    public Node Read()
    {
        if (Current.Kind == TokenKind.End)
            throw new ExpressionException("The expression is empty.", Current.Offset);
        var node = ReadChain(isAnd: false);
        return Current.Kind == TokenKind.End ? node : throw new ExpressionException($"An operator or the end was expected, not {Current}.", Current.Offset);
    }

    private Node ReadChain(bool isAnd)
    {
        var symbol = isAnd ? "&&" : "||";
        var first = Operand();
        if (!Current.Is(symbol))
            return first;
        var operands = new List<Node> { first };
        while (Take(symbol))
            operands.Add(Operand());
        return new Chain(isAnd, operands, first.Offset);

        Node Operand() => isAnd ? ReadEquality() : ReadChain(isAnd: true);
    }

    private Node ReadEquality() => ReadComparison(["==", "!="], () => ReadComparison(["<", "<=", ">", ">="], ReadUnary));

    private Node ReadComparison(string[] symbols, Func<Node> operand)
    {
        var left = operand();
        var nested = 0;
        while (Array.Find(symbols, Current.Is) is { } symbol)
        {
            var offset = Current.Offset;
            at++;
            Deeper(offset);
            nested++;
            left = new Comparison(symbol, left, operand(), offset);
        }
        depth -= nested;
        return left;
    }

    private Node ReadUnary()
    {
        var offset = Current.Offset;
        if (!Take("!"))
            return ReadPath();
        Deeper(offset);
        var operand = ReadUnary();
        depth--;
        return new Not(operand, offset);
    }

    private Node ReadPath()
    {
        var start = ReadPrimary();
        var accessors = new List<Accessor>();
        while (Current.Is(".") || Current.Is("["))
            accessors.Add(Current.Is(".") ? ReadMember() : ReadIndex());
        if (start is Name { Text: var context } && context != "item")
            references.Add(new(context, start.Offset, [.. accessors.TakeWhile(a => a.Key is Literal).Select(a => Values.ToText(((Literal)a.Key!).Value))]));
        return accessors.Count == 0 ? start : new PathNode(start, accessors, start.Offset);
    }

    private Accessor ReadMember()
    {
        at++;
        var token = Current;
        if (Take("*"))
            return new(null, token.Offset);
        if (token.Kind != TokenKind.Name)
            throw new ExpressionException($"A name or * was expected after the dot, not {token}. (Other names are written ['like this'].)", token.Offset);
        at++;
        return new(new Literal(Value.Of(token.Text), token.Offset), token.Offset);
    }

    private Accessor ReadIndex()
    {
        var open = Current.Offset;
        at++;
        var offset = Current.Offset;
        Deeper(offset);
        Node? key = null;
        if (!(Current.Is("*") && tokens[at + 1].Is("]") && Take("*")))
            key = ReadChain(isAnd: false);
        depth--;
        Expect("]", "[", open);
        return new(key, offset);
    }

    private Node ReadPrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                at++;
                return new Literal(Value.Of(token.Number), token.Offset);
            case TokenKind.Text:
                at++;
                return new Literal(Value.Of(token.Text), token.Offset);
            case TokenKind.Name:
                at++;
                return Current.Is("(") ? ReadCall(token) : ReadName(token);
            case TokenKind.Symbol when token.Is("("):
                at++;
                Deeper(token.Offset);
                var inner = ReadChain(isAnd: false);
                depth--;
                Expect(")", "(", token.Offset);
                return inner;
            default:
                throw new ExpressionException($"A value was expected, not {token}.", token.Offset);
        }
    }

    private Node ReadName(Token token) => token.Text switch
    {
        "null" => new Literal(Value.Null, token.Offset),
        "true" => new Literal(Value.Of(true), token.Offset),
        "false" => new Literal(Value.Of(false), token.Offset),
        "item" when itemScopes == 0 => throw new ExpressionException("\"item\" is known only in the second argument of any(…) and all(…).", token.Offset),
        _ when Function.Find(token.Text) is { } function => throw new ExpressionException($"\"{function.Name}\" is a function: write {function.Name}({(function.Most == 0 ? "" : "…")}).", token.Offset),
        _ => new Name(token.Text, token.Offset),
    };

    private Call ReadCall(Token name)
    {
        var function = Function.Find(name.Text)
            ?? throw new ExpressionException($"There is no function \"{name.Text}\".{Suggestion.DidYouMean(name.Text, Function.Names)}", name.Offset);
        MentionsStatus |= function.Status;
        var open = Current.Offset;
        at++;
        Deeper(open);
        var arguments = new List<Node>();
        while (!Current.Is(")"))
        {
            if (arguments.Count > 0)
                Expect(",", $"{function.Name}(", open);
            var binds = function.BindsItem && arguments.Count == 1;
            itemScopes += binds ? 1 : 0;
            arguments.Add(ReadChain(isAnd: false));
            itemScopes -= binds ? 1 : 0;
        }
        at++;
        depth--;
        if (arguments.Count < function.Least || arguments.Count > function.Most)
            throw new ExpressionException($"{function.Name}(…) takes {function.Arity}, not {arguments.Count}.", name.Offset);
        if (function.Name == "matches" && arguments[1] is Literal { Value.Kind: ValueKind.Text } pattern)
            Functions.Pattern(pattern.Value.Text, pattern.Offset);
        return new(function, arguments, name.Offset);
    }

    private bool Take(string symbol)
    {
        if (!Current.Is(symbol))
            return false;
        at++;
        return true;
    }

    private void Expect(string symbol, string opened, int openedAt)
    {
        if (!Take(symbol))
            throw new ExpressionException($"\"{symbol}\" was expected, not {Current} (\"{opened}\" stands at character {openedAt + 1}).", Current.Offset);
    }

    private void Deeper(int offset)
    {
        if (++depth > Limits.Depth)
            throw new ExpressionException($"The expression is nested deeper than {Limits.Depth} levels.", offset);
    }
}

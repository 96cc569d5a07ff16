using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Weir.Engine.Configuration.Expressions;

/// <summary>One evaluation, within its budget of steps and time.</summary>
internal sealed class Evaluator(EvaluationContext context)
{
    private readonly long started = Stopwatch.GetTimestamp();
    private int steps;
    private Value? item;

    public EvaluationContext Context => context;

    public Value Evaluate(Node node)
    {
        Step(node.Offset);
        return node switch
        {
            Literal literal => literal.Value,
            Name name => ValueOf(name),
            Not not => Value.Of(!Evaluate(not.Operand).IsTrue),
            Comparison comparison => Value.Of(Compare(comparison)),
            Chain chain => EvaluateChain(chain),
            Call { Function.BindsItem: true } call => Value.Of(EvaluateForItems(call)),
            Call call => call.Function.Apply!(this, [.. call.Arguments.Select(Evaluate)], call.Offset),
            PathNode path => path.Accessors.Aggregate(Evaluate(path.Start), Access),
            _ => throw new UnreachableException(),
        };
    }

    private Value ValueOf(Name name)
    {
        if (name.Text == "item" && item is { } bound)
            return bound;
        return context.Contexts.TryGetValue(name.Text, out var node)
            ? Value.Of(node)
            : throw new ExpressionException($"There is no context \"{name.Text}\" here.{Suggestion.DidYouMean(name.Text, context.Contexts.Keys)}", name.Offset);
    }

    private bool Compare(Comparison comparison)
    {
        var (left, right) = (Evaluate(comparison.Left), Evaluate(comparison.Right));
        Step(comparison.Offset, 1 + (Math.Min(left.Text.Length, right.Text.Length) / 100));
        return comparison.Operator switch
        {
            "==" => Values.AreEqual(left, right),
            "!=" => !Values.AreEqual(left, right),
            "<" => Values.Compare(left, right) < 0,
            "<=" => Values.Compare(left, right) <= 0,
            ">" => Values.Compare(left, right) > 0,
            ">=" => Values.Compare(left, right) >= 0,
            _ => throw new UnreachableException(),
        };
    }

    private Value EvaluateChain(Chain chain)
    {
        var value = Value.Null;
        foreach (var operand in chain.Operands)
        {
            value = Evaluate(operand);
            if (value.IsTrue != chain.IsAnd)
                break;
        }
        return value;
    }

    /// <summary>any: true if the condition holds for one item; all: false if it fails for one. No list counts as an empty one.</summary>
    private bool EvaluateForItems(Call call)
    {
        var isAny = call.Function.Name == "any";
        var list = Evaluate(call.Arguments[0]);
        if (list.Kind is not (ValueKind.List or ValueKind.Null))
            throw new ExpressionException($"The first argument of {call.Function.Name}(…) is not a list.", call.Arguments[0].Offset);
        var outer = item;
        try
        {
            foreach (var member in list.Items)
            {
                item = Value.Of(member);
                if (Evaluate(call.Arguments[1]).IsTrue == isAny)
                    return isAny;
            }
            return !isAny;
        }
        finally
        {
            item = outer;
        }
    }

    private Value Access(Value value, Accessor accessor)
    {
        Step(accessor.Offset);
        if (accessor.Key is null)
            return Value.Filter([.. value.Filtered ? value.Items.SelectMany(i => Children(Value.Of(i), accessor.Offset)) : Children(value, accessor.Offset)]);
        var key = Evaluate(accessor.Key);
        if (!value.Filtered)
            return Value.Of(Member(value, key, accessor.Offset).Node);
        return Value.Filter([.. value.Items.Select(i => { Step(accessor.Offset); return Member(Value.Of(i), key, accessor.Offset); }).Where(m => m.Found).Select(m => m.Node)]);
    }

    private IEnumerable<JsonNode?> Children(Value parent, int offset)
    {
        var members = parent.Node is JsonObject map ? map.Select(m => m.Value) : parent.Items;
        return members.Select(m => { Step(offset); return m; });
    }

    private (bool Found, JsonNode? Node) Member(Value value, Value key, int offset)
    {
        if (value is { Kind: ValueKind.Map, Node: JsonObject map })
            return key.IsPlain ? Member(map, Values.ToText(key), offset) : (false, null);
        if (value.Kind != ValueKind.List)
            return (false, null);
        var index = Math.Floor(Values.ToNumber(key));
        return index >= 0 && index < value.Items.Count ? (true, value.Items[(int)index]) : (false, null);
    }

    // As in GitHub's language the case of a name does not matter; one written exactly so goes first.
    private (bool Found, JsonNode? Node) Member(JsonObject map, string name, int offset)
    {
        if (map.TryGetPropertyValue(name, out var exact))
            return (true, exact);
        Step(offset, 1 + (map.Count / 10));
        foreach (var (key, member) in map)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return (true, member);
        }
        return (false, null);
    }

    public void Step(int offset, int count = 1)
    {
        if ((steps += count) > Limits.Steps)
            throw TooLong(offset);
        if ((steps & 0xff) < count && Stopwatch.GetElapsedTime(started) > Limits.Time)
            throw TooLong(offset);
    }

    public Value Text(string text, int offset)
    {
        CheckLength(text.Length, offset);
        Step(offset, 1 + (text.Length / 100));
        return Value.Of(text);
    }

#pragma warning disable CA1822 // Beside Step and Text, where callers look for it.
    public void CheckLength(int length, int offset)
    {
        if (length > Limits.ResultLength)
            throw new ExpressionException("The text that this makes is longer than 1 MiB.", offset);
    }

    public ExpressionException TooLong(int offset) => new("The evaluation takes too long: it was stopped within its limits of steps and time.", offset);
#pragma warning restore CA1822
}

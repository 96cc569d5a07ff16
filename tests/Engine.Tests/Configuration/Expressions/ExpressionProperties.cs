using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration.Expressions;

namespace Weir.Engine.Tests.Configuration.Expressions;

/// <summary>Random expressions against a small oracle that computes the value while it writes the text.</summary>
public sealed class ExpressionProperties
{
    private static readonly EvaluationContext Context = new() { Contexts = new Dictionary<string, JsonNode?> { ["v"] = JsonNode.Parse("""{ "t": true, "f": false, "one": 1, "s": "Abc", "n": null, "list": [1, "Abc", null, true] }""") } };

    /// <summary>An expression's text with the value that it must have: null, bool, double or string.</summary>
    private sealed record Expected(string Text, object? Value);

    [Fact]
    public void An_expression_has_the_value_of_the_oracle() =>
        Prop.ForAll(Of(5).ToArbitrary(), e => Same(e.Value, Expression.Parse(e.Text).Evaluate(Context))).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Any_text_is_an_expression_or_is_refused_at_a_place_within_it()
    {
        var pieces = Gen.Elements("v", ".", "s", "[", "]", "(", ")", "'", "a'", "1", "0x", "-", "!", "==", "=", "&&", "||", "<", ",", "*", "item", "any(", "format(", " ", "é", "\0", "null", "success()", "${{", "}}");
        Prop.ForAll(pieces.ListOf().ToArbitrary(), list =>
        {
            var text = string.Concat(list);
            return Refusable(text, () => Expression.Parse(text).Evaluate(Context)) && Refusable(text, () => Template.Parse(text).Text(Context)) && Refusable(text, () => Template.Parse("x " + text).Shell(Context, 1));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    private static bool Refusable(string text, Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (ExpressionException e)
        {
            return e.Offset >= 0 && e.Offset <= text.Length + 2 && e.Message.Length > 5;
        }
    }

    private static Gen<Expected> Of(int depth)
    {
        var leaf = Gen.Elements(
            new Expected("null", null), new("true", true), new("false", false), new("0", 0.0), new("1", 1.0), new("-2.5", -2.5), new("0x10", 16.0), new("''", ""), new("'abc'", "abc"), new("'1'", "1"),
            new("'it''s'", "it's"), new("v.t", true), new("v['f']", false), new("v.one", 1.0), new("v.s", "Abc"), new("v.n", null), new("v.none.at.all", null));
        if (depth == 0)
            return leaf;
        var sub = Of(depth - 1);
        return Gen.Frequency(
            (1, leaf),
            (1, sub.Select(a => new Expected($"!({a.Text})", !True(a.Value)))),
            (1, sub.Select(a => new Expected($"(( {a.Text} ))", a.Value))),
            (2, from a in sub from b in sub select new Expected($"({a.Text}) && ({b.Text})", True(a.Value) ? b.Value : a.Value)),
            (2, from a in sub from b in sub select new Expected($"({a.Text})||({b.Text})", True(a.Value) ? a.Value : b.Value)),
            (2, from a in sub from b in sub select new Expected($"({a.Text}) == ({b.Text})", Equal(a.Value, b.Value))),
            (2, from a in sub from b in sub select new Expected($"({a.Text}) != ({b.Text})", !Equal(a.Value, b.Value))),
            (2, from a in sub from b in sub select new Expected($"({a.Text}) < ({b.Text})", Order(a.Value, b.Value) is < 0)),
            (2, from a in sub from b in sub select new Expected($"({a.Text}) >= ({b.Text})", Order(a.Value, b.Value) is >= 0)),
            (1, from a in sub from b in sub select new Expected($"contains({a.Text}, {b.Text})", Text(a.Value).Contains(Text(b.Value), StringComparison.OrdinalIgnoreCase))),
            (1, from a in sub from b in sub select new Expected($"startsWith({a.Text}, {b.Text})", Text(a.Value).StartsWith(Text(b.Value), StringComparison.OrdinalIgnoreCase))),
            (1, from a in sub from b in sub select new Expected($"endsWith({a.Text}, {b.Text})", Text(a.Value).EndsWith(Text(b.Value), StringComparison.OrdinalIgnoreCase))),
            (1, from a in sub from b in sub select new Expected($"join({a.Text}, {b.Text})", Text(a.Value))),
            (1, from a in sub from b in sub select new Expected($"contains(v.list, {a.Text}) || ({b.Text})", new object?[] { 1.0, "Abc", null, true }.Any(i => Equal(i, a.Value)) ? true : b.Value)),
            (1, from a in sub from b in sub select new Expected($"any(v.list, item == ({a.Text})) && ({b.Text})", new object?[] { 1.0, "Abc", null, true }.Any(i => Equal(i, a.Value)) ? b.Value : false)),
            (1, from a in sub select new Expected($"v.List[{a.Text}]", At(a.Value))),
            (1, from a in sub from b in sub select new Expected($"format('{{0}}-{{1}}{{{{', {a.Text}, {b.Text})", $"{Text(a.Value)}-{Text(b.Value)}{{")),
            (1, from a in sub select new Expected($"fromJSON(toJSON({a.Text}))", a.Value)));
    }

    // An index is any value as a number, cut down; what is none, or is outside, is nothing.
    private static object? At(object? index) => Number(index) is var n && n >= 0 && Math.Floor(n) < 4 ? new object?[] { 1.0, "Abc", null, true }[(int)Math.Floor(n)] : null;

    private static bool True(object? value) => value switch { null => false, bool b => b, double d => d != 0, string s => s.Length > 0, _ => true };

    private static double Number(object? value) => value switch
    {
        null => 0,
        bool b => b ? 1 : 0,
        double d => d,
        string s when s.Trim().Length == 0 => 0,
        string s when double.TryParse(s, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var d) => d,
        _ => double.NaN,
    };

    private static bool Equal(object? a, object? b) =>
        a is string x && b is string y ? x.Equals(y, StringComparison.OrdinalIgnoreCase) : a?.GetType() == b?.GetType() ? Equals(a, b) : Number(a) == Number(b);

    private static int? Order(object? a, object? b)
    {
        if (a is string x && b is string y)
            return string.Compare(x, y, StringComparison.OrdinalIgnoreCase);
        var (p, q) = (Number(a), Number(b));
        return double.IsNaN(p) || double.IsNaN(q) ? null : p.CompareTo(q);
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        double d => d.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    private static bool Same(object? expected, JsonNode? actual) => expected switch
    {
        null => actual is null,
        bool b => actual?.GetValueKind() == (b ? System.Text.Json.JsonValueKind.True : System.Text.Json.JsonValueKind.False),
        double d => actual?.GetValueKind() == System.Text.Json.JsonValueKind.Number && double.Parse(actual.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture) == d,
        _ => actual?.GetValueKind() == System.Text.Json.JsonValueKind.String && actual.GetValue<string>() == (string)expected,
    };
}

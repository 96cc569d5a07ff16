using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Templates;

/// <summary>
/// Puts the values of a combination in the places of <c>matrix.AXIS</c>. Within an expression, as a constant: in a shell text it travels as an environment variable like any other value, and stays one word. Where no
/// expression may stand (names, tags, times), in the place of the whole <c>${{ matrix.AXIS }}</c>.
/// </summary>
internal sealed partial class MatrixValues(Combination combination, string builder, string path, Problems problems)
{
    private const string Context = "matrix";

    public YamlNode Put(YamlNode whole) => Put(whole, new ShapeKind(ConfigurationFormat.Builder));

    private YamlNode Put(YamlNode node, Kind? kind)
    {
        switch (node.Kind)
        {
            case YamlKind.Scalar:
                return node.Text.Contains(Context, StringComparison.Ordinal) ? Text(node, Single(kind)) : node;
            case YamlKind.List:
                var items = node.Items.Select(i => Put(i, Item(kind))).ToList();
                return items.SequenceEqual(node.Items) ? node : NodeMaking.List(node, items);
            default:
                var entries = node.Entries.Select(e => (Old: e, Value: Put(e.Value, Value(kind, node, e.Key.Text)))).ToList();
                return entries.TrueForAll(e => ReferenceEquals(e.Old.Value, e.Value)) ? node : NodeMaking.Map(node, entries.Select(e => ReferenceEquals(e.Old.Value, e.Value) ? e.Old : new(e.Old.Key, e.Value)));
        }
    }

    private static Kind? Single(Kind? kind) => kind switch { ListKind list => Single(list.Item), EitherKind either => either.Scalar, _ => kind };

    private static Kind? Item(Kind? kind) => kind switch { ListKind list => list.Item, EitherKind { OtherShape: YamlKind.List } either => Item(either.Other), _ => null };

    private static Kind? Value(Kind? kind, YamlNode map, string key) => kind switch
    {
        ShapeKind shape => shape.Shape.Find(key)?.Kind,
        MapKind named => named.Value,
        StepKind steps when steps.KindOf(map) is { } does => steps.Shapes[does].Find(key)?.Kind,
        TypedKind typed when map["type"] is { } type && typed.Shapes.TryGetValue(type.Text, out var shape) => shape.Find(key)?.Kind,
        ListKind list => Value(list.Item, map, key), // one value for a list of one
        EitherKind { OtherShape: YamlKind.Map } either => Value(either.Other, map, key),
        _ => null,
    };

    private YamlNode Text(YamlNode node, Kind? kind) => kind is TextKind { Template: true } ? InExpressions(node) : InPlace(node);

    private YamlNode InPlace(YamlNode node)
    {
        var isWhole = WholePlace().IsMatch(node.Text);
        YamlNode? only = null;
        var text = Place().Replace(node.Text, match => (only = Find(node, match.Index, match.Groups["axis"].Value)) is { } value ? value.Text : "");
        return text == node.Text ? node : NodeMaking.Scalar(node, text, isWhole ? only?.Plain ?? true : node.Plain);
    }

    private YamlNode InExpressions(YamlNode node)
    {
        IReadOnlyList<ContextReference> references;
        try
        {
            references = [.. (node.Text.Contains("${{", StringComparison.Ordinal) ? Template.Parse(node.Text).References : Bare(node.Text)).Where(r => r.Context == Context).OrderBy(r => r.Offset)];
        }
        catch (ExpressionException)
        {
            return node; // it is complained about where expressions are checked
        }
        if (references.Count == 0)
            return node;
        var (text, at) = (new StringBuilder(), 0);
        foreach (var reference in references)
        {
            var match = Reference().Match(node.Text, reference.Offset);
            if (!match.Success)
            {
                problems.Add(node, reference.Offset, path, "Which axis of the matrix? Write matrix.NAME.");
                return node;
            }
            text.Append(node.Text, at, match.Index - at).Append(Find(node, match.Index, match.Groups["axis"].Value) is { } value ? Constant(value) : "null");
            at = match.Index + match.Length;
        }
        return NodeMaking.Scalar(node, text.Append(node.Text, at, node.Text.Length - at).ToString(), plain: false);
    }

    // An "if" without ${{ }}. A text that is none has no references.
    private static IReadOnlyList<ContextReference> Bare(string text) => Reference().IsMatch(text, Math.Max(0, text.IndexOf(Context, StringComparison.Ordinal))) ? Expression.Parse(text).References : [];

    private YamlNode? Find(YamlNode node, int offset, string axis)
    {
        if (combination.Values.TryGetValue(axis, out var value))
            return value;
        // What only "include" gives to others has no value here.
        if (!combination.Known.Contains(axis))
            problems.Add(node, offset, path, $"The matrix of {builder} has no \"{axis}\".{Suggestion.DidYouMean(axis, combination.Known)}");
        return null;
    }

    private static string Constant(YamlNode value) => value.Plain && (value.Text is "true" or "false" || (decimal.TryParse(value.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == value.Text))
        ? value.Text : $"'{value.Text.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\G" + ReferencePattern, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\$\{\{\s*" + ReferencePattern + @"\s*\}\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"^\$\{\{\s*" + ReferencePattern + @"\s*\}\}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex WholePlace();

    private const string ReferencePattern = @"matrix\s*(\.\s*(?<axis>[A-Za-z_][A-Za-z0-9_-]*)|\[\s*'(?<axis>[^']*)'\s*\])";
}

using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>
/// What may stand as a value: it checks a node, says in words what it expects, and describes itself as JSON Schema. All checks collect; none stops at the first complaint.
/// </summary>
internal abstract record Kind
{
    /// <summary>With its article, as the subject of "… was expected".</summary>
    public abstract string Expected { get; }

    public abstract void Check(YamlNode node, string path, Problems problems);

    public abstract JsonObject Schema();

    protected void Refuse(YamlNode node, string path, Problems problems) =>
        problems.Add(node, path, $"{char.ToUpperInvariant(Expected[0])}{Expected[1..]} was expected, not {node.Describe()}.");
}

/// <summary>A single value, not a list or a map. <see cref="Complaint"/> says what is wrong with it.</summary>
internal abstract record ScalarKind : Kind
{
    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind != YamlKind.Scalar || !Accepts(node))
            Refuse(node, path, problems);
        else if (Complaint(node) is { } complaint)
            problems.Add(node, path, complaint);
    }

    /// <summary>Whether this is a value of this kind at all.</summary>
    protected abstract bool Accepts(YamlNode scalar);

    protected virtual string? Complaint(YamlNode scalar) => null;
}

/// <summary>A value that is one of several kinds, told apart by their shape: text or list, text or map.</summary>
internal sealed record EitherKind(string Words, ScalarKind Scalar, Kind Other, YamlKind OtherShape) : Kind
{
    public override string Expected => Words;

    public override void Check(YamlNode node, string path, Problems problems)
    {
        if (node.Kind == OtherShape)
            Other.Check(node, path, problems);
        else if (node.Kind == YamlKind.Scalar && !node.IsNothing)
            Scalar.Check(node, path, problems);
        else
            Refuse(node, path, problems);
    }

    public override JsonObject Schema() => new() { ["anyOf"] = new JsonArray(Scalar.Schema(), Other.Schema()) };
}

/// <summary>Any JSON value. What YAML readers take for different things (yes, 0777, 12:30, 1.10) is refused unless it is quoted.</summary>
internal sealed record JsonKind : Kind
{
    public override string Expected => "a value";

    public override void Check(YamlNode node, string path, Problems problems)
    {
        foreach (var item in node.Items)
            Check(item, path, problems);
        foreach (var entry in node.Entries)
            Check(entry.Value, $"{path}.{entry.Key.Text}", problems);
        if (node is { Kind: YamlKind.Scalar, Plain: true } && JsonScalar.Ambiguity(node.Text) is { } ambiguity)
            problems.Add(node, path, ambiguity);
        if (node.Kind == YamlKind.Scalar)
            TextRules.RefuseExpressions(node, path, problems);
    }

    public override JsonObject Schema() => [];
}

using System.Text.Json.Nodes;
using Weir.Engine.Configuration.Format;

namespace Weir.Engine.Configuration.Forms;

/// <summary>What the items of a field are: the kinds they may be of, and the keys of each.</summary>
/// <param name="Named">Items of a map, each with its name.</param>
/// <param name="Kinds">The kinds; empty: there is but one.</param>
/// <param name="Word">What one of them is called.</param>
internal sealed record ItemKinds(bool Named, IReadOnlyList<string> Kinds, string Word)
{
    /// <summary>The shapes by kind (the only one under ""); empty where an item is a single value, of kind <see cref="Value"/>.</summary>
    public IReadOnlyDictionary<string, Shape> Shapes { get; private init; } = new Dictionary<string, Shape>();
    public Kind? Value { get; private init; }

    /// <summary>The key that is meant by an item that is a single value.</summary>
    public string? Short { get; private init; }

    /// <summary>Null: values of this kind are no items, but a single field or a group.</summary>
    public static ItemKinds? Of(Kind kind) => kind switch
    {
        ListKind { Item: StepKind steps } => new(false, [.. steps.Shapes.Keys], "a step") { Shapes = steps.Shapes },
        ListKind { Item: ShapeKind shape } => new(false, [], shape.Shape.Name) { Shapes = One(shape.Shape) },
        ListKind { Item: EitherKind { Other: ShapeKind shape } } => new(false, [], shape.Shape.Name) { Shapes = One(shape.Shape), Short = shape.Shape.Keys[0].Name },
        MapKind { Value: ShapeKind shape } map => new(true, [], $"a {map.KeyWord}") { Shapes = One(shape.Shape) },
        MapKind map => new(true, [], $"a {map.KeyWord}") { Value = map.Value },
        _ => null,
    };

    /// <summary>The keys of an item; null: it is a single value.</summary>
    public Shape? Shape(string? kind) => Shapes.GetValueOrDefault(kind ?? "");

    public string? KindOf(JsonNode? item) => Kinds is [] ? null : Kinds.FirstOrDefault(k => item is JsonObject map && map.ContainsKey(k)) ?? Kinds[0];

    private static Dictionary<string, Shape> One(Shape shape) => new() { [""] = shape };
}

namespace Weir.Engine.Configuration.Expressions;

/// <summary>A part of a parsed expression.</summary>
internal abstract record Node(int Offset);

internal sealed record Literal(Value Value, int Offset) : Node(Offset);

/// <summary>A context, or <c>item</c> within <c>any</c> and <c>all</c>.</summary>
internal sealed record Name(string Text, int Offset) : Node(Offset);

internal sealed record Not(Node Operand, int Offset) : Node(Offset);

/// <summary>A comparison.</summary>
internal sealed record Comparison(string Operator, Node Left, Node Right, int Offset) : Node(Offset);

/// <summary><c>a &amp;&amp; b &amp;&amp; c</c> or <c>a || b || c</c>: the operand that decides is the value. A flat list, so that a long chain is not a deep tree.</summary>
internal sealed record Chain(bool IsAnd, IReadOnlyList<Node> Operands, int Offset) : Node(Offset);

internal sealed record Call(Function Function, IReadOnlyList<Node> Arguments, int Offset) : Node(Offset);

/// <summary><c>a.b['c'][0].*</c>: a start and the ways on from it.</summary>
internal sealed record PathNode(Node Start, IReadOnlyList<Accessor> Accessors, int Offset) : Node(Offset);

/// <summary>One way on: a name or index (<see cref="Key"/>), or all children (null).</summary>
internal sealed record Accessor(Node? Key, int Offset);

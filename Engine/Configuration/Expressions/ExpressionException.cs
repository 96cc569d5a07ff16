namespace Weir.Engine.Configuration.Expressions;

/// <summary>An expression that cannot be read or evaluated. <see cref="Offset"/> counts characters from the start of the text that was parsed.</summary>
public sealed class ExpressionException(string message, int offset) : Exception(message)
{
    public int Offset { get; } = offset;
}

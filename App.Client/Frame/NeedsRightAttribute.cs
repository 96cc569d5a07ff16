namespace Weir.App.Client.Frame;

/// <summary>A page for those who have this right; without it a page asks for the right to read.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsRightAttribute(string right) : Attribute
{
    public string Right => right;
}

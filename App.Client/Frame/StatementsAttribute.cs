namespace Weir.App.Client.Frame;

/// <summary>How often the store is asked, at most, to render the page once: however much there is to show. Every page says it, and a test holds it to its word.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatementsAttribute(int most) : Attribute
{
    public int Most => most;
}

using Bunit;
using Microsoft.AspNetCore.Components;
using Weir.App.Client.Frame;

namespace Weir.Client.Tests;

/// <summary>Renders a component below the frame as a page would: the moment cascades.</summary>
public abstract class Components : BunitContext
{
    protected IRenderedComponent<T> Show<T>(Action<ComponentParameterCollectionBuilder<T>> parameters) where T : IComponent =>
        Render<T>(p =>
        {
            p.AddCascadingValue(Samples.Moment);
            parameters(p);
        });

    /// <summary>The text as it is read: without icons, runs of white space as one space.</summary>
    protected static string Text<T>(IRenderedComponent<T> shown) where T : IComponent =>
        string.Join(' ', string.Concat(shown.Nodes.Select(n => n.TextContent)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    protected static Moment Moment => Samples.Moment;
}

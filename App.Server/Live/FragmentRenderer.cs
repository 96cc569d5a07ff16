using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Weir.App.Server.Live;

/// <summary>Renders a component once, for everybody who watches: it gets its parameters and nothing of any viewer.</summary>
internal sealed class FragmentRenderer(IServiceScopeFactory scopes, ILoggerFactory logging)
{
    /// <summary>A stream element that morphs the component into the element with this id. Ids are ours: no quotes, no brackets.</summary>
    public async Task<string> Replace<T>(string id, Dictionary<string, object?> parameters) where T : IComponent =>
        $"<turbo-stream action=\"replace\" method=\"morph\" target=\"{id}\"><template>{await Render<T>(parameters)}</template></turbo-stream>";

    public async Task<string> Render<T>(Dictionary<string, object?> parameters) where T : IComponent
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, logging);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Weir.Shared.Events;

namespace Weir.App.Client.Frame;

/// <summary>A page that shows the store at a moment. It reads the event's number first and its data after, so that what happens between is sent again.</summary>
public abstract class LivePage : ComponentBase
{
    [Inject] public required IEventFeed Events { get; set; }
    [Inject] public required TimeProvider Clock { get; set; }
    [Inject] public required NavigationManager Navigation { get; set; }
    [CascadingParameter] public HttpContext? Http { get; set; }

    /// <summary>Set before <see cref="Load"/>.</summary>
    protected Moment Moment { get; private set; } = new(0, default);

    /// <summary>True once <see cref="Load"/> has found what the page is about.</summary>
    protected bool Ready { get; private set; }

    protected sealed override async Task OnInitializedAsync()
    {
        var cancellation = Http?.RequestAborted ?? CancellationToken.None;
        Moment = new(await Events.Latest(cancellation), Clock.GetUtcNow());
        Ready = await Load(cancellation);
        if (!Ready)
            Navigation.NotFound();
    }

    /// <summary>Reads what the page shows; false if there is no such thing.</summary>
    protected abstract Task<bool> Load(CancellationToken cancellation);
}

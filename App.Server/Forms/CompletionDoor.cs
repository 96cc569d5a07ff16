using System.Text.Json;
using Weir.App.Client.Queue;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Queue;

namespace Weir.App.Server.Forms;

/// <summary>The way of the form that completes a request, in the name of whoever is signed in. The page asks for the right before anything is posted to it; the door asks again.</summary>
internal sealed class CompletionDoor(IRequestCompletion completion) : ICompletionDoor
{
    public async Task<ActionOutcome> Complete(HttpContext http, long request, IReadOnlyDictionary<string, JsonElement> values, string? reason, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        return Policy.May(actor, Right.Force)
            ? await completion.Complete(request, values, reason, actor, cancellation)
            : new ActionOutcome.Forbidden($"Completing a request needs the right \"{Right.Force}\", which {actor.Name} does not have.");
    }
}

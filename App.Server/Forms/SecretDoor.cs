using Weir.App.Client.Configuration;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Forms;

/// <summary>The secrets' form's way to the store, in the name of whoever is signed in. The page asks for the right before anything is posted to it; the door asks again.</summary>
internal sealed class SecretDoor(ISecretStore secrets) : ISecretDoor
{
    public async Task<ActionOutcome> Set(HttpContext http, SecretEdit edit, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        return Policy.May(actor, Right.Admin)
            ? await secrets.Set(edit, actor, cancellation)
            : new ActionOutcome.Forbidden($"Secrets need the right \"{Right.Admin}\", which {actor.Name} does not have.");
    }
}

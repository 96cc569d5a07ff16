using Weir.App.Client.Configuration;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.App.Server.Forms;

/// <summary>The restore form's way to the revisions, in the name of whoever is signed in. The page asks for the right before anything is posted to it; the door asks again.</summary>
internal sealed class RestoreDoor(IRevisionHistory revisions) : IRestoreDoor
{
    public async Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(HttpContext http, long revision, string? reason, ApplyTerms terms, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        return Policy.May(actor, Right.Configure)
            ? await revisions.Restore(revision, reason, terms, actor, cancellation)
            : (new ActionOutcome.Forbidden($"Changing the configuration needs the right \"{Right.Configure}\", which {actor.Name} does not have."), null);
    }
}

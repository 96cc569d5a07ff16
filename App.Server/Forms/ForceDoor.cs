using Weir.App.Client.Builders;
using Weir.App.Server.Identity;
using Weir.Shared;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.App.Server.Forms;

/// <summary>The force form's way to the schedulers: in the name of whoever is signed in, if the policy lets him.</summary>
internal sealed class ForceDoor(ISchedulerActions schedulers) : IForceDoor
{
    public async Task<(ActionOutcome Outcome, ForceResult? Result)> Force(HttpContext http, ForceOrder order, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        return Policy.May(actor, Right.Force)
            ? await schedulers.Force(order, actor, cancellation)
            : (new ActionOutcome.Forbidden(http.User.Identity?.IsAuthenticated == true ? $"Starting builds needs the right \"{Right.Force}\", which {actor.Name} does not have." : "Sign in first; starting builds is not for everybody."), null);
    }
}

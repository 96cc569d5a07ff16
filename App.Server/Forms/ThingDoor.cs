using Weir.App.Client.Configuration.Forms;
using Weir.App.Server.Identity;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Shared.Workers;

namespace Weir.App.Server.Forms;

/// <summary>The configuration forms' way to its things, in the name of whoever is signed in. The page asks for the right before anything is posted to it; the door asks again.</summary>
internal sealed class ThingDoor(IThingActions things, IImpactQueries impacts, IWorkerQueries workers) : IThingDoor
{
    public async Task<ThingAnswer?> Save(HttpContext http, ThingEdit edit, CancellationToken cancellation)
    {
        var actor = Actors.Of(http);
        if (!Policy.May(actor, Right.Configure))
            return null;
        var answer = await things.Save(edit, actor, cancellation);
        if (!edit.DryRun || answer.Outcome != EditOutcome.Accepted)
            return answer;
        var impact = await impacts.Of(edit, cancellation);
        // It could not wait for these.
        if (impact is { Problems: { Count: > 0 } wrong })
            return new(EditOutcome.Refused) { Problems = [.. wrong.Select(p => new ThingProblem(null, p.Message, p))] };
        return answer with
        {
            Impact = impact?.Impact?.Sentences() ?? [],
            Days = answer.Availability is { } rule ? await workers.Days(rule, cancellation) : [],
        };
    }
}

using Microsoft.AspNetCore.Http;
using Weir.Shared;
using Weir.Shared.Schedulers;

namespace Weir.App.Client.Builders;

/// <summary>Takes a filled-in force form to the scheduler in the name of whoever sent it. The host implements it: it knows who that is and what he may do.</summary>
public interface IForceDoor
{
    Task<(ActionOutcome Outcome, ForceResult? Result)> Force(HttpContext http, ForceOrder order, CancellationToken cancellation);
}

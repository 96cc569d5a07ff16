using Microsoft.AspNetCore.Http;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration;

/// <summary>Takes the restore form to the revisions in the name of whoever sent it. The host implements it: it knows who that is and what he may do.</summary>
public interface IRestoreDoor
{
    Task<(ActionOutcome Outcome, ApplyResult? Result)> Restore(HttpContext http, long revision, string? reason, ApplyTerms terms, CancellationToken cancellation);
}

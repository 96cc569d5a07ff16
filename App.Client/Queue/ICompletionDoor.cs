using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Weir.Shared;

namespace Weir.App.Client.Queue;

/// <summary>Takes what a request lacked to it in the name of whoever sent the form. The host implements it: it knows who that is and what he may do.</summary>
public interface ICompletionDoor
{
    Task<ActionOutcome> Complete(HttpContext http, long request, IReadOnlyDictionary<string, JsonElement> values, string? reason, CancellationToken cancellation);
}

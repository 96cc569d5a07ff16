using Microsoft.AspNetCore.Http;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration;

/// <summary>The way of the secrets' form to the store, in the name of whoever is signed in; implemented by the host.</summary>
public interface ISecretDoor
{
    Task<ActionOutcome> Set(HttpContext http, SecretEdit edit, CancellationToken cancellation);
}

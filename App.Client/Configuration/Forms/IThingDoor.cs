using Microsoft.AspNetCore.Http;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration.Forms;

/// <summary>The forms' way to the things of the configuration, in the name of whoever is signed in; implemented by the host.</summary>
public interface IThingDoor
{
    /// <summary>Null: whoever is signed in may not change the configuration.</summary>
    Task<ThingAnswer?> Save(HttpContext http, ThingEdit edit, CancellationToken cancellation);
}

using Microsoft.AspNetCore.Http;
using Weir.Shared.Configuration;

namespace Weir.App.Client.Configuration.Texts;

/// <summary>The editor's way to the texts of the configuration, in the name of whoever is signed in; implemented by the host.</summary>
public interface ITextDoor
{
    /// <summary>Null: whoever is signed in may not change the configuration.</summary>
    Task<TextAnswer?> Save(HttpContext http, TextEdit edit, CancellationToken cancellation);
}

using System.Security.Claims;
using Weir.Shared.Identity;

namespace Weir.App.Client.SignIn;

/// <summary>How the signed-in person looks to a page: a name, and one claim for each right.</summary>
public static class Viewer
{
    /// <summary>The type of the claims that carry the words of <see cref="Right"/>.</summary>
    public const string RightClaim = "weir:right";

    /// <summary>The viewer's rights, for <c>data-rights</c> of the page: styles show the buttons they allow. The server decides again.</summary>
    public static string Rights(ClaimsPrincipal? principal) =>
        principal?.Identity?.IsAuthenticated == true ? string.Join(' ', principal.FindAll(RightClaim).Select(c => c.Value).Distinct().Order(StringComparer.Ordinal)) : "";
}

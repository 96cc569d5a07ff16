using System.Security.Claims;
using Weir.App.Client.SignIn;
using Weir.App.Server.Hosting;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>Who sends a request: from the session or the token alone, never from anything the request says of itself.</summary>
internal static class Actors
{
    /// <summary>The claim that carries one right.</summary>
    public const string RightClaim = Viewer.RightClaim;

    /// <summary>The claim that carries the user's security stamp in a session.</summary>
    public const string StampClaim = "stamp";

    /// <summary>The claim of whoever came by a token: its number.</summary>
    public const string TokenClaim = "token";

    /// <summary>The claim of whoever came by a token that names its rights.</summary>
    public const string ScopedClaim = "scoped";

    public static Actor Of(HttpContext context)
    {
        var open = context.RequestServices.GetRequiredService<HostSettings>().OpenReading;
        return Of(context.User, open, context.Connection.RemoteIpAddress?.ToString());
    }

    public static Actor Of(ClaimsPrincipal user, bool openReading, string? address)
    {
        var signedIn = user.Identity?.IsAuthenticated == true;
        var rights = user.FindAll(RightClaim).Select(c => c.Value).ToHashSet();
        // Whoever has an account may read; who has none, by setting.
        // A token that names its rights carries no others, not even this.
        if ((signedIn && !user.HasClaim(c => c.Type == ScopedClaim)) || openReading)
            rights.Add(Right.Read);
        return new(signedIn ? user.Identity!.Name ?? Actor.Anonymous.Name : Actor.Anonymous.Name, rights, address);
    }

    /// <summary>The number of the token by which the caller came; null: by none.</summary>
    public static long? TokenOf(HttpContext context) => long.TryParse(context.User.FindFirstValue(TokenClaim), out var id) ? id : null;

    public static bool IsScoped(HttpContext context) => context.User.HasClaim(c => c.Type == ScopedClaim);

    public static ClaimsPrincipal Principal(UserRecord user, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, user.Name), new(StampClaim, user.SecurityStamp), .. user.Rights.Select(r => new Claim(RightClaim, r))], scheme));
}

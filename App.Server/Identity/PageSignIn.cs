using Microsoft.AspNetCore.Authentication;
using Weir.App.Client.SignIn;

namespace Weir.App.Server.Identity;

/// <summary>The sign-in page's door: checks, and begins a session.</summary>
internal sealed class PageSignIn(SignInCheck check) : ISignIn
{
    public async Task<SignInOutcome> SignIn(HttpContext http, string name, string password, CancellationToken cancellation)
    {
        switch (await check.Try(name, password, http.Connection.RemoteIpAddress?.ToString(), cancellation))
        {
            case SignInAttempt.Accepted accepted:
                await http.SignInAsync(SignInRegistration.Session, Actors.Principal(accepted.User, SignInRegistration.Session), new AuthenticationProperties { IsPersistent = true });
                return new(true);
            case SignInAttempt.TooMany wait:
                return new(false, $"Too many failed attempts. Try again in {Math.Ceiling(wait.Wait.TotalMinutes):0} min.");
            default:
                return new(false, "Name or password is wrong.");
        }
    }
}

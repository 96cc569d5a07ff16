using Microsoft.AspNetCore.Http;

namespace Weir.App.Client.SignIn;

/// <summary>Checks a name and a password and, if they fit, signs the browser in. The host implements it; pages know no users.</summary>
public interface ISignIn
{
    Task<SignInOutcome> SignIn(HttpContext http, string name, string password, CancellationToken cancellation);
}

/// <summary>What came of signing in; <paramref name="Why"/> is a sentence for the form when it was refused.</summary>
public sealed record SignInOutcome(bool Accepted, string? Why = null);

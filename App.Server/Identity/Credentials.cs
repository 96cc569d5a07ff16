using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Weir.Shared.Identity;

namespace Weir.App.Server.Identity;

/// <summary>Reads <c>Authorization: Bearer</c> (a user's token) and <c>Authorization: Basic</c> (name and password). What is given and wrong is refused; it is never taken for nobody.</summary>
internal sealed class Credentials(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder, SignInCheck check, ITokenStore tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string Name = "credentials";
    private const string RefusedKey = "weir.credentials.refused";
    private const int LongestHeader = 4096;

    /// <summary>Why the credentials that came with this request do not hold; null if they hold or none came.</summary>
    public static string? Refused(HttpContext context) => context.Items[RefusedKey] as string;

    /// <summary>The form in which a token stands in the store.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return AuthenticateResult.NoResult();
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || header.Length > LongestHeader)
            return Refuse("The Authorization header cannot be read: \"Bearer TOKEN\" or \"Basic …\" is expected.");
        var (scheme, value) = (header[..space], header[(space + 1)..].Trim());
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            return await ByToken(value);
        return scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) ? await ByPassword(value) : Refuse($"The scheme {scheme} is not known here: Bearer or Basic is expected.");
    }

    private async Task<AuthenticateResult> ByToken(string token) =>
        await tokens.Holder(HashOf(token), Context.RequestAborted) is { } holder
            ? Accept(holder.User, [new Claim(Actors.TokenClaim, holder.TokenId.ToString(CultureInfo.InvariantCulture)), .. holder.Scoped ? [new Claim(Actors.ScopedClaim, "yes")] : Array.Empty<Claim>()])
            : Refuse("The token is not known, or no longer valid.");

    private async Task<AuthenticateResult> ByPassword(string encoded)
    {
        if (Decode(encoded) is not [var name, var password])
            return Refuse("The Authorization header cannot be read: \"Basic\" with base64 of name:password is expected.");
        return await check.Try(name, password, Context.Connection.RemoteIpAddress?.ToString(), Context.RequestAborted) switch
        {
            SignInAttempt.Accepted accepted => Accept(accepted.User),
            SignInAttempt.TooMany wait => RefuseFor(wait.Wait),
            _ => Refuse("Name or password is wrong."),
        };
    }

    private static AuthenticateResult Accept(UserRecord user, params Claim[] more)
    {
        var principal = Actors.Principal(user, Name);
        ((ClaimsIdentity)principal.Identity!).AddClaims(more);
        return AuthenticateResult.Success(new(principal, Name));
    }

    private AuthenticateResult RefuseFor(TimeSpan wait)
    {
        Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Refuse("Too many failed attempts; wait a few minutes.");
    }

    private AuthenticateResult Refuse(string why)
    {
        Context.Items[RefusedKey] = why;
        return AuthenticateResult.Fail(why);
    }

    private static string[] Decode(string encoded)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(encoded)).Split(':', 2);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return [];
        }
    }
}

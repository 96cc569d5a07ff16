using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using Weir.App.Client.SignIn;
using Weir.Engine.Configuration.Secrets;

namespace Weir.App.Server.Identity;

/// <summary>Registers the ways to say who one is: a session cookie for browsers, token or password for programs; and the keys that protect cookies and forms.</summary>
internal static class SignInRegistration
{
    public const string Session = CookieAuthenticationDefaults.AuthenticationScheme;
    private const string Chosen = "weir";
    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);

    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddSingleton<KnownUsers>().AddSingleton<Passwords>().AddSingleton<GivenSecrets>().AddSingleton<FailedAttempts>().AddSingleton<SignInCheck>().AddSingleton<ISignIn, PageSignIn>().AddSingleton<FirstAdmin>();
        services.AddHttpContextAccessor();
        services.AddAuthentication(Chosen)
            .AddPolicyScheme(Chosen, null, o => o.ForwardDefaultSelector = context => context.Request.Headers.Authorization.Count > 0 ? Credentials.Name : Session)
            .AddScheme<AuthenticationSchemeOptions, Credentials>(Credentials.Name, null)
            .AddCookie(Session, o =>
            {
                o.Cookie.Name = "weir-session";
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.ExpireTimeSpan = SessionLength;
                o.SlidingExpiration = true;
                o.LoginPath = "/sign-in";
                o.ReturnUrlParameter = "returnTo";
                o.Events.OnValidatePrincipal = StillStands;
            });
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "weir-forms";
            o.Cookie.SameSite = SameSiteMode.Lax;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddDataProtection().SetApplicationName("weir");
        services.AddSingleton<StoreKeys>();
        services.AddSingleton<ISecretSeal, SecretSeal>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(p => new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = p.GetRequiredService<StoreKeys>()));
        return services;
    }

    // A session holds as long as the user's stamp is the one it began with: a changed password, changed rights or a disabled account end it on every master.
    private static async Task StillStands(CookieValidatePrincipalContext session)
    {
        var users = session.HttpContext.RequestServices.GetRequiredService<KnownUsers>();
        var name = session.Principal?.FindFirstValue(ClaimTypes.Name);
        var user = name is null ? null : await users.Find(name, session.HttpContext.RequestAborted);
        if (user is not null && user.SecurityStamp == session.Principal?.FindFirstValue(Actors.StampClaim))
            return;
        session.RejectPrincipal();
        await session.HttpContext.SignOutAsync(Session);
    }
}

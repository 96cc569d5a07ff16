using Weir.App.Server.Api;

namespace Weir.App.Server.Hosting;

/// <summary>Metadata of what pages of other sites may show: badges.</summary>
internal sealed class ShownAnywhere;

/// <summary>Headers that tell browsers to run nothing but our own script and to show these pages in no foreign frame.</summary>
internal static class SecurityHeaders
{
    /// <summary>Turbo writes the style of its progress bar into the page; this is the hash of that text in the version that package.json pins. Another version, another hash: the console says it.</summary>
    private const string TurboProgressBar = "'sha256-WAyOw4V+FqDc35lQPyRADLBWbuNK8ahvYEaQIYF1+Ps='";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = context.GetEndpoint()?.Metadata.GetMetadata<ShownAnywhere>() is null ? "same-origin" : "cross-origin";
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
            // Older browsers do not count web sockets of the same host as 'self'. Style attributes carry positions (the waterfall's blocks), never text of users.
            headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self'; style-src 'self' {TurboProgressBar}; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
                + $"manifest-src 'self'; connect-src 'self' ws://{context.Request.Host} wss://{context.Request.Host}; form-action 'self'; base-uri 'self'; frame-ancestors 'none'; object-src 'none'";
            return Task.CompletedTask;
        }, context);
        return next(context);
    });

    /// <summary>A page of another site may not open a hub's connection in a visitor's name: browsers send an Origin, and it must be ours. (CORS does not cover web sockets.)</summary>
    public static void UseSameOriginForHubs(this WebApplication app) => app.Use((context, next) =>
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !IsSocket(context.Request.Path) || (Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == context.Request.Host.Value))
            return next(context);
        return Problems.Answer(StatusCodes.Status403Forbidden, "This connection comes from a page of another site.").ExecuteAsync(context);
    });

    private static bool IsSocket(PathString path) => path.StartsWithSegments("/hubs") || BuildbotSocket.Paths.Any(p => path.StartsWithSegments(p));

    /// <summary>A redirect after a POST is a 303 (See Other): the page renderer answers 302, which leaves the method open.</summary>
    public static void UseSeeOtherAfterPost(this WebApplication app) => app.Use((context, next) =>
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.OnStarting(static state =>
            {
                var response = (HttpResponse)state;
                if (response.StatusCode == StatusCodes.Status302Found)
                    response.StatusCode = StatusCodes.Status303SeeOther;
                return Task.CompletedTask;
            }, context.Response);
        }
        return next(context);
    });
}

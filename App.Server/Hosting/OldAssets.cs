using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;

namespace Weir.App.Server.Hosting;

/// <summary>
/// Scripts and styles are named by their content. A page that a master of another version made asks for names that this one does not have: it is led to what this one has instead, and keeps nothing
/// of it. So pages stay whole while masters are replaced one after the other.
/// </summary>
internal static partial class OldAssets
{
    /// <summary>Behind the routing, which found nothing by that name, and before anybody is asked who he is.</summary>
    public static void UseOldAssets(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint() is null && HttpMethods.IsGet(context.Request.Method) && context.Request.Path.Value is { } path && Fingerprint().IsMatch(path))
        {
            context.Response.Headers[HeaderNames.CacheControl] = "no-store";
            context.Response.Redirect(context.Request.PathBase.Add(Fingerprint().Replace(path, "")).ToUriComponent());
            return;
        }
        await next(context);
    });

    [GeneratedRegex(@"(?<=^/[^/\\].*)\.[a-z0-9]{10}(?=(\.styles)?\.(js|css|svg)$)")]
    private static partial Regex Fingerprint();
}

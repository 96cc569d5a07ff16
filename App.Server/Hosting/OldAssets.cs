using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;
using Weir.App.Server.Identity;

namespace Weir.App.Server.Hosting;

/// <summary>
/// Scripts and styles are named by their content. A page that a master of another version made asks for names that this one does not have: it is led to what this one has instead, and keeps nothing
/// of it. So pages stay whole while masters are replaced one after the other.
/// </summary>
internal static partial class OldAssets
{
    public static IServiceCollection AddOldAssets(this IServiceCollection services) => services.Configure<RouteOptions>(o => o.SetParameterPolicy<Fingerprinted>("fingerprinted"));

    public static void MapOldAssets(this WebApplication app) => app.MapFallback("{**path:fingerprinted}", Lead).Open().ExcludeFromDescription();

    private static IResult Lead(string path, HttpContext context)
    {
        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        return Results.LocalRedirect("/" + Fingerprint().Replace(path, ""));
    }

    [GeneratedRegex(@"\.[a-z0-9]{10}(?=(\.styles)?\.(js|css|svg)$)")]
    private static partial Regex Fingerprint();

    private sealed class Fingerprinted : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            Fingerprint().IsMatch(Convert.ToString(values[routeKey], CultureInfo.InvariantCulture) ?? "");
    }
}

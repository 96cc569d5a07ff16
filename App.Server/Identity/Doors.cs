using System.Text.Encodings.Web;

namespace Weir.App.Server.Identity;

/// <summary>The two kinds of callers: people, who get pages and are led back to one, and programs, who get JSON.</summary>
internal static class Doors
{
    private static readonly PathString[] ForPrograms = ["/api", "/change_hook", "/hooks", "/hubs", "/sse", "/ws", "/badges", "/plugins", "/metrics"];

    public static bool IsForPeople(HttpContext context) => !ForPrograms.Any(p => context.Request.Path.StartsWithSegments(p));

    /// <summary>The page of ours from which the form was sent, else the given one.</summary>
    public static string Back(HttpContext context, string otherwise) =>
        Uri.TryCreate(context.Request.Headers.Referer, UriKind.Absolute, out var from) && from.Authority == context.Request.Host.Value && IsLocal(from.PathAndQuery) ? from.PathAndQuery : otherwise;

    /// <summary>An address that cannot lead to another site.</summary>
    public static bool IsLocal(string? address) => address is ['/', ..] && (address.Length == 1 || address[1] is not ('/' or '\\')) && !address.Any(char.IsControl);

    /// <summary>A plain page with one sentence, readable without anything else: what could not be done, and a way back.</summary>
    public static async Task Say(HttpContext context, int status, string title, string sentence)
    {
        var html = HtmlEncoder.Default;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="turbo-visit-control" content="reload"><title>{html.Encode(title)} · Weir</title></head>
            <body><main><h1>{html.Encode(title)}</h1><p>{html.Encode(sentence)}</p><p><a href="{html.Encode(Back(context, "/"))}">Back</a> · <a href="/">Home</a></p></main></body></html>

            """, context.RequestAborted);
    }
}

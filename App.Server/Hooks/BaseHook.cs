using System.Globalization;
using System.Threading.RateLimiting;
using Weir.App.Server.Api;
using Weir.App.Server.Hosting;
using Weir.App.Server.Identity;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Hooks;

/// <summary>Webhooks in. What came is stored as it came before it is answered; an engine reads it afterwards, so nothing is lost however strange it is.</summary>
internal static class BaseHook
{
    private const string Limit = "hooks";
    private const int Burst = 1000;
    private const int PerSecond = 100;

    // What a dialect needs to read the body again; what identifies the caller is not kept.
    private static readonly string[] Kept = ["User-Agent", "Content-Encoding"];

    public static IServiceCollection AddHooks(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "1";
            await Problems.Answer(StatusCodes.Status429TooManyRequests, "Too many hooks from this address; wait a second.").ExecuteAsync(rejected.HttpContext);
        };
        limiter.AddPolicy(Limit, context => RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new()
        {
            TokenLimit = Burst,
            TokensPerPeriod = PerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        }));
    });

    public static void MapHooks(this WebApplication app)
    {
        var hook = app.MapPost("/change_hook/base", Store).DisableAntiforgery().RequireRateLimiting(Limit).ExcludeFromDescription();
        if (app.Services.GetRequiredService<HostSettings>().OpenHooks)
            hook.Open();
        else
            hook.Needs(Right.SendChange);
    }

    private static async Task<IResult> Store(HttpContext context, IChangeActions changes)
    {
        var request = context.Request;
        // A browser's session proves nothing here: any site can make a browser post.
        if (context.User.Identity?.AuthenticationType == SignInRegistration.Session)
            return Problems.Answer(StatusCodes.Status403Forbidden, "Hooks identify themselves by a token or a password, not by a browser's session.");
        if (!request.HasFormContentType && !request.HasJsonContentType())
            return Problems.Answer(StatusCodes.Status415UnsupportedMediaType, $"A form or application/json is expected, not {request.ContentType ?? "nothing"}.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = Kept.Where(request.Headers.ContainsKey).ToDictionary(name => name, name => request.Headers[name].ToString());
        var id = await changes.StoreHook("base", request.ContentType!, headers, body.ToArray(), context.Connection.RemoteIpAddress?.ToString(), context.RequestAborted);
        return Results.Text(string.Create(CultureInfo.InvariantCulture, $"stored as hook {id}\n"), statusCode: StatusCodes.Status202Accepted);
    }
}

using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Mvc;
using Weir.App.Server.Api;
using Weir.App.Server.Hosting;
using Weir.App.Server.Identity;
using Weir.Shared.Changes;
using Weir.Shared.Identity;

namespace Weir.App.Server.Hooks;

/// <summary>Webhooks in. What came is stored as it came before it is answered; an engine reads it afterwards, so nothing is lost however strange it is.</summary>
internal static class HookDoors
{
    private const string Limit = "hooks";
    private const int Burst = 1000;
    private const int PerSecond = 100;

    /// <summary>What forges send at most.</summary>
    private const long LargestHook = 25 * 1024 * 1024;

    // Bodies beyond the ordinary size are read so many at a time: nobody fills the memory by posting much at once.
    private static readonly SemaphoreSlim Large = new(4);

    // Of a hook without a source: what identifies the caller is not kept.
    private static readonly string[] Kept = ["User-Agent", "Content-Encoding"];

    public static IServiceCollection AddHooks(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = async (rejected, _) => await TooMany(rejected.HttpContext).ExecuteAsync(rejected.HttpContext);
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
        var openBase = app.Services.GetRequiredService<HostSettings>().OpenHooks;
        var change = app.MapPost("/change_hook/base", StoreChange).DisableAntiforgery().RequireRateLimiting(Limit).ExcludeFromDescription();
        if (openBase)
            change.Open();
        else
            change.Needs(Right.SendChange);
        // These doors check for themselves: by the signature of who sends.
        app.MapPost("/hooks/{source}", (string source, HttpContext context, IHookInbox inbox) => Receive(context, inbox, source, null, openBase))
            .WithMetadata(new RequestSizeLimitAttribute(LargestHook)).DisableAntiforgery().RequireRateLimiting(Limit).ExcludeFromDescription().Open();
        app.MapPost("/change_hook/{dialect}", (string dialect, HttpContext context, IHookInbox inbox) => Receive(context, inbox, null, dialect, openBase))
            .WithMetadata(new RequestSizeLimitAttribute(LargestHook)).DisableAntiforgery().RequireRateLimiting(Limit).ExcludeFromDescription().Open();
    }

    private static async Task<IResult> Receive(HttpContext context, IHookInbox inbox, string? source, string? dialect, bool openBase)
    {
        var request = context.Request;
        if (Unfit(request) is { } unfit)
            return unfit;
        if (!await inbox.Knows(source, dialect, context.RequestAborted))
            return Problems.NotFound(source is not null ? $"webhook named {source}" : $"webhook of the dialect {dialect}");
        var large = request.ContentLength is null or > KestrelLimits.LargestBody;
        if (large && !Large.Wait(0, CancellationToken.None))
            return TooMany(context);
        try
        {
            var receipt = await inbox.Receive(new()
            {
                Source = source,
                Dialect = dialect,
                ContentType = request.ContentType!,
                Headers = [.. request.Headers.Select(h => KeyValuePair.Create(h.Key, h.Value.Select(v => v ?? "").ToArray()))],
                Body = await Body(request, context.RequestAborted),
                Address = context.Connection.RemoteIpAddress?.ToString(),
                MaySendChanges = openBase || (!IsBrowser(context) && Policy.May(Actors.Of(context), Right.SendChange)),
            }, context.RequestAborted);
            return Answer(receipt);
        }
        finally
        {
            if (large)
                Large.Release();
        }
    }

    private static IResult Answer(HookReceipt receipt) => receipt.Standing switch
    {
        HookStanding.Stored => Results.Text(receipt.Sentence + "\n", statusCode: StatusCodes.Status202Accepted),
        HookStanding.Answered => Results.Text(receipt.Sentence + "\n", statusCode: StatusCodes.Status200OK),
        HookStanding.Unknown => Problems.Answer(StatusCodes.Status404NotFound, receipt.Sentence),
        _ => Problems.Answer(StatusCodes.Status401Unauthorized, receipt.Sentence),
    };

    private static async Task<IResult> StoreChange(HttpContext context, IChangeActions changes)
    {
        var request = context.Request;
        // A browser's session proves nothing here: any site can make a browser post.
        if (IsBrowser(context))
            return Problems.Answer(StatusCodes.Status403Forbidden, "Hooks identify themselves by a token or a password, not by a browser's session.");
        if (Unfit(request) is { } unfit)
            return unfit;
        var headers = Kept.Where(request.Headers.ContainsKey).ToDictionary(name => name, name => request.Headers[name].ToString());
        var id = await changes.StoreHook("base", request.ContentType!, headers, await Body(request, context.RequestAborted), context.Connection.RemoteIpAddress?.ToString(), context.RequestAborted);
        return Results.Text(string.Create(CultureInfo.InvariantCulture, $"stored as hook {id}\n"), statusCode: StatusCodes.Status202Accepted);
    }

    private static IResult? Unfit(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return Problems.Answer(StatusCodes.Status415UnsupportedMediaType, $"The body is expected as it is, not encoded as {encoding}.");
        return request.HasFormContentType || request.HasJsonContentType() ? null
            : Problems.Answer(StatusCodes.Status415UnsupportedMediaType, $"A form or application/json is expected, not {request.ContentType ?? "nothing"}.");
    }

    private static async Task<byte[]> Body(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellation);
        return body.ToArray();
    }

    private static bool IsBrowser(HttpContext context) => context.User.Identity?.AuthenticationType == SignInRegistration.Session;

    private static IResult TooMany(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Problems.Answer(StatusCodes.Status429TooManyRequests, "Too many hooks from this address; wait a second.");
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Weir.Engine.Logs;
using Weir.Shared.Builds;
using Weir.Shared.Logs;

namespace Weir.App.Server.Api;

/// <summary>
/// A log, or all logs of a build one behind the other, as plain text that goes on until it ends. Every line of the log is one line of the answer, so a client that was cut off asks again
/// from <c>from</c> plus the lines that it has whole, and gets what it would have got. An answer that ends orderly is complete; one that is broken off is not. (Trailers, which could say more, are not to be had over HTTP/1.1 here.)
/// </summary>
internal static class FollowedLog
{
    private const int MostAtOnce = 1000;
    private static int _now;

    public static Task SendLog(HttpContext context, long id) => Send(context, async given =>
    {
        if (await context.RequestServices.GetRequiredService<ILogQueries>().Find(id, context.RequestAborted) is not { } log)
            return new(Problems.NotFound($"log {id}"));
        var withStreams = given.Flag("streams");
        return Begin(given, log.LineCount, (from, cancellation) => context.RequestServices.GetRequiredService<LogFollower>().Follow(id, from, withStreams, cancellation));
    });

    public static Task SendBuild(HttpContext context, long id) => Send(context, async given =>
    {
        if (await context.RequestServices.GetRequiredService<IBuildQueries>().Find(id, context.RequestAborted) is null)
            return new(Problems.NotFound($"build {id}"));
        var lines = (await context.RequestServices.GetRequiredService<ILogQueries>().OfBuild(id, context.RequestAborted)).Sum(l => l.LineCount);
        return Begin(given, lines, (from, cancellation) => context.RequestServices.GetRequiredService<FollowedBuild>().Follow(id, from, cancellation));
    });

    private sealed record Start(IResult? Problem, long From = 0, Func<long, CancellationToken, IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Next)>>? Follow = null);

    private static Start Begin(Given given, long lines, Func<long, CancellationToken, IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Next)>> follow)
    {
        var tail = given.Whole("tail", -1);
        var from = given.Whole("from", tail < 0 ? 0 : Math.Max(0, lines - tail));
        if (given.Problem() is { } problem)
            return new(problem);
        return from <= lines
            ? new(null, from, follow)
            : new(Problems.Answer(StatusCodes.Status416RangeNotSatisfiable, string.Create(CultureInfo.InvariantCulture, $"There are {lines} lines so far; from={from} lies behind them.")));
    }

    private static async Task Send(HttpContext context, Func<Given, Task<Start>> begin)
    {
        var start = await begin(new(context.Request.Query));
        if (start.Problem is { } problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }
        if (Interlocked.Increment(ref _now) > MostAtOnce)
        {
            Interlocked.Decrement(ref _now);
            context.Response.Headers.RetryAfter = "5";
            await Problems.Answer(StatusCodes.Status429TooManyRequests, "Too many logs are followed on this master at the moment.").ExecuteAsync(context);
            return;
        }
        try
        {
            await Stream(context, start.From, start.Follow!);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }

    private static async Task Stream(HttpContext context, long from, Func<long, CancellationToken, IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Next)>> follow)
    {
        var response = context.Response;
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.Headers["X-Weir-First-Line"] = from.ToString(CultureInfo.InvariantCulture);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // A pager that is not scrolled takes nothing for hours: that holds one chunk here, and no connection to the store.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        await response.StartAsync(context.RequestAborted);
        await response.BodyWriter.FlushAsync(context.RequestAborted);

        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await foreach (var (text, _) in follow(from, either.Token))
            {
                if (!text.IsEmpty && (await response.BodyWriter.WriteAsync(text, context.RequestAborted)).IsCompleted)
                    return;
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The client left, or this master leaves: then the answer is broken off, and the client goes on at another.
            context.Abort();
        }
    }
}

using System.Text.RegularExpressions;
using Microsoft.Net.Http.Headers;
using Weir.Shared.Builds;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.App.Server.Api;

/// <summary>A log as the command wrote it, streamed piece by piece, under a name that says whose it is. Never anything but plain text to a browser.</summary>
internal static partial class RawLog
{
    public static async Task Send(HttpContext context, long id, bool download)
    {
        var services = context.RequestServices;
        var cancellation = context.RequestAborted;
        var logs = services.GetRequiredService<ILogQueries>();
        if (await logs.Find(id, cancellation) is not { } log)
        {
            await Problems.NotFound($"log {id}").ExecuteAsync(context);
            return;
        }
        var build = await services.GetRequiredService<IBuildQueries>().Find(log.BuildId, cancellation);
        var step = await services.GetRequiredService<IStepQueries>().Find(log.StepId, cancellation);
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = log.CompletedAt is null ? "no-store" : "private, max-age=3600";
        context.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue(download ? "attachment" : "inline")
        {
            FileName = Unsafe().Replace($"{build?.BuilderName ?? "build"}-{build?.Number ?? log.BuildId}-{step?.Name ?? "step"}-{log.Slug}.txt", "-"),
        }.ToString();
        await foreach (var piece in logs.Raw(id, cancellation))
            await context.Response.BodyWriter.WriteAsync(piece, cancellation);
    }

    [GeneratedRegex("[^A-Za-z0-9._-]+")]
    private static partial Regex Unsafe();
}

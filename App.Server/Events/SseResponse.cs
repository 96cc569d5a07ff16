using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Weir.App.Server.Events;

/// <summary>A response of server-sent events: what waits for a connection is written as it comes, with a sign of life in between; who does not take it is cut.</summary>
internal sealed class SseResponse(HttpContext context, EventConnection connection)
{
    /// <summary>Below what proxies wait for (30 s and more).</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    // So long may a client leave what is written to it.
    private static readonly TimeSpan SlowClient = TimeSpan.FromSeconds(10);
    private const int FlushedAtOnce = 64 * 1024;

    private readonly TimeProvider _clock = context.RequestServices.GetRequiredService<TimeProvider>();
    private int _unflushed;

    /// <summary>The headers, and how long a client should wait before it comes again.</summary>
    public async Task Start(CancellationToken cancellation)
    {
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await Write("retry: 2000\n\n"u8.ToArray(), cancellation);
    }

    public Task Write(string text, CancellationToken cancellation) => Write(Encoding.UTF8.GetBytes(text), cancellation);

    public async Task Write(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        context.Response.BodyWriter.Write(bytes.Span);
        _unflushed += bytes.Length;
        if (_unflushed >= FlushedAtOnce)
            await Flush(cancellation);
    }

    public async Task Flush(CancellationToken cancellation)
    {
        _unflushed = 0;
        using var patience = new CancellationTokenSource(SlowClient, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await context.Response.BodyWriter.FlushAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            connection.Cut();
        }
    }

    /// <summary>Until the client goes, the token ends it, or the client is too slow.</summary>
    /// <param name="signOfLife">What is sent when nothing happens; asked for before the last look at what waits.</param>
    /// <param name="cancellation">Ends the stream; the client comes again.</param>
    public async Task Run(Func<string> signOfLife, CancellationToken cancellation)
    {
        Task<bool>? waiting = null;
        await Flush(cancellation);
        while (!connection.WasCut)
        {
            waiting ??= connection.WaitForMessages(cancellation).AsTask();
            using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (!waiting.IsCompleted && await Task.WhenAny(waiting, Task.Delay(Heartbeat, _clock, beat.Token)) != waiting)
            {
                cancellation.ThrowIfCancellationRequested();
                var sign = signOfLife();
                if (!await WriteWaiting(cancellation))
                    await Write(sign, cancellation);
            }
            else
            {
                await beat.CancelAsync();
                if (!await waiting)
                    break;
                waiting = null;
                await WriteWaiting(cancellation);
            }
            await Flush(cancellation);
        }
        if (connection.WasCut)
            context.Abort();
    }

    private async Task<bool> WriteWaiting(CancellationToken cancellation)
    {
        var any = false;
        while (connection.TryTake(out var message))
        {
            await Write(message, cancellation);
            any = true;
        }
        return any;
    }
}

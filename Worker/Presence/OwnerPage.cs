using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Weir.Shared;
using Weir.Worker.Journal;

namespace Weir.Worker.Presence;

/// <summary>
/// The owner's page, on this machine alone. Its address, with a token, stands in a file that only the owner can read; whoever opens it gets a cookie. A form is taken only with a second token that
/// no other site knows, and only under the page's own name, so neither a strange page nor a strange name that leads here can press a button.
/// </summary>
internal sealed partial class OwnerPage : IAsyncDisposable
{
    private const string Cookie = "weir-worker";
    private const int LongestForm = 16 * 1024;
    private const int Tries = 5;
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(1);
    private readonly HttpListener _listener;
    private readonly OwnerView _view;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _file;
    private readonly string _host;
    private readonly string _token = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly string _formToken = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
    private readonly Task _serving;

    private OwnerPage(HttpListener listener, int port, WorkDirectory work, OwnerView view, TimeProvider time, ILogger logger)
    {
        (_listener, _view, _time, _logger, _file, _host) = (listener, view, time, logger, Path.Combine(work.State, "page"), $"127.0.0.1:{port}");
        view.Page = $"http://{_host}/?token={_token}";
        Durable.Write(_file, Encoding.UTF8.GetBytes(view.Page + "\n"), "agent.page");
        _serving = Serve();
    }

    /// <summary>Null: this machine lets nobody listen; the worker does without.</summary>
    public static OwnerPage? Open(WorkDirectory work, OwnerView view, TimeProvider time, ILogger logger)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var listener = new HttpListener();
            try
            {
                var port = FreePort();
                listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                listener.Start();
                return new(listener, port, work, view, time, logger);
            }
            catch (Exception e) when (e is HttpListenerException or SocketException or IOException or UnauthorizedAccessException)
            {
                // Somebody took the port meanwhile.
                listener.Close();
            }
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_file);
        // The listener may wait for a connection that a browser keeps open, and the worker's end does not wait for browsers.
        await Task.WhenAny(Task.WhenAll(Task.Run(_listener.Abort), _serving), Task.Delay(ClosingPatience, _time));
    }

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                try
                {
                    await Answer(context.Request, context.Response);
                }
                finally
                {
                    context.Response.Close();
                }
            }
            catch (Exception) when (!_listener.IsListening)
            {
                // The page is closed.
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                LogBroken(e.Message); // mostly a browser that has gone
            }
#pragma warning disable CA1031 // The border of a loop: one request must not take the page away.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(e);
            }
        }
    }

    private async Task Answer(HttpListenerRequest request, HttpListenerResponse response)
    {
        response.StatusCode = 500; // until something is said
        response.Headers["Cache-Control"] = "no-store";
        response.Headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        response.Headers["X-Content-Type-Options"] = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        // Another name that leads here is another site's.
        if (request.Headers["Host"] != _host || (request.Headers["Origin"] is { } origin && origin != $"http://{_host}"))
            await Say(response, 403, "This page is opened by its own address only.");
        else if (request.HttpMethod == "GET" && request.Url?.AbsolutePath == "/" && Same(request.QueryString["token"], _token))
        {
            response.Headers["Set-Cookie"] = $"{Cookie}={_token}; Path=/; HttpOnly; SameSite=Strict";
            Redirect(response);
        }
        else if (!Same(request.Cookies[Cookie]?.Value, _token))
            await Say(response, 403, "Open the address that \"weir-worker status\" shows: it holds the token of this run.");
        else if (request.HttpMethod == "GET" && request.Url?.AbsolutePath == "/")
            await Write(response, 200, OwnerHtml.Page(_view.Status, _view.Log.Last(100), _formToken, _time));
        else if (request.HttpMethod == "POST")
            await Act(request, response);
        else
            await Say(response, 404, "There is nothing here.");
    }

    private async Task Act(HttpListenerRequest request, HttpListenerResponse response)
    {
        if (request.ContentLength64 is < 0 or > LongestForm)
        {
            await Say(response, 413, "This form is too long.");
            return;
        }
        using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
        var form = System.Web.HttpUtility.ParseQueryString(await reader.ReadToEndAsync());
        if (!Same(form["form"], _formToken))
        {
            await Say(response, 403, "This form is of an earlier run of the worker: open the page again.");
            return;
        }
        switch (request.Url?.AbsolutePath)
        {
            case "/away":
                var until = form["until"] is { Length: > 0 } text ? Until.Read(text, _time) : null;
                if (form["until"] is { Length: > 0 } wrong && !(until > _time.GetUtcNow()))
                {
                    await Say(response, 422, $"\"{wrong}\" is no moment to come: 2h, 18:00 or 2026-12-24T18:00 was expected.");
                    return;
                }
                if (await Kept(new(OwnerCommands.Clean(form["reason"]), until), response))
                    LogAway();
                else
                    return;
                break;
            case "/back":
                if (await Kept(null, response))
                    LogBack();
                else
                    return;
                break;
            case "/stop":
                _view.Departure.Ask();
                break;
            case "/stop-now":
                Redirect(response);
                response.Close();
                _view.Departure.AskNow();
                return;
            default:
                await Say(response, 404, "There is nothing here.");
                return;
        }
        Redirect(response);
    }

    private async Task<bool> Kept(Absence? away, HttpListenerResponse response)
    {
        if (_view.Presence.Say(away) is not { } trouble)
            return true;
        LogNotKept(trouble);
        await Say(response, 500, trouble);
        return false;
    }

    private static void Redirect(HttpListenerResponse response)
    {
        response.StatusCode = 303;
        response.Headers["Location"] = "/";
    }

    private static Task Say(HttpListenerResponse response, int status, string sentence) => Write(response, status, OwnerHtml.Sentence(sentence));

    private static async Task Write(HttpListenerResponse response, int status, string html)
    {
        var bytes = Encoding.UTF8.GetBytes(html);
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes);
    }

    private static bool Same(string? given, string wanted) => given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    [LoggerMessage(LogLevel.Error, "A request of the owner's page failed.")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(LogLevel.Information, "A request of the owner's page was broken off: {Reason}")]
    private partial void LogBroken(string reason);

    [LoggerMessage(LogLevel.Error, "The owner said on the page whether this machine may be used. {Reason}")]
    private partial void LogNotKept(string reason);

    [LoggerMessage(LogLevel.Information, "The owner is using this machine: taking nothing new until told otherwise.")]
    private partial void LogAway();

    [LoggerMessage(LogLevel.Information, "The owner is done with this machine: taking builds again.")]
    private partial void LogBack();
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Weir.Worker.Tests.Support;

/// <summary>Real git over HTTP: <c>git http-backend</c> behind a server that wants a user name and a password, and can be told to fail first.</summary>
public sealed class GitOverHttp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GitOverHttp(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;
    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary>Answer so many requests with an error of a server that is overloaded.</summary>
    public int Failures { get; set; }

    /// <summary>What came as credentials, decoded.</summary>
    public ConcurrentQueue<string> Credentials { get; } = new();
    public ConcurrentQueue<string> Urls { get; } = new();

    public static async Task<GitOverHttp> Start(string repository)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new GitOverHttp(app);
        app.Run(context => server.Serve(context, repository));
        await app.StartAsync();
        server.Address = new Uri(app.Urls.First());
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
        await _app.DisposeAsync();
    }

    private async Task Serve(HttpContext context, string repository)
    {
        Urls.Enqueue(context.Request.Path + context.Request.QueryString);
        if (Failures > 0)
        {
            Failures--;
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        if (Password is not null && !Allowed(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return;
        }
        await Backend(context, repository);
    }

    private bool Allowed(HttpContext context)
    {
        if (context.Request.Headers.Authorization.ToString() is not ['B', 'a', 's', 'i', 'c', ' ', .. var given])
            return false;
        var credentials = Encoding.UTF8.GetString(Convert.FromBase64String(given));
        Credentials.Enqueue(credentials);
        return credentials == $"{User}:{Password}";
    }

    private static async Task Backend(HttpContext context, string repository)
    {
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GIT_PROJECT_ROOT"] = repository;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["PATH_INFO"] = context.Request.Path;
        start.Environment["QUERY_STRING"] = context.Request.QueryString.Value?.TrimStart('?');
        start.Environment["REQUEST_METHOD"] = context.Request.Method;
        start.Environment["CONTENT_TYPE"] = context.Request.ContentType;
        start.Environment["HTTP_CONTENT_ENCODING"] = context.Request.Headers.ContentEncoding;
        start.Environment["GIT_PROTOCOL"] = context.Request.Headers["Git-Protocol"];
        start.Environment["GIT_CONFIG_COUNT"] = "1";
        start.Environment["GIT_CONFIG_KEY_0"] = "safe.directory";
        start.Environment["GIT_CONFIG_VALUE_0"] = "*";
        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEndAsync();
        await context.Request.Body.CopyToAsync(git.StandardInput.BaseStream);
        git.StandardInput.Close();
        using var answer = new MemoryStream();
        await git.StandardOutput.BaseStream.CopyToAsync(answer);
        await errors;
        var bytes = answer.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var (name, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (name == "Status")
                context.Response.StatusCode = int.Parse(value.AsSpan(0, 3), CultureInfo.InvariantCulture);
            else
                context.Response.Headers[name] = value;
        }
        await context.Response.Body.WriteAsync(bytes.AsMemory(end + 4));
    }
}

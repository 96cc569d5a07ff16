using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weir.Cli.Connection;

/// <summary>Talks to one server. An answer that is no success becomes a <see cref="CommandException"/> with the server's words.</summary>
internal sealed class RestClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private readonly HttpClient http;

    public RestClient(Uri server, string? token)
    {
        Server = server;
        http = new HttpClient { BaseAddress = new Uri(server, "api/v2/"), Timeout = Patience };
        http.DefaultRequestHeaders.UserAgent.Add(new("weir", Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)));
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public Uri Server { get; }

    public void UsePassword(string user, string password) =>
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public Task<JsonObject> Get(string path, CancellationToken cancellation) => Send(() => new(HttpMethod.Get, path), cancellation);

    /// <summary>The only resource of an answer, which is a list of one.</summary>
    public async Task<JsonObject> One(string path, string collection, CancellationToken cancellation) =>
        (await Get(path, cancellation))[collection]?.AsArray() is [JsonObject only, ..] ? only : throw new CommandException(ExitCode.Failed, $"{path} answered no {collection}.");

    public async Task<IReadOnlyList<JsonObject>> Many(string path, string collection, CancellationToken cancellation) =>
        [.. ((await Get(path, cancellation))[collection]?.AsArray() ?? []).OfType<JsonObject>()];

    /// <summary>Posts JSON. Statuses in <paramref name="expected"/> are answers, not errors.</summary>
    public Task<JsonObject> Post(string path, JsonObject body, CancellationToken cancellation, string? idempotencyKey = null, params HttpStatusCode[] expected) => Send(() =>
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }, cancellation, expected);

    /// <summary>Copies an answer's body as it comes.</summary>
    public async Task Copy(string path, Stream target, CancellationToken cancellation)
    {
        using var response = await Ask(() => new(HttpMethod.Get, path), cancellation);
        if (!response.IsSuccessStatusCode)
            throw await Refusal(response, cancellation);
        await response.Content.CopyToAsync(target, cancellation);
    }

    public void Dispose() => http.Dispose();

    private async Task<JsonObject> Send(Func<HttpRequestMessage> request, CancellationToken cancellation, params HttpStatusCode[] expected)
    {
        using var response = await Ask(request, cancellation);
        if (!response.IsSuccessStatusCode && !expected.Contains(response.StatusCode))
            throw await Refusal(response, cancellation);
        try
        {
            return await response.Content.ReadFromJsonAsync<JsonObject>(cancellation) ?? [];
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new CommandException(ExitCode.Unreachable, $"{Server} answers, but not as Weir does. Is the address right?");
        }
    }

    private async Task<HttpResponseMessage> Ask(Func<HttpRequestMessage> make, CancellationToken cancellation)
    {
        using var request = make();
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new CommandException(ExitCode.Unreachable, $"{Server} cannot be reached: {e.InnerException?.Message ?? e.Message}");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Unreachable, $"{Server} does not answer.");
        }
    }

    private async Task<CommandException> Refusal(HttpResponseMessage response, CancellationToken cancellation)
    {
        var sentence = "";
        try
        {
            var body = await response.Content.ReadFromJsonAsync<JsonObject>(cancellation);
            sentence = body?["detail"]?.GetValue<string>() ?? body?["error"]?["message"]?.GetValue<string>() ?? "";
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            sentence = $"{Server} answered {(int)response.StatusCode}.";
        }
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new(ExitCode.Refused, $"{sentence} Run `weir login --server {Server.ToString().TrimEnd('/')}`."),
            HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests => new(ExitCode.Refused, sentence),
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => new(ExitCode.Unreachable, sentence),
            HttpStatusCode.BadRequest => new(ExitCode.Usage, sentence),
            _ => new(ExitCode.Failed, sentence),
        };
    }
}

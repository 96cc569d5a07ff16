using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared;

namespace Weir.Cli.Connection;

/// <summary>Talks to one server. An answer that is no success becomes a <see cref="CommandException"/> with the server's words.</summary>
internal sealed class RestClient : IDisposable
{
    private const int TriesWithKey = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private readonly HttpClient http;

    public RestClient(Uri server, string? token)
    {
        Server = server;
        http = new HttpClient(new SocketsHttpHandler { ConnectCallback = Connect }) { BaseAddress = new Uri(server, "api/v2/"), Timeout = Patience };
        http.DefaultRequestHeaders.UserAgent.Add(new("weir", Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)));
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public Uri Server { get; }

    public bool IsIdentified => http.DefaultRequestHeaders.Authorization is not null;

    public void UsePassword(string user, string password) =>
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public Task<JsonObject> Get(string path, CancellationToken cancellation) => Send(() => new(HttpMethod.Get, path), cancellation);

    /// <summary>The only resource of an answer, which is a list of one.</summary>
    public async Task<JsonObject> One(string path, string collection, CancellationToken cancellation) =>
        (await Get(path, cancellation))[collection]?.AsArray() is [JsonObject only, ..] ? only : throw new CommandException(ExitCode.Failed, $"{path} answered no {collection}.");

    public async Task<IReadOnlyList<JsonObject>> Many(string path, string collection, CancellationToken cancellation) =>
        [.. ((await Get(path, cancellation))[collection]?.AsArray() ?? []).OfType<JsonObject>()];

    /// <summary>Asks for a thing by its name; if there is none, the answer says which name was probably meant.</summary>
    /// <param name="path">Below which the name stands: <c>builders</c>.</param>
    /// <param name="name">As it was typed.</param>
    /// <param name="rest">What follows the name in the address.</param>
    /// <param name="ask">Sends the request.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<T> Named<T>(string path, string name, string rest, Func<string, Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask($"{path}/{Uri.EscapeDataString(name)}{rest}");
        }
        catch (CommandException e) when (e.ExitCode == ExitCode.NotFound)
        {
            var names = (await Many($"{path}?limit=1000", path, cancellation)).Select(n => n["name"]?.GetValue<string>() ?? "").ToArray();
            if (names.Contains(name))
                throw;
            throw new CommandException(ExitCode.NotFound, $"{e.Message}{Suggestion.DidYouMean(name, names)} `weir {(path == "forceschedulers" ? "schedulers" : path)}` lists them.");
        }
    }

    /// <summary>Posts JSON. With a key a request whose answer was lost is sent again, and done once. Statuses in <paramref name="expected"/> are answers, not errors.</summary>
    public async Task<JsonObject> Post(string path, JsonObject body, CancellationToken cancellation, string? idempotencyKey = null, params HttpStatusCode[] expected)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await Send(() => Request(HttpMethod.Post, path, body, idempotencyKey), cancellation, expected);
            }
            catch (CommandException e) when (idempotencyKey is not null && attempt < TriesWithKey && e.ExitCode == ExitCode.Unreachable && e.InnerException is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError })
            {
                await Task.Delay(BetweenTries, TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>Writes or removes one thing; <paramref name="etag"/> is what it was when it was read (* for whatever it is), null: it must not exist yet.</summary>
    public Task<JsonObject> Write(HttpMethod method, string path, JsonObject? body, string? etag, CancellationToken cancellation) => Send(() =>
    {
        var request = Request(method, path, body, null);
        request.Headers.TryAddWithoutValidation(etag is null ? "If-None-Match" : "If-Match", etag is null or "*" ? "*" : $"\"{etag}\"");
        return request;
    }, cancellation, HttpStatusCode.UnprocessableEntity);

    /// <summary>Sends what has no answer but its success.</summary>
    public async Task Send(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var response = await Ask(() => Request(method, path, body, null), cancellation);
        if (!response.IsSuccessStatusCode)
            throw await Refusal(response, cancellation);
    }

    /// <summary>Copies an answer's body as it comes.</summary>
    public async Task Copy(string path, Stream target, CancellationToken cancellation)
    {
        using var response = await Ask(() => new(HttpMethod.Get, path), cancellation);
        if (!response.IsSuccessStatusCode)
            throw await Refusal(response, cancellation);
        try
        {
            await response.Content.CopyToAsync(target, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw Broken(e);
        }
    }

    /// <summary>The lines of an answer as they come, whole ones only until it ends; it may last as long as what it tells of.</summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> Lines(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await Ask(() => new(HttpMethod.Get, path), cancellation);
        if (!response.IsSuccessStatusCode)
            throw await Refusal(response, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var (bytes, kept) = (new byte[64 * 1024], 0);
        for (int read; (read = await Read(body, bytes.AsMemory(kept), cancellation)) > 0;)
        {
            kept += read;
            if (bytes.AsSpan(0, kept).LastIndexOf((byte)'\n') is >= 0 and var end)
            {
                yield return Encoding.UTF8.GetString(bytes, 0, end).Split('\n');
                kept -= end + 1;
                bytes.AsSpan(end + 1, kept).CopyTo(bytes);
            }
            if (kept == bytes.Length)
                Array.Resize(ref bytes, 2 * kept);
        }
        if (kept > 0)
            yield return [Encoding.UTF8.GetString(bytes, 0, kept)];
    }

    public void Dispose() => http.Dispose();

    // An answer that lasts hears nothing for hours from a quiet command; the system notices when the other end is gone.
    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<int> Read(Stream body, Memory<byte> target, CancellationToken cancellation)
    {
        try
        {
            return await body.ReadAsync(target, cancellation);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Broken(e);
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, JsonObject? body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }

    private async Task<JsonObject> Send(Func<HttpRequestMessage> request, CancellationToken cancellation, params HttpStatusCode[] expected)
    {
        using var response = await Ask(request, cancellation);
        if (!response.IsSuccessStatusCode && !expected.Contains(response.StatusCode))
            throw await Refusal(response, cancellation);
        try
        {
            var answer = response.StatusCode == HttpStatusCode.NoContent ? [] : await response.Content.ReadFromJsonAsync<JsonObject>(cancellation) ?? [];
            // Written down, and done by the next engine that is there: whoever typed it hears that instead of an answer.
            if (response.StatusCode == HttpStatusCode.Accepted && answer["orderid"] is { } order)
                throw new CommandException(ExitCode.TimedOut, $"Ordered, and no engine has done it yet: order {order} waits for one. `weir orders` lists what waits." + (answer["token"] is { } token ? $" The token, valid from then on: {token}" : ""));
            return answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Broken(e);
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
            throw new CommandException(ExitCode.Unreachable, $"{Server} cannot be reached: {e.InnerException?.Message ?? e.Message}. Is a master running there? --server or WEIR_SERVER name another.", e);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Unreachable, $"{Server} does not answer.");
        }
    }

    private CommandException Broken(Exception e) => new(ExitCode.Unreachable, $"The connection to {Server} broke: {e.InnerException?.Message ?? e.Message}", e);

    private async Task<CommandException> Refusal(HttpResponseMessage response, CancellationToken cancellation)
    {
        var sentence = "";
        try
        {
            var body = await response.Content.ReadFromJsonAsync<JsonObject>(cancellation);
            sentence = body?["detail"]?.GetValue<string>() ?? body?["error"]?["message"]?.GetValue<string>() ?? "";
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or HttpRequestException or IOException)
        {
            sentence = "";
        }
        if (sentence.Length == 0)
            sentence = $"{Server} answered {(int)response.StatusCode}.";
        var login = $"`weir login --server {Server.ToString().TrimEnd('/')}`";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new(ExitCode.Refused, $"{sentence} Run {login}."),
            HttpStatusCode.Forbidden => new(ExitCode.Refused, sentence + (IsIdentified ? " `weir whoami` shows what you may." : $" Run {login}.")),
            HttpStatusCode.TooManyRequests => new(ExitCode.Refused, sentence),
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => new(ExitCode.Unreachable, sentence),
            HttpStatusCode.BadRequest => new(ExitCode.Usage, sentence),
            HttpStatusCode.NotFound => new(ExitCode.NotFound, sentence),
            _ => new(ExitCode.Failed, sentence),
        };
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Weir.Bench;

/// <summary>A script's view of a master: one persistent connection, one request at a time.</summary>
internal sealed class Client(Uri address)
{
    private readonly HttpClient http = Make(address);

    public async Task<bool> Answers(string path)
    {
        try
        {
            using var answer = await http.GetAsync(path);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return false;
        }
    }

    public async Task<byte[]> Get(string path)
    {
        using var answer = await http.GetAsync(path);
        var body = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode ? body : throw new InvalidOperationException($"GET {path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(body)}");
    }

    /// <summary>Milliseconds of one request, its body read to the end.</summary>
    public async Task<double> Time(string path)
    {
        var began = Stopwatch.GetTimestamp();
        await Get(path);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    public async Task Change(string branch, string revision)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["branch"] = branch,
            ["revision"] = revision,
            ["author"] = "bench",
            ["comments"] = "a change",
            ["files"] = "[\"a.c\"]",
            ["project"] = "p",
            ["repository"] = "r",
        });
        using var answer = await http.PostAsync("/change_hook/base", form);
        await Check(answer);
    }

    public async Task Force(params string[] builders)
    {
        var body = JsonSerializer.Serialize(new { jsonrpc = "2.0", method = "force", id = 1, @params = new { builders } });
        using var answer = await http.PostAsync("/api/v2/forceschedulers/force", new StringContent(body, Encoding.UTF8, "application/json"));
        await Check(answer);
    }

    /// <summary>Applies a configuration and waits until it is in force; whether anything has changed.</summary>
    public async Task<bool> Apply(string text)
    {
        using var said = await Post("/api/v2/config/apply", new { parts = new[] { new { name = "weir.yaml", text } }, reason = "bench" });
        return said.RootElement.GetProperty("changed").GetBoolean();
    }

    /// <summary>Checks a configuration without applying it.</summary>
    public async Task CheckConfiguration(string text)
    {
        using var said = await Post("/api/v2/config/check", new { parts = new[] { new { name = "weir.yaml", text } } });
    }

    private async Task<JsonDocument> Post(string path, object body)
    {
        using var answer = await http.PostAsync(path, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        var said = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(said) : throw new InvalidOperationException(said);
    }

    private static async Task Check(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode || body.Contains("\"error\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"{(int)answer.StatusCode} {body}");
    }

    private static HttpClient Make(Uri address)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Site.Token);
        return client;
    }
}

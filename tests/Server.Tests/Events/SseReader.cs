using System.Text.Json.Nodes;

namespace Weir.Server.Tests.Events;

/// <summary>A client of server-sent events, as a script would write it.</summary>
internal sealed class SseReader : IDisposable
{
    internal sealed record Message(string? Id, string Event, string Data)
    {
        public JsonNode Json => JsonNode.Parse(Data)!;
    }

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private SseReader(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _lines = new(stream);
    }

    public HttpResponseMessage Answer => _answer;

    /// <summary>The last id, also of a sign of life: what a client comes back with.</summary>
    public string? LastId { get; private set; }

    public static async Task<SseReader> Open(HttpClient client, string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return new(answer, await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next message; null at the end of the stream. Signs of life are passed over.</summary>
    public async Task<Message?> Next(int seconds = 20)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        var (kind, data) = ("message", new List<string>());
        while (await _lines.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                LastId = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data.Add(line[6..]);
            else if (line.Length == 0 && data.Count > 0)
                return new(LastId, kind, string.Join('\n', data));
            else if (line.Length == 0)
                kind = "message";
        }
        return null;
    }

    /// <summary>Until the stream says where it stands.</summary>
    public async Task<long> Begun()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (await _lines.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                LastId = line[4..];
            if (line.Length == 0 && LastId is not null)
                return long.Parse(LastId, System.Globalization.CultureInfo.InvariantCulture);
        }
        throw new InvalidOperationException("The stream ended before it began.");
    }

    public async Task<List<Message>> Take(int count)
    {
        var taken = new List<Message>();
        while (taken.Count < count && await Next() is { } message)
            taken.Add(message);
        return taken;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _answer.Dispose();
    }
}

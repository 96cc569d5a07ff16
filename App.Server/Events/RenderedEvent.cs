using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>One event with its resource as REST shows it, in the forms in which it goes out. Each form is made once, by whoever asks first, however many listen.</summary>
internal sealed class RenderedEvent
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<byte[]> _frame;
    private readonly Lazy<IReadOnlyList<BuildbotMessage>> _messages;

    public RenderedEvent(WeirEvent happened, string kind, JsonObject? resource, IReadOnlyList<string[]> keys)
    {
        Event = happened;
        _frame = new(() => Frame(happened, kind, resource));
        _messages = new(() =>
        {
            var body = (resource ?? EventSubject.Ids(happened)).ToJsonString(Written);
            return [.. keys.Select(k => new BuildbotMessage(k, body))];
        });
    }

    public WeirEvent Event { get; }

    /// <summary>The frame of <c>/api/v2/events</c>.</summary>
    public ReadOnlyMemory<byte> Sse => _frame.Value;

    /// <summary>One message for each key under which Buildbot tells it.</summary>
    public IReadOnlyList<BuildbotMessage> Messages => _messages.Value;

    public static string Text(JsonNode node) => node.ToJsonString(Written);

    private static byte[] Frame(WeirEvent e, string kind, JsonObject? resource)
    {
        var subject = EventSubject.Of(e);
        var body = new JsonObject
        {
            ["number"] = e.Number,
            ["at"] = e.At.ToUnixTimeSeconds(),
            ["at_ms"] = e.At.ToUnixTimeMilliseconds(),
            ["kind"] = kind,
            ["ids"] = EventSubject.Ids(e),
            ["collection"] = subject.Collection,
            ["id"] = subject.Id,
            ["resource"] = resource?.DeepClone(),
        };
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {e.Number}\ndata: {Text(body)}\n\n"));
    }
}

/// <summary>One message as Buildbot's clients know it: a key of words, and the resource.</summary>
internal sealed class BuildbotMessage
{
    private readonly Lazy<byte[]> _sse;
    private readonly Lazy<byte[]> _socket;

    public BuildbotMessage(string[] key, string body)
    {
        Key = key;
        _sse = new(() => Encoding.UTF8.GetBytes($"event: event\ndata: {{\"key\": {JsonSerializer.Serialize(key)}, \"message\": {body}}}\n\n"));
        _socket = new(() => Encoding.UTF8.GetBytes($"{{\"k\":{JsonSerializer.Serialize(string.Join('/', key))},\"m\":{body}}}"));
    }

    public string[] Key { get; }
    public ReadOnlyMemory<byte> Sse => _sse.Value;
    public ReadOnlyMemory<byte> Socket => _socket.Value;
}

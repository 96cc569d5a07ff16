using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Weir.Shared.Logs;

namespace Weir.App.Server.Api;

/// <summary>
/// Lines of a log as Buildbot's data API tells them: one chunk, whose content holds all that was asked for, each line of stdio behind its stream's letter.
/// Written while it is read: the whole of a long log costs no more memory than a part of it.
/// </summary>
internal static class LogContents
{
    private const int LinesAtOnce = 5000;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task Send(HttpContext context, long id, ILogQueries logs)
    {
        var cancellation = context.RequestAborted;
        var given = new Given(context.Request.Query);
        var first = given.Whole("offset", 0);
        var count = given.Whole("limit", 0);
        if (given.Problem() is { } problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }
        if (await logs.Find(id, cancellation) is not { } log)
        {
            await Problems.NotFound($"log {id}").ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = "application/json; charset=utf-8";
        var body = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, Json);
        json.WriteStartObject();
        json.WriteStartArray("logchunks");
        json.WriteStartObject();
        json.WriteNumber("logid", id);
        json.WriteNumber("firstline", first);
        json.WritePropertyName("content");
        var text = new ArrayBufferWriter<byte>(64 * 1024);
        // Without a limit, or with 0, all lines that there are now.
        for (var end = count == 0 || first > long.MaxValue - count ? long.MaxValue : first + count; first < end;)
        {
            var lines = await logs.Lines(id, first, (int)Math.Min(LinesAtOnce, end - first), cancellation);
            if (lines.Count == 0)
                break;
            Write(lines, log.Type == 's', text);
            json.WriteStringValueSegment(text.WrittenSpan, isFinalSegment: false);
            text.ResetWrittenCount();
            first = lines[^1].Number + 1;
            await json.FlushAsync(cancellation);
            if (lines.Count < LinesAtOnce && first >= log.LineCount)
                break;
        }
        json.WriteStringValueSegment(ReadOnlySpan<byte>.Empty, isFinalSegment: true);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("meta");
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
    }

    private static void Write(IReadOnlyList<LogLine> lines, bool withStream, ArrayBufferWriter<byte> text)
    {
        foreach (var line in lines)
        {
            var bytes = line.Bytes.Span;
            var to = text.GetSpan(2);
            if (withStream)
            {
                to[0] = (byte)line.Stream;
                text.Advance(1);
            }
            // JSON is UTF-8; what is not becomes U+FFFD.
            text.Write(Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(line.Text));
            text.Write("\n"u8);
        }
    }
}

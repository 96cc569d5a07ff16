using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Weir.Shared.Protocol;

namespace Weir.Worker.Tests.Protocol;

/// <summary>What goes over a worker's connection, message by message, as protocols 1 to 4 wrote it: it can still be read, and is still written so.</summary>
public sealed class WireTests
{
    private static readonly JsonHubProtocol Hub = Both();

    // What this version's hello says beyond those of earlier protocols; an engine that speaks one of those leaves it unread.
    private static readonly Dictionary<int, string[]> AddedSince = new() { [1] = [".arguments[0].stopping", ".arguments[0].absence"], [2] = [".arguments[0].absence"], [3] = [], [4] = [] };

    public static TheoryData<int, string> Messages()
    {
        var all = new TheoryData<int, string>();
        foreach (var (version, examples) in WireExamples.Of)
        {
            foreach (var (name, _, _) in examples)
                all.Add(version, name);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_was_written_can_be_read(int version, string name)
    {
        var (method, values) = Example(version, name);
        var golden = Golden.Read($"wire-{version}/{name}.json", () => Write(method, values));

        var sequence = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(golden + "\u001e"));
        Assert.True(Hub.TryParseMessage(ref sequence, new Binder(values), out var message));

        var read = message switch
        {
            InvocationMessage call when call.Target == method => call.Arguments,
            CompletionMessage answer when method is null => new[] { answer.Result },
            _ => throw new InvalidOperationException($"It was read as {message}."),
        };
        Assert.Equal(values.Select(WireExamples.Text), read.Select(WireExamples.Text));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_written_now_says_all_that_was_said(int version, string name)
    {
        var (method, values) = Example(version, name);

        var added = Golden.Added(Golden.Read($"wire-{version}/{name}.json", () => Write(method, values)), Write(method, values));

        Assert.Equal(name == "hello" ? AddedSince[version] : [], added);
    }

    // As workers set it up, and as engines do for what is not in there.
    private static JsonHubProtocol Both()
    {
        var options = new JsonHubProtocolOptions();
        options.PayloadSerializerOptions.TypeInfoResolver = JsonTypeInfoResolver.Combine(ProtocolJson.Default, new DefaultJsonTypeInfoResolver());
        return new(Options.Create(options));
    }

    private static (string? Method, object?[] Values) Example(int version, string name)
    {
        var (_, method, values) = WireExamples.Of[version].Single(m => m.Name == name);
        return (method, values);
    }

    private static string Write(string? method, object?[] values) => Encoding.UTF8.GetString(Hub.GetMessageBytes(method is null
        ? CompletionMessage.WithResult("1", values[0])
        : new InvocationMessage("1", method, values)).Span).TrimEnd('\u001e');

    private sealed class Binder(object?[] values) : IInvocationBinder
    {
        public Type GetReturnType(string invocationId) => values[0]!.GetType();

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [.. values.Select(v => v!.GetType())];

        [ExcludeFromCodeCoverage]
        public Type GetStreamItemType(string streamId) => throw new NotSupportedException();
    }
}

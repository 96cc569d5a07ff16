using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Weir.Worker.Tests.Protocol;

/// <summary>What goes over a worker's connection, message by message, as protocol 1 and 2 wrote it: it can still be read, and is still written so.</summary>
public sealed class WireTests
{
    private static readonly JsonHubProtocol Hub = new();

    // What this version says beyond protocol 1; an engine that speaks 1 leaves it unread.
    private static readonly string[] AddedSince1 = [".arguments[0].stopping"];

    public static TheoryData<int, string> Messages()
    {
        var all = new TheoryData<int, string>();
        foreach (var (name, _, _) in WireExamples.Of1)
            all.Add(1, name);
        foreach (var (name, _, _) in WireExamples.Of2)
            all.Add(2, name);
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

        Assert.Equal(version == 1 && name == "hello" ? AddedSince1 : [], added);
    }

    private static (string? Method, object?[] Values) Example(int version, string name)
    {
        var (_, method, values) = (version == 1 ? WireExamples.Of1 : WireExamples.Of2).Single(m => m.Name == name);
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

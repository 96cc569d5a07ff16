using System.Text.Json;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;

namespace Weir.Cli.Commands;

/// <summary>Reads <c>NAME=VALUE</c> arguments: a value that is JSON (a number, true, a list) is taken as that, anything else as text.</summary>
internal static class NamedValues
{
    public static JsonObject Read(IEnumerable<string> arguments)
    {
        var values = new JsonObject();
        foreach (var (name, text) in Pairs(arguments))
            values[name] = Value(text);
        return values;
    }

    public static IReadOnlyList<(string Name, string Value)> Pairs(IEnumerable<string> arguments)
    {
        var pairs = arguments.Select(argument => argument.Split('=', 2) is [{ Length: > 0 } name, var text] ? (Name: name, Value: text) : throw new CommandException(ExitCode.Usage, $"\"{argument}\": NAME=VALUE is expected.")).ToArray();
        return pairs.CountBy(p => p.Name).FirstOrDefault(n => n.Value > 1) is { Key: { } twice } ? throw new CommandException(ExitCode.Usage, $"{twice}: It is given twice.") : pairs;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir fill REQUEST NAME=VALUE…</c>: gives a request what it lacks that was set aside.</summary>
internal static class FillCommand
{
    public static Command Make()
    {
        var which = new Argument<long>("ID") { Description = "The request's number, as `weir queue` shows it" };
        var values = new Argument<string[]>("NAME=VALUE") { Description = "The properties that it lacks; without any they are listed", Arity = ArgumentArity.ZeroOrMore };
        var reason = Reasons.Option();
        return new Verb("fill", "Give a request that was set aside the properties that its builder has come to require; then it waits like any other", "weir fill 42", "weir fill 42 stage=edge jobs=4") { which, values, reason }.Does(async (given, client, cancellation) =>
        {
            var id = given.GetValue(which);
            if (given.GetValue(values) is not { Length: > 0 } pairs)
            {
                ListCommands.Show(given, await client.Get(string.Create(CultureInfo.InvariantCulture, $"buildrequests/{id}/missing"), cancellation), "properties", "It lacks nothing.",
                    new("property", r => new(Printed.Text(r["name"]), Tone.Bold)),
                    new("type", r => Cell.Of(r["type"])),
                    new("what it is for", r => Cell.Of(r["description"]), Shrinks: true));
                return;
            }
            var body = Reasons.Body(given.GetValue(reason));
            body["properties"] = new JsonObject(NamedValues.Pairs(pairs).Select(p => KeyValuePair.Create(p.Name, (JsonNode?)JsonValue.Create(p.Value))));
            var answer = await client.Post(string.Create(CultureInfo.InvariantCulture, $"buildrequests/{id}/actions/complete"), body, cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"Request {id} is complete, and waits like any other.");
        });
    }
}

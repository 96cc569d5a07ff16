using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Shared;

namespace Weir.Cli.Commands;

/// <summary><c>weir pause</c>, <c>weir resume</c>, <c>weir pauses</c>.</summary>
internal static class PauseCommand
{
    private static readonly string[] Kinds = ["worker", "builder", "scheduler", "project", "everything"];

    public static Command Make()
    {
        var (what, names) = Subject();
        var reason = Reasons.Option();
        var until = new Option<string?>("--until") { Description = "When it ends by itself: in so long (30m, 2h, 1d), at a time of today or tomorrow (18:00), or 2026-12-24T18:00Z" };
        var preview = new Option<bool>("--preview") { Description = "Only tell what it would keep from starting" };
        return new Verb("pause", "Begin nothing new of a builder, project or scheduler, on a worker, or at all; what runs goes on",
            "weir pause builder lib-linux --until 2h --reason 'broken compiler'", "weir pause worker attic cellar --preview", "weir pause everything --reason 'the switch is replaced'") { what, names, reason, until, preview }.Does(async (given, client, cancellation) =>
        {
            var body = Body(given.GetValue(what)!, given.GetValue(names)!);
            var effect = (await client.Post("pauses/actions/preview", body.DeepClone().AsObject(), cancellation))["result"]!.AsObject();
            if (!given.GetValue(preview))
            {
                if (given.GetValue(reason) is { } why)
                    body["reason"] = why;
                if (given.GetValue(until) is { } end)
                    body["until"] = (Until.Read(end, TimeProvider.System) ?? throw new CommandException(ExitCode.Usage, $"--until: \"{end}\" is no moment; 2h, 18:00 or 2026-12-24T18:00 was expected.")).ToUnixTimeSeconds();
                var answer = await client.Post("pauses/actions/pause", body, cancellation);
                if (given.AsJson())
                {
                    Printed.Json(answer);
                    return;
                }
                Printed.Line($"{Named(given.GetValue(what)!, given.GetValue(names)!)} {(given.GetValue(names)!.Length > 1 ? "are" : "is")} paused.");
            }
            else if (given.AsJson())
            {
                Printed.Json(effect);
                return;
            }
            Tell(effect, given.GetValue(preview));
        });
    }

    public static Command Resume()
    {
        var (what, names) = Subject();
        return new Verb("resume", "Let what was paused go on", "weir resume builder lib-linux", "weir resume everything") { what, names }.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Post("pauses/actions/resume", Body(given.GetValue(what)!, given.GetValue(names)!), cancellation);
            if (given.AsJson())
                Printed.Json(answer);
            else
                Printed.Line($"{Named(given.GetValue(what)!, given.GetValue(names)!)} {(given.GetValue(names)!.Length > 1 ? "go" : "goes")} on.");
        });
    }

    public static Command List()
    {
        var ended = new Option<bool>("--ended") { Description = "Those that have ended, newest first" };
        return new Verb("pauses", "List pauses", "weir pauses", "weir pauses --ended") { ended }.Does(async (given, client, cancellation) =>
            ListCommands.Show(given, await client.Get(given.GetValue(ended) ? "pauses?ended=true&limit=100" : "pauses?limit=1000", cancellation), "pauses", "Nothing is paused.",
                new("what", p => new(p["kind"]!.GetValue<string>() == "everything" ? "everything" : $"{p["kind"]} {p["name"]}", Tone.Bold)),
                new("by", p => Cell.Of(p["by"])),
                new("since", p => Cell.Ago(p["since"])),
                new("until", p => Cell.Ago(p["until"])),
                new("reason", p => Cell.Of(p["reason"]), Shrinks: true)));
    }

    private static (Argument<string>, Argument<string[]>) Subject()
    {
        var what = new Argument<string>("WHAT") { Description = string.Join(", ", Kinds[..^1]) + " or everything" };
        what.AcceptOnlyFromAmong(Kinds);
        return (what, new Argument<string[]>("NAME") { Description = "Their names; of everything none", Arity = ArgumentArity.ZeroOrMore });
    }

    private static JsonObject Body(string what, string[] names) => (what, names.Length) switch
    {
        ("everything", 0) => new() { ["everything"] = true },
        ("everything", _) => throw new CommandException(ExitCode.Usage, "Everything has no name."),
        (_, 0) => throw new CommandException(ExitCode.Usage, $"Which {what}?"),
        _ => new() { [what + "s"] = new JsonArray([.. names.Select(n => (JsonNode)n)]) },
    };

    private static string Named(string what, string[] names) => what == "everything" ? "Everything" : $"{char.ToUpperInvariant(what[0])}{what[1..]}{(names.Length > 1 ? "s" : "")} {string.Join(", ", names)}";

    private static void Tell(JsonObject effect, bool would)
    {
        var builders = effect["builders"]!.AsArray().Select(b => b!.GetValue<string>()).ToArray();
        if (builders.Length > 0)
            Printed.Line(string.Create(CultureInfo.InvariantCulture, $"Nothing {(would ? "would be" : "is")} begun of {string.Join(", ", builders)}; {effect["waiting"]} of their requests wait. {effect["running"]} builds go on."));
        else
            Printed.Line(string.Create(CultureInfo.InvariantCulture, $"Every builder {(would ? "would have" : "has")} a worker left. {effect["running"]} builds go on."));
    }
}

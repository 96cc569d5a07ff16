using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Shared;

namespace Weir.Cli.Commands;

/// <summary>When a configuration shall come in force: <c>--when-idle [BUILDER…] [--deadline T] [--at-deadline enforce|drop]</c>, <c>--now</c>; and <c>--waiting set-aside|cancel</c>.</summary>
internal sealed class TermsOptions
{
    private readonly Option<string[]> idle = new("--when-idle") { Description = "As soon as these builders are idle (none named: everything); until then nothing new of them starts, except what a running build waits for", HelpName = "BUILDER", Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> deadline = new("--deadline") { Description = "For how long it waits: 30m, 2h, 18:00, or 2026-12-24T18:00Z", HelpName = "TIME" };
    private readonly Option<string?> after = new("--at-deadline") { Description = "If builds still run then: enforce (it comes in force, the default) or drop", HelpName = "enforce|drop" };
    private readonly Option<string?> waiting = new("--waiting") { Description = "What becomes of requests that wait for builders which go: set-aside (they wait until a builder of this name is back, the default) or cancel", HelpName = "set-aside|cancel" };
    private readonly Option<bool> now = new("--now") { Description = "At once, also where a revision waits whose content is in it" };

    public void AddTo(Verb verb)
    {
        verb.Add(idle);
        verb.Add(deadline);
        verb.Add(after);
        verb.Add(now);
        verb.Add(waiting);
    }

    /// <summary>Puts into the body of a request what was given.</summary>
    public void Put(ParseResult given, JsonObject body)
    {
        if (given.GetResult(idle) is not null)
            body["when_idle"] = given.GetValue(idle) is { Length: > 0 } names ? new JsonArray([.. names.Select(n => JsonValue.Create(n))]) : true;
        if (given.GetValue(deadline) is { } text)
            body["deadline"] = (Until.Read(text, TimeProvider.System) ?? throw new CommandException(ExitCode.Usage, $"--deadline: \"{text}\" is no moment; 2h, 18:00 or 2026-12-24T18:00 was expected.")).ToUnixTimeSeconds();
        if (given.GetValue(after) is { } what)
            body["at_deadline"] = what;
        if (given.GetValue(waiting) is { } fate)
            body["waiting"] = fate;
        if (given.GetValue(now))
            body["now"] = true;
    }

    /// <summary>What became of a revision, in a sentence.</summary>
    public static string Told(JsonObject answer, string what) => answer["held_because"]?.GetValue<string>() is { } because
        ? $"{what} is good, and {(answer["state"]?.GetValue<string>() == "waiting_for_idle" ? "waits" : "held back")}. {because}"
        : $"{what} is in force.";
}

using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Weir.Cli.Completion;
using Weir.Cli.Connection;
using Weir.Cli.Output;
using Weir.Cli.Waiting;

namespace Weir.Cli.Commands;

/// <summary><c>weir force SCHEDULER</c>: fills in a force form, and waits for the builds if asked.</summary>
internal static class ForceCommand
{
    private static readonly Argument<string?> Scheduler = new("SCHEDULER") { Description = "The force scheduler; needed only where several could be meant", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string[]> Builders = new("--builder", "-b") { Description = "Only this builder, any number of times (default: all of the scheduler's)", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<string[]> Branch = new("--branch") { Description = "Branch, or CODEBASE=BRANCH where the scheduler has several codebases", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<string[]> Revision = new("--revision") { Description = "Revision, or CODEBASE=REVISION", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<int?> Priority = new("--priority") { Description = "Higher is earlier" };
    private static readonly Option<bool> FailFast = new("--fail-fast") { Description = "When one of the builds fails, end the others" };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "NAME=VALUE for a parameter of the scheduler, any number of times", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<string?> Key = new("--key") { Description = "Orders with the same key are one order: a script that is run again does not build again" };

    public static Command Make()
    {
        Scheduler.CompletionSources.Add(Names.Of("forceschedulers"));
        Builders.CompletionSources.Add(Names.Of("builders"));
        var (reason, waiting) = (Reasons.Option(), new WaitOptions());
        return new Verb("force", "Start builds by a force scheduler",
            "weir force -b lib-linux --branch main --wait",
            "weir force release -p version=1.4 -p 'notify=true' --follow --reason 'release 1.4'",
            "weir force release --branch lib=v2 --branch app=main --json | jq '.result[0]'")
        { Scheduler, Builders, Branch, Revision, reason, Priority, FailFast, Parameters, Key, waiting.Wait, waiting.Follow, waiting.Timeout }.Does((given, client, cancellation) => Run(given, client, given.GetValue(reason), waiting, cancellation));
    }

    private static async Task<int> Run(ParseResult given, RestClient client, string? reason, WaitOptions waiting, CancellationToken cancellation)
    {
        var terms = waiting.Of(given);
        var body = Reasons.Body(reason);
        body["properties"] = NamedValues.Read(given.GetValue(Parameters) ?? []);
        var builders = given.GetValue(Builders) ?? [];
        if (builders.Length > 0)
            body["builders"] = new JsonArray([.. builders.Select(b => (JsonNode)b)]);
        Stamps(body, "branch", given.GetValue(Branch) ?? []);
        Stamps(body, "revision", given.GetValue(Revision) ?? []);
        if (given.GetValue(Priority) is { } priority)
            body["priority"] = priority;
        if (given.GetValue(FailFast))
            body["fail_fast"] = true;
        var scheduler = given.GetValue(Scheduler) ?? await ForceForms.Only(client, builders, cancellation);
        // The key makes a repeated attempt (a broken connection, an impatient person's script) one order.
        var key = given.GetValue(Key) ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        JsonObject answer;
        try
        {
            answer = await client.Named("forceschedulers", scheduler, "/actions/force", path => client.Post(path, body, cancellation, key), cancellation);
        }
        catch (CommandException e) when (e.ExitCode == ExitCode.Usage)
        {
            throw await ForceForms.Explain(client, scheduler, e, cancellation);
        }
        var set = answer["result"]![0]!.GetValue<long>();
        if (waiting.Asked(given))
        {
            Printed.Note($"weir: buildset {set}");
            return await BuildWait.Run(given, client, new Watched.Buildset(set), terms, cancellation);
        }
        if (given.AsJson())
            Printed.Json(answer);
        else
            Printed.Line($"buildset {set}: {client.Server}buildsets/{set}");
        return ExitCode.Done;
    }

    // Plain values mean the only codebase; CODEBASE=VALUE names one.
    private static void Stamps(JsonObject body, string field, string[] values)
    {
        foreach (var value in values)
        {
            if (!value.Contains('=', StringComparison.Ordinal))
            {
                if (values.Length > 1)
                    throw new CommandException(ExitCode.Usage, $"--{field} {value}: where several are given, each names its codebase: CODEBASE={value}.");
                body[field] = value;
                continue;
            }
            var (codebase, text) = NamedValues.Pairs([value]).First();
            var stamps = body["sourcestamps"] as JsonObject ?? [];
            body["sourcestamps"] = stamps;
            var stamp = stamps[codebase] as JsonObject ?? [];
            stamps[codebase] = stamp;
            stamp[field] = text;
        }
    }
}

/// <summary>Force schedulers as forms: which one is meant, and what it wants to know.</summary>
internal static partial class ForceForms
{
    /// <summary>The only force scheduler, or the only one that has all these builders.</summary>
    public static async Task<string> Only(RestClient client, string[] builders, CancellationToken cancellation)
    {
        var all = await client.Many("forceschedulers?limit=1000", "forceschedulers", cancellation);
        var fitting = all.Where(f => builders.All(b => f["builder_names"]!.AsArray().Any(n => Printed.Text(n) == b))).Select(f => Printed.Text(f["name"])).ToArray();
        if (fitting is [var only])
            return only;
        if (fitting.Length > 1)
            throw new CommandException(ExitCode.Usage, $"Which force scheduler is meant? Possible: {string.Join(", ", fitting)}.");
        if (all.Count == 0)
            throw new CommandException(ExitCode.NotFound, "There is no force scheduler that is switched on; the configuration makes one: schedulers, type: force.");
        var known = (await client.Many("builders?limit=1000", "builders", cancellation)).Select(b => Printed.Text(b["name"])).ToArray();
        var unknown = builders.FirstOrDefault(b => !known.Contains(b));
        throw new CommandException(ExitCode.NotFound, unknown is not null
            ? $"There is no builder {unknown}.{Shared.Suggestion.DidYouMean(unknown, known)} `weir builders` lists them."
            : $"No force scheduler has {string.Join(" and ", builders)}. There are: {string.Join("; ", all.Select(f => $"{Printed.Text(f["name"])} ({Printed.Text(f["builder_names"])})"))}.");
    }

    /// <summary>The server's complaint, with what the form wants to know behind it.</summary>
    public static async Task<CommandException> Explain(RestClient client, string scheduler, CommandException complaint, CancellationToken cancellation)
    {
        var form = (await client.Many("forceschedulers?limit=1000", "forceschedulers", cancellation)).FirstOrDefault(f => Printed.Text(f["name"]) == scheduler);
        if (form is null)
            return complaint;
        // Those that every form has are options of their own.
        var fields = form["all_fields"]!.AsArray().Where(f => !Standard().IsMatch(Printed.Text(f!["name"]))).Select(f =>
            $"\n  -p {Printed.Text(f!["name"])}={(f["choices"]!.AsArray() is { Count: > 0 } choices ? string.Join('|', choices.Select(Printed.Text)) : Printed.Text(f["type"]).ToUpperInvariant())}"
            + (f["required"]!.GetValue<bool>() ? "  needed" : Printed.Text(f["default"]) is { Length: > 0 } otherwise ? $"  (default {otherwise})" : "")
            + (Printed.Text(f["tooltip"]) is { Length: > 0 } tip ? $"  {tip}" : ""));
        var builders = $"\n  -b {string.Join('|', form["builder_names"]!.AsArray().Select(Printed.Text))}";
        var codebases = form["codebases"]!.AsArray() is { Count: > 1 } several ? $"\n  --branch {string.Join('|', several.Select(Printed.Text))}=BRANCH" : "";
        return new(complaint.ExitCode, $"{complaint.Message}\n{scheduler} takes:{builders}{codebases}{string.Concat(fields)}");
    }

    [GeneratedRegex("^(reason|priority|(.+_)?(branch|revision))$")]
    private static partial Regex Standard();
}

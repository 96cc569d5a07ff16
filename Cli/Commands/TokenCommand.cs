using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir token create|list|revoke</c>.</summary>
internal static class TokenCommand
{
    public static Command Make() => new Verb("token", "Tokens: create, list, revoke", "weir token list") { Create(), List(), Revoke() };

    private static Verb Create()
    {
        var label = new Argument<string>("LABEL") { Description = "What it is for" };
        var scopes = new Option<string[]>("--scope") { Description = "A right it carries, any number of times: read, force, stop, sendchange, configure, admin (default: all rights of its user)", AllowMultipleArgumentsPerToken = true };
        scopes.CompletionSources.Add("read", "force", "stop", "sendchange", "configure", "admin");
        var days = new Option<int?>("--days") { Description = "After how many days it ends (default 90)" };
        var until = new Option<string?>("--until") { Description = "The day on which it ends, for example 2027-01-31", HelpName = "DATE" };
        var forUser = new Option<string?>("--for") { Description = "For another user; needs the right admin", HelpName = "USER" };
        var user = new Option<string?>("--user", "-u") { Description = "Who makes it (default: whoever is signed in); a token makes no tokens, so the password is asked for" };
        var fromInput = Passphrase.FromInput();
        return new Verb("create", "Make a token and print it, this once",
            "weir token create 'deploy script' --scope sendchange --days 30",
            "TOKEN=$(echo \"$PASSWORD\" | weir token create nightly --for robot --scope force --until 2027-01-31 --user admin --password-stdin)")
        { label, scopes, days, until, forUser, user, fromInput }.Does(async (given, client, cancellation) =>
        {
            var body = new JsonObject { ["label"] = given.GetValue(label) };
            if (Days(given.GetValue(days), given.GetValue(until)) is { } number)
                body["expires_in_days"] = number;
            if (given.GetValue(scopes) is { Length: > 0 } chosen)
                body["scopes"] = new JsonArray([.. chosen.SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(s => (JsonNode)s)]);
            if (given.GetValue(forUser) is { } other)
                body["user"] = other;
            var who = given.GetValue(user) ?? (client.IsIdentified ? Printed.Text((await client.Get("whoami", cancellation))["name"]) : "admin");
            client.UsePassword(who, await Passphrase.Read(given, fromInput, $"Password of {who}:", cancellation));
            var made = await client.Post("tokens", body, cancellation);
            var token = made["tokens"]![0]!;
            if (given.AsJson())
                Printed.Json(made);
            else if (!Terminal.IsOutput)
                Console.WriteLine(token["token"]!.GetValue<string>());
            else
            {
                Printed.Line($"Token {token["tokenid"]} of {token["user"]}, {(token["scopes"] is { } only ? "only for " + Printed.Text(only) : "with all rights of its user")}, until {Moments.Local(token["expires_at"])}. Its text is shown only now:");
                Console.WriteLine("\n  " + token["token"]!.GetValue<string>() + "\n");
            }
        });
    }

    private static Verb List()
    {
        var all = new Option<bool>("--all") { Description = "Also those that are over" };
        return new Verb("list", "List tokens: your own, for an admin those of all", "weir token list", "weir token list --all --json") { all }.Does(async (given, client, cancellation) =>
        {
            var answer = await client.Get("tokens?limit=1000" + (given.GetValue(all) ? "" : "&valid=true"), cancellation);
            foreach (var token in answer["tokens"]!.AsArray())
                token!.AsObject().Remove("token");
            ListCommands.Show(given, answer, "tokens", "No tokens.",
                new("id", t => Cell.Of(t["tokenid"])),
                new("user", t => new(Printed.Text(t["user"]), Tone.Bold)),
                new("label", t => Cell.Of(t["label"]), Shrinks: true),
                new("scopes", t => t["scopes"] is { } scopes ? Cell.Of(scopes) : new("all rights", Tone.Dim), Shrinks: true),
                new("state", t => t["revoked_at"] is not null ? new("revoked", Tone.Dim) : t["valid"]!.GetValue<bool>() ? new("valid", Tone.Good) : new("over", Tone.Dim)),
                new("ends", t => Cell.Ago(t["expires_at"])),
                new("last used", t => t["last_used_at"] is { } used ? Cell.Ago(used) : new("never", Tone.Dim, "")));
        });
    }

    private static Verb Revoke()
    {
        var ids = new Argument<long[]>("ID") { Description = "Numbers, as `weir token list` shows them", Arity = ArgumentArity.OneOrMore };
        return new Verb("revoke", "Take tokens back, at once and for good", "weir token revoke 17") { ids }.Does(async (given, client, cancellation) =>
        {
            foreach (var id in given.GetValue(ids)!)
            {
                await client.Send(HttpMethod.Delete, string.Create(CultureInfo.InvariantCulture, $"tokens/{id}"), null, cancellation);
                if (!given.AsJson())
                    Printed.Line($"Token {id} is revoked.");
            }
            if (given.AsJson())
                Printed.Json(new JsonObject { ["revoked"] = new JsonArray([.. given.GetValue(ids)!.Select(i => (JsonNode)i)]) });
        });
    }

    private static int? Days(int? days, string? until)
    {
        if (until is null)
            return days;
        if (days is not null)
            throw new CommandException(ExitCode.Usage, "--days and --until say the same; give one of them.");
        if (!DateTimeOffset.TryParseExact(until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var end))
            throw new CommandException(ExitCode.Usage, $"--until {until}: a date such as 2027-01-31 is expected.");
        var number = (int)Math.Ceiling((end - TimeProvider.System.GetUtcNow()).TotalDays);
        return number >= 1 ? number : throw new CommandException(ExitCode.Usage, $"--until {until}: that day is over.");
    }
}

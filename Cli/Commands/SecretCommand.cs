using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir secret set|list|remove</c>: the secrets that the store keeps.</summary>
internal static class SecretCommand
{
    public static Command Make() => new Verb("secret", "Secrets of the store: set, list, remove", "weir secret list") { Set(), List(), Remove() };

    private static Verb Set()
    {
        var name = new Argument<string>("NAME") { Description = "As ${{ secrets.NAME }} names it" };
        var builders = new Option<string[]>("--builder") { Description = "A builder that may use it, any number of times (with none, no project and no --all: those that could; of a new one all)", AllowMultipleArgumentsPerToken = true };
        var projects = new Option<string[]>("--project") { Description = "A project whose builders may use it, any number of times", AllowMultipleArgumentsPerToken = true };
        var all = new Option<bool>("--all") { Description = "All builders may use it" };
        var keep = new Option<bool>("--keep") { Description = "Keep its value, and change only who may use it" };
        var reason = Reasons.Option();
        return new Verb("set", "Write a secret into the store; its value is read from the input and never shown again", "weir secret set GITHUB_TOKEN < token.txt", "weir secret set DEPLOY_KEY --project gst < key", "weir secret set DEPLOY_KEY --keep --builder deploy") { name, builders, projects, all, keep, reason }.Does(async (given, client, cancellation) =>
        {
            var path = Path(given.GetValue(name)!);
            var isNamed = given.GetResult(builders) is not null || given.GetResult(projects) is not null;
            if (given.GetValue(all) && isNamed)
                throw new CommandException(ExitCode.Usage, "Either --all builders may use it, or those that --builder and --project name.");
            if (given.GetValue(keep) && !given.GetValue(all) && !isNamed)
                throw new CommandException(ExitCode.Usage, "--keep changes only who may use it: --builder, --project or --all is expected with it.");
            var body = Reasons.Body(given.GetValue(reason));
            if (!given.GetValue(keep))
                body["value"] = await Passphrase.Secret(cancellation);
            if (isNamed || given.GetValue(all))
                (body["builders"], body["projects"]) = (Names(given.GetValue(builders)), Names(given.GetValue(projects)));
            await client.Send(HttpMethod.Put, path, body, cancellation);
            Printed.Line($"The secret {given.GetValue(name)} is {(given.GetValue(keep) ? "for others now" : "set")}.");
        });
    }

    private static Verb List() => new Verb("list", "List the secrets of the store: names, who may use them and who has; never their values", "weir secret list").Does(async (given, client, cancellation) =>
        ListCommands.Show(given, await client.Get("secrets", cancellation), "secrets", "The store keeps no secrets.",
            new("secret", r => new(Printed.Text(r["name"]), Tone.Bold)),
            new("set", r => Cell.Ago(r["set_at"])),
            new("by", r => Cell.Of(r["set_by"])),
            new("for", r => new(string.Join(", ", r["builders"]!.AsArray().Select(b => Printed.Text(b)).Concat(r["projects"]!.AsArray().Select(p => $"project {Printed.Text(p)}"))) is { Length: > 0 } who ? who : "all builders")),
            new("used by", r => new(string.Join(", ", r["used_by"]!.AsArray().Select(u => Printed.Text(u)))), Shrinks: true)));

    private static Verb Remove()
    {
        var name = new Argument<string>("NAME") { Description = "Which" };
        var reason = Reasons.Option();
        return new Verb("remove", "Remove a secret from the store; builds that need it fail from then on, and say so", "weir secret remove GITHUB_TOKEN --reason 'not used any more'") { name, reason }.Does(async (given, client, cancellation) =>
        {
            var why = given.GetValue(reason) is { } text ? $"?reason={Uri.EscapeDataString(text)}" : "";
            await client.Send(HttpMethod.Delete, Path(given.GetValue(name)!) + why, null, cancellation);
            Printed.Line($"The secret {given.GetValue(name)} is removed.");
        });
    }

    private static JsonArray Names(string[]? names) => new([.. (names ?? []).Select(n => JsonValue.Create(n))]);

    private static string Path(string name) => name.Trim().Length > 0 ? $"secrets/{Uri.EscapeDataString(name)}" : throw new CommandException(ExitCode.Usage, "NAME: the name of a secret is expected.");
}

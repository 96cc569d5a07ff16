using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir secret set|list|remove</c>: the secrets that the store keeps.</summary>
internal static class SecretCommand
{
    public static Command Make() => new Verb("secret", "Secrets of the store: set, list, remove", "weir secret list") { Set(), List(), Remove() };

    private static Verb Set()
    {
        var name = new Argument<string>("NAME") { Description = "As ${{ secrets.NAME }} names it" };
        var builders = new Option<string[]>("--builder") { Description = "A builder that may use it, any number of times (with none, and no project: all)", AllowMultipleArgumentsPerToken = true };
        var projects = new Option<string[]>("--project") { Description = "A project whose builders may use it, any number of times", AllowMultipleArgumentsPerToken = true };
        var keep = new Option<bool>("--keep") { Description = "Keep its value, and change only who may use it" };
        var reason = Reasons.Option();
        return new Verb("set", "Write a secret into the store; its value is read from the input and never shown again", "weir secret set GITHUB_TOKEN < token.txt", "weir secret set DEPLOY_KEY --project gst < key", "weir secret set DEPLOY_KEY --keep --builder deploy") { name, builders, projects, keep, reason }.Does(async (given, client, cancellation) =>
        {
            var body = Reasons.Body(given.GetValue(reason));
            if (!given.GetValue(keep))
                body["value"] = await Passphrase.Secret(cancellation);
            body["builders"] = Names(given.GetValue(builders));
            body["projects"] = Names(given.GetValue(projects));
            await client.Send(HttpMethod.Put, Path(given.GetValue(name)!), body, cancellation);
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
        return new Verb("remove", "Remove a secret from the store; builds that need it fail from then on, and say so", "weir secret remove GITHUB_TOKEN") { name }.Does(async (given, client, cancellation) =>
        {
            await client.Send(HttpMethod.Delete, Path(given.GetValue(name)!), null, cancellation);
            Printed.Line($"The secret {given.GetValue(name)} is removed.");
        });
    }

    private static JsonArray Names(string[]? names) => new([.. (names ?? []).Select(n => JsonValue.Create(n))]);

    private static string Path(string name) => $"secrets/{Uri.EscapeDataString(name)}";
}

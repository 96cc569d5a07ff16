using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir user add|list|rights|password|disable|enable</c>.</summary>
internal static class UserCommand
{
    public static Command Make() => new Verb("user", "Accounts: add, list, rights, password, disable, enable", "weir user list")
    {
        Add(), List(), Rights(), Password(), Switch("disable", "Close an account: its sessions and tokens open nothing", "disabled"), Switch("enable", "Open a disabled account again", "enabled"),
    };

    private static Verb Add()
    {
        var name = NameArgument();
        var rights = RightsOption();
        var (fromInput, generate) = (Passphrase.FromInput(), Generate());
        return new Verb("add", "Make an account", "weir user add ada --right force --right stop", "weir user add robot --right sendchange --generate-password") { name, rights, fromInput, generate }.Does(async (given, client, cancellation) =>
        {
            var body = new JsonObject { ["name"] = given.GetValue(name), ["rights"] = Words(given.GetValue(rights)) };
            if (await Passphrase.New(given, fromInput, generate, given.GetValue(name)!, cancellation) is { } password)
                body["password"] = password;
            var made = await client.Post("users", body, cancellation);
            var user = made["users"]![0]!;
            Tell(given, made, $"{user["name"]} may now sign in; rights: {(user["rights"]!.AsArray().Count == 0 ? "reading only" : Printed.Text(user["rights"]))}.", user["password"]);
        });
    }

    private static Verb List() => new Verb("list", "List accounts", "weir user list").Does(async (given, client, cancellation) =>
        ListCommands.Show(given, await client.Get("users?limit=1000", cancellation), "users", "No accounts.",
            new("user", u => new(Printed.Text(u["name"]), Tone.Bold)),
            new("rights", u => u["rights"]!.AsArray().Count == 0 ? new("reading only", Tone.Dim, "") : Cell.Of(u["rights"]), Shrinks: true),
            new("state", u => u["disabled"]!.GetValue<bool>() ? new("disabled", Tone.Warning) : new("open", Tone.Good)),
            new("since", u => Cell.Ago(u["created_at"]))));

    private static Verb Rights()
    {
        var name = NameArgument();
        var rights = new Argument<string[]>("RIGHT") { Description = "force, stop, sendchange, configure, admin; none: reading only", Arity = ArgumentArity.ZeroOrMore };
        return new Verb("rights", "Set what an account may do; these replace those it has", "weir user rights ada force stop configure", "weir user rights ada") { name, rights }.Does(async (given, client, cancellation) =>
        {
            await Act(client, given.GetValue(name)!, "set_rights", new JsonObject { ["rights"] = Words(given.GetValue(rights)) }, cancellation);
            Tell(given, new JsonObject { ["name"] = given.GetValue(name), ["rights"] = Words(given.GetValue(rights)) }, $"Rights of {given.GetValue(name)}: {(given.GetValue(rights) is { Length: > 0 } words ? string.Join(", ", words) : "reading only")}. Its sessions were ended.", null);
        });
    }

    private static Verb Password()
    {
        var name = new Argument<string?>("NAME") { Description = "Whose (default: your own, which asks for the present one)", Arity = ArgumentArity.ZeroOrOne };
        var (fromInput, generate) = (Passphrase.FromInput(), Generate());
        return new Verb("password", "Change a password; sessions begun with the old one end, tokens stay", "weir user password", "weir user password ada --generate-password",
            "printf '%s\\n%s\\n' \"$OLD\" \"$NEW\" | weir user password --password-stdin")
        { name, fromInput, generate }.Does(async (given, client, cancellation) =>
        {
            if (given.GetValue(name) is { } of)
            {
                var password = await Passphrase.New(given, fromInput, generate, of, cancellation);
                var answer = await Act(client, of, "set_password", password is null ? [] : new JsonObject { ["password"] = password }, cancellation);
                Tell(given, new JsonObject { ["name"] = of, ["password"] = answer["result"]?["password"]?.DeepClone() }, $"{of} has a new password.", answer["result"]?["password"]);
                return;
            }
            if (given.GetValue(generate))
                throw new CommandException(ExitCode.Usage, "--generate-password needs a NAME: your own password you choose yourself.");
            var who = Printed.Text((await client.Get("whoami", cancellation))["name"]);
            var current = await Passphrase.Read(given, fromInput, $"Present password of {who}:", cancellation);
            await client.Send(HttpMethod.Put, "whoami/password", new JsonObject { ["current_password"] = current, ["password"] = await Passphrase.New(given, fromInput, generate, who, cancellation) }, cancellation);
            Tell(given, new JsonObject { ["name"] = who }, $"{who} has a new password.", null);
        });
    }

    private static Verb Switch(string method, string description, string done)
    {
        var name = NameArgument();
        var reason = Reasons.Option();
        return new Verb(method, description, $"weir user {method} ada --reason 'left the team'") { name, reason }.Does(async (given, client, cancellation) =>
        {
            await Act(client, given.GetValue(name)!, method, Reasons.Body(given.GetValue(reason)), cancellation);
            Tell(given, new JsonObject { ["name"] = given.GetValue(name), ["disabled"] = method == "disable" }, $"{given.GetValue(name)} is {done}.", null);
        });
    }

    private static Task<JsonObject> Act(RestClient client, string name, string method, JsonObject body, CancellationToken cancellation) =>
        client.Named("users", name, $"/actions/{method}", path => client.Post(path, body, cancellation), cancellation);

    private static void Tell(ParseResult given, JsonObject answer, string sentence, JsonNode? password)
    {
        if (given.AsJson())
            Printed.Json(answer);
        else if (!Terminal.IsOutput && password is not null)
            Console.WriteLine(password.GetValue<string>());
        else
        {
            Printed.Line(sentence);
            if (password is not null)
                Console.WriteLine($"\n  password  {password.GetValue<string>()}\n\nIt is shown only now.");
        }
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "The account" };

    private static Option<bool> Generate() => new("--generate-password") { Description = "Let the server make one, and print it" };

    private static Option<string[]> RightsOption()
    {
        var rights = new Option<string[]>("--right", "-r") { Description = "What it may do, any number of times: force, stop, sendchange, configure, admin", AllowMultipleArgumentsPerToken = true };
        rights.CompletionSources.Add("force", "stop", "sendchange", "configure", "admin");
        return rights;
    }

    private static JsonArray Words(string[]? words) => new([.. (words ?? []).SelectMany(w => w.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(w => (JsonNode)w)]);
}

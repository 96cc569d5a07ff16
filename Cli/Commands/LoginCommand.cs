using System.CommandLine;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir login</c>: asks for name and password once, and keeps a token; or keeps one that is given.</summary>
internal static class LoginCommand
{
    private static readonly Option<string> User = new("--user", "-u") { Description = "Who", DefaultValueFactory = _ => "admin" };
    private static readonly Option<bool> FromInput = Passphrase.FromInput();
    private static readonly Option<int> Days = new("--days") { Description = "After how many days the token ends", DefaultValueFactory = _ => 90 };

    public static Command Make() => new Verb("login", "Sign in: makes a token by name and password and keeps it, or keeps the one that --token or WEIR_TOKEN gives",
        "weir login --server http://ci.example.org:8010 --user ada",
        "pass show ci | weir login --user ada --password-stdin",
        "weir login --server http://ci.example.org:8010 --token weir_…")
    { User, FromInput, Days }.Does(Run);

    public static Command Logout() => new Verb("logout", "Take the kept token back at the server, and forget it here", "weir logout").Does(async (given, client, cancellation) =>
    {
        if (SavedSignIn.Read() is not { } saved)
        {
            Printed.Line("Nobody is signed in here.");
            return;
        }
        using var kept = new RestClient(ServerOptions.Address(saved.Server), saved.Token);
        try
        {
            if ((await kept.Get("whoami", cancellation))["tokenid"] is { } id)
                await kept.Send(HttpMethod.Delete, $"tokens/{id}", null, cancellation);
        }
        catch (CommandException e) when (e.ExitCode is ExitCode.Unreachable or ExitCode.Refused or ExitCode.NotFound)
        {
            // Forgotten here in any case; a token that no longer holds needs no taking back.
            if (e.ExitCode == ExitCode.Unreachable)
                Printed.Note($"weir: {e.Message} The token was forgotten here, but lives on there until its end; `weir token revoke` takes it back.");
        }
        SavedSignIn.Forget();
        Printed.Line($"Signed out of {saved.Server}.");
    });

    public static Command WhoAmI() => new Verb("whoami", "Show which server is meant, who asks it, and what that one may do", "weir whoami").Does(async (given, client, cancellation) =>
    {
        var answer = await client.Get("whoami", cancellation);
        answer["server"] = client.Server.ToString().TrimEnd('/');
        if (given.AsJson())
            Printed.Json(answer);
        else
            Printed.Facts(("server", Cell.Of(answer["server"])), ("user", new(Printed.Text(answer["name"]), Tone.Bold)), ("rights", Cell.Of(answer["rights"])), ("by token", Cell.Of(answer["tokenid"])));
    });

    private static async Task Run(ParseResult given, RestClient client, CancellationToken cancellation)
    {
        var address = client.Server.ToString().TrimEnd('/');
        if ((given.GetValue(ServerOptions.Token) ?? ServerOptions.Variable("WEIR_TOKEN")) is { } ready)
        {
            var who = await client.Get("whoami", cancellation);
            Tell(given, who, $"Signed in to {address} as {who["name"]} by the token that was given; it is kept in {new SavedSignIn(address, ready).Save()}.");
            return;
        }
        var user = given.GetValue(User)!;
        client.UsePassword(user, await Passphrase.Read(given, FromInput, $"Password of {user}:", cancellation));
        var made = await client.Post("tokens", new JsonObject { ["label"] = $"weir login on {Environment.MachineName}", ["expires_in_days"] = given.GetValue(Days) }, cancellation);
        var token = made["tokens"]![0]!;
        var file = new SavedSignIn(address, token["token"]!.GetValue<string>()).Save();
        // The text stays in the file; what is printed ends in logs.
        token.AsObject().Remove("token");
        Tell(given, made, $"Signed in to {address} as {user} until {Moments.Local(token["expires_at"])}; the token is kept in {file}.");
    }

    private static void Tell(ParseResult given, JsonObject answer, string sentence)
    {
        if (given.AsJson())
            Printed.Json(answer);
        else
            Printed.Line(sentence);
    }
}

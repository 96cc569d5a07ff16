using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary><c>weir login</c>: asks for name and password once, and keeps a token.</summary>
internal static class LoginCommand
{
    private static readonly Option<string> User = new("--user") { Description = "Who (default admin)", DefaultValueFactory = _ => "admin" };
    private static readonly Option<bool> FromInput = new("--password-stdin") { Description = "Read the password from standard input" };
    private static readonly Option<int> Days = new("--days") { Description = "After how many days the token ends", DefaultValueFactory = _ => 90 };

    public static Command Make()
    {
        var command = new Command("login", "Sign in: makes a token and keeps it") { User, FromInput, Days };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult given, CancellationToken cancellation)
    {
        using var client = given.Client();
        var user = given.GetValue(User)!;
        client.UsePassword(user, given.GetValue(FromInput) ? (await Console.In.ReadLineAsync(cancellation) ?? "") : Ask(user));
        var made = await client.Post("tokens", new JsonObject
        {
            ["label"] = $"weir login on {Environment.MachineName}",
            ["expires_in_days"] = given.GetValue(Days),
        }, cancellation);
        var token = made["tokens"]![0]!;
        var file = new SavedSignIn(client.Server.ToString().TrimEnd('/'), token["token"]!.GetValue<string>()).Save();
        Printed.Line(string.Create(CultureInfo.InvariantCulture, $"Signed in to {client.Server} as {user} until {Printed.Time(token["expires_at"])}; the token is kept in {file}."));
        return ExitCode.Done;
    }

    private static string Ask(string user) => Console.IsInputRedirected
        ? throw new CommandException(ExitCode.Usage, "There is no terminal to ask for the password; use --password-stdin.")
        : AnsiConsole.Prompt(new TextPrompt<string>($"Password of {Markup.Escape(user)}:").Secret(null).AllowEmpty());
}

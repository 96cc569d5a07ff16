using System.CommandLine;

namespace Weir.Cli.Connection;

/// <summary>Options of every command: which server, who, and how to print.</summary>
internal static class ServerOptions
{
    public static Option<string?> Server { get; } = new("--server") { Description = "The address of any master with pages (else WEIR_SERVER, else the one that `weir login` kept)", Recursive = true, HelpName = "URL" };

    public static Option<string?> Token { get; } = new("--token") { Description = "Who asks (else WEIR_TOKEN, else the token that `weir login` kept)", Recursive = true, HelpName = "TOKEN" };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print REST's own objects as JSON", Recursive = true };

    public static bool AsJson(this ParseResult command) => command.GetValue(Json);

    /// <summary>The server that the options, the environment or the saved sign-in name.</summary>
    public static RestClient Client(this ParseResult command)
    {
        var saved = SavedSignIn.Read();
        var server = Address(command.GetValue(Server) ?? Variable("WEIR_SERVER") ?? Variable("WEIR_URL") ?? saved?.Server ?? "http://127.0.0.1:8010");
        // A saved token belongs to the server it was made for, and is shown to no other.
        var token = command.GetValue(Token) ?? Variable("WEIR_TOKEN") ?? (saved is not null && Address(saved.Server) == server ? saved.Token : null);
        return new RestClient(server, token);
    }

    public static Uri Address(string server) =>
        Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandException(ExitCode.Usage, $"\"{server}\" is not an address that begins with http:// or https://.");

    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

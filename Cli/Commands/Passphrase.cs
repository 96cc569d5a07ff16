using System.CommandLine;
using System.Text;
using Spectre.Console;
using Weir.Cli.Connection;
using Weir.Cli.Output;

namespace Weir.Cli.Commands;

/// <summary>Passwords: asked for unseen at a terminal, read from standard input in a script, never taken from the command line, where everybody sees them.</summary>
internal static class Passphrase
{
    public static Option<bool> FromInput() => new("--password-stdin") { Description = "Read the password from standard input (one line)" };

    public static async Task<string> Read(ParseResult given, Option<bool> fromInput, string question, CancellationToken cancellation)
    {
        if (given.GetValue(fromInput))
            return await Console.In.ReadLineAsync(cancellation) ?? throw new CommandException(ExitCode.Usage, "Standard input holds no password.");
        return Terminal.CanAsk ? await Ask(question, cancellation) : throw new CommandException(ExitCode.Usage, "There is no terminal to ask for the password; use --password-stdin.");
    }

    /// <summary>A secret that may have many lines: all that standard input holds, or asked for unseen.</summary>
    public static async Task<string> Secret(CancellationToken cancellation)
    {
        var value = Console.IsInputRedirected ? await Text(cancellation) : Terminal.CanAsk ? await Ask("Value:", cancellation) : "";
        return value.Length > 0 ? value : throw new CommandException(ExitCode.Usage, "Standard input holds no value.");
    }

    // What is no text would be written down as another one.
    private static async Task<string> Text(CancellationToken cancellation)
    {
        try
        {
            using var reader = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw new CommandException(ExitCode.Usage, "Standard input holds bytes that are not UTF-8; a secret is a text. Encode it, as base64 does, and decode it where it is used.");
        }
    }

    /// <summary>A new one, asked for twice; null where none is given and the server is to make one.</summary>
    public static async Task<string?> New(ParseResult given, Option<bool> fromInput, Option<bool> generate, string of, CancellationToken cancellation)
    {
        if (given.GetValue(generate))
            return null;
        var first = await Read(given, fromInput, $"New password of {of}:", cancellation);
        if (!given.GetValue(fromInput) && await Ask("Once more:", cancellation) != first)
            throw new CommandException(ExitCode.Usage, "The two are not the same; nothing was changed.");
        return first;
    }

    private static Task<string> Ask(string question, CancellationToken cancellation) =>
        new TextPrompt<string>(Markup.Escape(question)).Secret(null).AllowEmpty().ShowAsync(Terminal.Errors, cancellation);
}

using System.CommandLine;
using System.CommandLine.Completions;
using System.Security.Cryptography;
using System.Text;
using Weir.Cli.Connection;

namespace Weir.Cli.Completion;

/// <summary>Names that the server knows (builders, schedulers, workers), for completion: kept for a minute, asked for with little patience, never an error.</summary>
internal static class Names
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>A source of completions: the names of a collection that begin as the word does.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> Of(string collection) => context =>
        Read(context.ParseResult, collection).Where(n => n.StartsWith(context.WordToComplete, StringComparison.Ordinal)).Select(n => new CompletionItem(n));

    private static string[] Read(ParseResult command, string collection)
    {
        try
        {
            using var client = command.Client();
            var file = File(client.Server, collection);
            var known = new FileInfo(file);
            if (known.Exists && TimeProvider.System.GetUtcNow() - known.LastWriteTimeUtc < Kept)
                return System.IO.File.ReadAllLines(file);
            // The interface of completion sources is synchronous; nothing else runs in this process.
            if (!Task.Run(() => Fetch(client, collection, file)).Wait(Patience))
                return known.Exists ? System.IO.File.ReadAllLines(file) : [];
            return System.IO.File.ReadAllLines(file);
        }
        catch (Exception e) when (e is CommandException or AggregateException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task Fetch(RestClient client, string collection, string file)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var names = (await client.Many($"{collection}?field=name&limit=1000", collection, limit.Token)).Select(n => n["name"]!.GetValue<string>()).Where(n => !n.Any(char.IsControl));
        PrivateFile.Write(file, string.Join('\n', names));
    }

    private static string File(Uri server, string collection) => Path.Combine(
        ServerOptions.Variable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "weir", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server.ToString())))[..16] + "-" + collection);
}

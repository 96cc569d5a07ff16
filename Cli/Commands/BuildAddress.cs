using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Completion;
using Weir.Cli.Connection;

namespace Weir.Cli.Commands;

/// <summary>A build as people name it: its number in the store (<c>17</c>), or builder and number (<c>lib-linux/3</c>), or the builder's last (<c>lib-linux</c>).</summary>
internal static class BuildAddress
{
    public static Argument<string> Argument()
    {
        var argument = new Argument<string>("BUILD") { Description = "An id (17), a builder's build (lib-linux/3), or a builder's last build (lib-linux)" };
        argument.CompletionSources.Add(Names.Of("builders"));
        return argument;
    }

    public static async Task<JsonObject> Find(RestClient client, string given, CancellationToken cancellation)
    {
        if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return await client.One($"builds/{id}", "builds", cancellation);
        var slash = given.LastIndexOf('/');
        // Builders may have slashes in their names; what ends in a number is a build.
        return slash > 0 && int.TryParse(given.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? await client.Named("builders", given[..slash], $"/builds/{number}", path => client.One(path, "builds", cancellation), cancellation)
            : await client.Named("builders", given, "/builds?limit=1", async path => (await client.Many(path, "builds", cancellation)).FirstOrDefault(), cancellation)
                ?? throw new CommandException(ExitCode.NotFound, $"{given} has not built anything yet.");
    }
}

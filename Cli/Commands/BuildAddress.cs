using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weir.Cli.Connection;

namespace Weir.Cli.Commands;

/// <summary>A build as people name it: its number in the store (<c>17</c>), or builder and number (<c>lib-linux/3</c>), or the builder's last (<c>lib-linux</c>).</summary>
internal static class BuildAddress
{
    public static Argument<string> Argument() => new("BUILD") { Description = "An id (17), a builder's build (lib-linux/3), or a builder's last build (lib-linux)" };

    public static async Task<JsonObject> Find(RestClient client, string given, CancellationToken cancellation)
    {
        if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return await client.One($"builds/{id}", "builds", cancellation);
        var slash = given.LastIndexOf('/');
        if (slash > 0 && int.TryParse(given.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return await client.One($"builders/{Uri.EscapeDataString(given[..slash])}/builds/{number}", "builds", cancellation);
        return (await client.Many($"builders/{Uri.EscapeDataString(given)}/builds?limit=1", "builds", cancellation)).FirstOrDefault()
            ?? throw new CommandException(ExitCode.Failed, $"{given} has not built anything yet.");
    }
}

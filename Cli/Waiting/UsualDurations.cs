using System.Text.Json.Nodes;
using Weir.Cli.Connection;

namespace Weir.Cli.Waiting;

/// <summary>How long builders usually take: the median of their last good builds, asked for once each.</summary>
internal sealed class UsualDurations(RestClient client)
{
    private const int Looked = 9;
    private readonly Dictionary<long, TimeSpan?> known = [];

    public TimeSpan? Of(JsonObject build) => known.GetValueOrDefault(build["builderid"]!.GetValue<long>());

    public async Task Learn(IEnumerable<JsonObject> builds, CancellationToken cancellation)
    {
        foreach (var builder in builds.Where(b => !b["complete"]!.GetValue<bool>()).Select(b => b["builderid"]!.GetValue<long>()).Distinct().Where(b => !known.ContainsKey(b)).ToArray())
        {
            var past = (await client.Many($"builds?builderid={builder}&results=0&limit={Looked}", "builds", cancellation))
                .Where(b => b["complete_at_ms"] is not null).Select(b => b["complete_at_ms"]!.GetValue<long>() - b["started_at_ms"]!.GetValue<long>()).Order().ToArray();
            known[builder] = past.Length == 0 ? null : TimeSpan.FromMilliseconds(past[past.Length / 2]);
        }
    }
}

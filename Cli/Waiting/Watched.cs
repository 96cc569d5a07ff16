using System.Text.Json.Nodes;
using Weir.Cli.Connection;

namespace Weir.Cli.Waiting;

/// <summary>What is waited for, and how it stands: closed.</summary>
internal abstract record Watched
{
    private Watched() { }

    /// <summary>How it stands now. Whether it is complete is asked before its builds: what a complete one wrote is there.</summary>
    public abstract Task<WatchState> Look(RestClient client, CancellationToken cancellation);

    /// <summary>What a person types to look after it, or to end it, once this command has left.</summary>
    public abstract string Later { get; }

    public sealed record Build(long Id) : Watched
    {
        public override string Later => $"`weir build {Id} --wait` waits for it again, `weir stop {Id}` ends it";

        public override async Task<WatchState> Look(RestClient client, CancellationToken cancellation)
        {
            var build = await client.One($"builds/{Id}", "builds", cancellation);
            return new(build, [build], []);
        }
    }

    public sealed record Request(long Id) : Watched
    {
        public override string Later => $"`weir builds` shows it, `weir cancel {Id}` ends it";

        public override async Task<WatchState> Look(RestClient client, CancellationToken cancellation)
        {
            var request = await client.One($"buildrequests/{Id}", "buildrequests", cancellation);
            var builds = await client.Many($"buildrequests/{Id}/builds?limit=100", "builds", cancellation);
            return new(request, builds, IsOpen(request) && !builds.Any(IsOpen) ? [request] : []);
        }
    }

    public sealed record Buildset(long Id) : Watched
    {
        public override string Later => $"`weir builds` shows them, `weir cancel --buildset {Id}` ends them";

        public override async Task<WatchState> Look(RestClient client, CancellationToken cancellation)
        {
            var set = await client.One($"buildsets/{Id}", "buildsets", cancellation);
            var builds = await client.Many($"builds?buildsetid={Id}&limit=1000", "builds", cancellation);
            var waiting = IsOpen(set) ? (await client.Many($"buildsets/{Id}/buildrequests", "buildrequests", cancellation)).Where(r => IsOpen(r) && !builds.Any(b => IsOpen(b) && b["buildrequestid"]!.GetValue<long>() == r["buildrequestid"]!.GetValue<long>())) : [];
            return new(set, builds, [.. waiting]);
        }
    }

    private static bool IsOpen(JsonObject thing) => !thing["complete"]!.GetValue<bool>();
}

/// <summary>How what is waited for stands.</summary>
/// <param name="Whole">The thing itself, as REST has it.</param>
/// <param name="Builds">Its builds, newest first.</param>
/// <param name="Waiting">Its requests that no build runs for.</param>
internal sealed record WatchState(JsonObject Whole, IReadOnlyList<JsonObject> Builds, IReadOnlyList<JsonObject> Waiting)
{
    public bool IsComplete => Whole["complete"]!.GetValue<bool>();

    public JsonNode? Results => Whole["results"];
}

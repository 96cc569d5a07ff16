using Weir.Shared.Protocol;
using Weir.Worker.Connection;

namespace Weir.Worker.Presence;

/// <summary>A command that runs here.</summary>
/// <param name="Command">Its number.</param>
/// <param name="Directory">The build's directory, which carries its builder's name.</param>
/// <param name="Since">Since when.</param>
internal sealed record OwnerBuild(long Command, string Directory, DateTimeOffset Since);

/// <summary>What a worker says to its owner of itself.</summary>
internal sealed record OwnerStatus
{
    public string Name { get; set; } = "";
    public string Version { get; set; } = "";
    public string Root { get; set; } = "";
    public int Process { get; init; }

    /// <summary>The master it is connected to; null: it looks for one.</summary>
    public string? Master { get; init; }
    public string? Address { get; init; }
    public DateTimeOffset? ConnectedSince { get; init; }

    /// <summary>Why it is not connected.</summary>
    public string? Trouble { get; init; }
    public Absence? Away { get; init; }
    public bool Stopping { get; init; }
    public IReadOnlyList<OwnerBuild> Builds { get; set; } = [];

    /// <summary>Directories that builds share.</summary>
    public IReadOnlyList<SharedDirectoryState> Shared { get; set; } = [];

    /// <summary>Where the local page is, with the token that opens it.</summary>
    public string? Page { get; init; }

    /// <summary>The state in a word or two.</summary>
    public string State => Stopping ? "stopping" : Away is not null ? "away" : Master is null ? "looking for a master" : Builds.Count > 0 ? "building" : "idle";
}

/// <summary>Collects what the owner may want to know of the running agent.</summary>
internal sealed class OwnerView(string name, string root, OwnerPresence presence, Departure departure, HeldCommands held, SharedWatch shared, Func<long, DateTimeOffset> begun, RecentLines log)
{
    private volatile Standing _standing = new(null, null, null, "It has just begun.");

    private sealed record Standing(string? Master, string? Address, DateTimeOffset? Since, string? Trouble);

    public OwnerPresence Presence => presence;
    public Departure Departure => departure;
    public RecentLines Log => log;

    /// <summary>Where the local page is.</summary>
    public string? Page { get; set; }

    public void Connected(string master, Uri address, DateTimeOffset since) => _standing = new(master, address.ToString(), since, null);

    public void Disconnected(string why) => _standing = new(null, null, null, why);

    public OwnerStatus Status
    {
        get
        {
            var standing = _standing;
            OwnerBuild[] builds;
            lock (held.Gate)
                builds = [.. held.All.Where(h => !h.Ended && !h.Waiting && h.Lost is null).OrderBy(h => h.Id).Select(h => new OwnerBuild(h.Id, h.Order.Spec.Directory, begun(h.Id)))];
            return new()
            {
                Name = name,
                Version = Program.Version,
                Root = root,
                Process = Environment.ProcessId,
                Master = standing.Master,
                Address = standing.Address,
                ConnectedSince = standing.Since,
                Trouble = standing.Trouble,
                Away = presence.Now,
                Stopping = departure.IsAsked,
                Builds = builds,
                Shared = shared.Directories,
                Page = Page,
            };
        }
    }
}

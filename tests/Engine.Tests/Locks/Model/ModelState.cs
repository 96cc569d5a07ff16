using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Weir.Engine.Tests.Locks.Model;

internal enum ModelPhase
{
    /// <summary>Its step waits for locks.</summary>
    Asks,
    Runs,

    /// <summary>Its step waits for the builds it has set off.</summary>
    Waits,

    /// <summary>It waits for a slot on its worker again.</summary>
    Returns,
}

/// <param name="Lock">The lock.</param>
/// <param name="Units">How many units.</param>
/// <param name="Exclusive">All of it.</param>
/// <param name="Until">The last step for which it is held.</param>
/// <param name="Held">It has it.</param>
/// <param name="Through">The builds through which it has it, the nearest first.</param>
internal sealed record ModelClaim(string Lock, int Units, bool Exclusive, int? Until, bool Held, ImmutableList<int> Through)
{
    public ImmutableList<string> Labels { get; init; } = [];

    /// <summary>Which of a pool it has.</summary>
    public ImmutableList<string> Names { get; init; } = [];
}

/// <param name="Id">Its number.</param>
/// <param name="Builder">Its builder.</param>
/// <param name="Parent">The build that waits for it.</param>
/// <param name="Came">When it came; 0: at the beginning.</param>
internal sealed record ModelRequest(int Id, string Builder, int? Parent, int Came = 0);

/// <summary>An open build: of which revision its plan is, where it stands, what it holds or asks for, and as which of all it came to its line.</summary>
internal sealed record ModelBuild(int Id, string Builder, int Revision, int? Parent, string Worker, int Step, ModelPhase Phase, ImmutableList<ModelClaim> Claims, int Asked);

/// <summary>What an engine has decided and not done yet; it may be old.</summary>
/// <param name="Id">The request that starts, or the build that gets something.</param>
/// <param name="Worker">Where it starts; null: it is a build, and gets its locks.</param>
/// <param name="IsSlot">The build gets its slot.</param>
internal sealed record ModelIntent(int Id, string? Worker, bool IsSlot = false);

/// <summary>One state of a small system; equal states have equal keys, whatever way led to them.</summary>
internal sealed record ModelState
{
    public int Revision { get; init; }
    public ImmutableList<ModelRequest> Coming { get; init; } = [];
    public ImmutableSortedDictionary<int, ModelRequest> Requests { get; init; } = ImmutableSortedDictionary<int, ModelRequest>.Empty;
    public ImmutableSortedDictionary<int, ModelBuild> Builds { get; init; } = ImmutableSortedDictionary<int, ModelBuild>.Empty;

    /// <summary>Since when each builder's first request stands in a line.</summary>
    public ImmutableSortedDictionary<string, int> Places { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The worker that has each shared directory; one that is not there is nowhere yet.</summary>
    public ImmutableSortedDictionary<string, string> Homes { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The decision of the other engine, made in an earlier state.</summary>
    public ImmutableList<ModelIntent> Intents { get; init; } = [];
    public string? Gone { get; init; }
    public int GoesLeft { get; init; }
    public int CrashesLeft { get; init; }
    public bool HasRevisionToCome { get; init; }

    public int Now => Times.DefaultIfEmpty(0).Max() + 1;
    private IEnumerable<int> Times => Builds.Values.Select(b => b.Asked).Concat(Places.Values).Concat(Requests.Values.Select(r => r.Came)).Where(t => t > 0);
    public bool IsOver => Coming.Count + Requests.Count + Builds.Count == 0;

    /// <summary>Times count only by their order: the smallest numbers that keep it.</summary>
    public ModelState Normal()
    {
        var times = Times.Distinct().Order().Index().ToDictionary(t => t.Item, t => t.Index + 1);
        return this with
        {
            Builds = Builds.ToImmutableSortedDictionary(b => b.Key, b => b.Value.Asked == 0 ? b.Value : b.Value with { Asked = times[b.Value.Asked] }),
            Requests = Requests.ToImmutableSortedDictionary(r => r.Key, r => r.Value.Came == 0 ? r.Value : r.Value with { Came = times[r.Value.Came] }),
            Places = Places.ToImmutableSortedDictionary(p => p.Key, p => times[p.Value]),
        };
    }

    public string Key()
    {
        var key = new StringBuilder();
        key.Append(CultureInfo.InvariantCulture, $"{Revision}{(HasRevisionToCome ? "+" : "")}{Gone}.{GoesLeft}.{CrashesLeft}|");
        foreach (var request in Coming)
            key.Append(CultureInfo.InvariantCulture, $"{request.Id},");
        key.Append('|');
        foreach (var request in Requests.Values)
            key.Append(CultureInfo.InvariantCulture, $"{request.Id}{request.Builder}{request.Parent}~{request.Came},");
        foreach (var b in Builds.Values)
        {
            key.Append(CultureInfo.InvariantCulture, $"|{b.Id}{b.Builder}{b.Revision}^{b.Parent}@{b.Worker}:{b.Step}{b.Phase}?{b.Asked}");
            foreach (var claim in b.Claims)
                key.Append(CultureInfo.InvariantCulture, $" {claim.Lock}{claim.Units}{(claim.Exclusive ? "x" : "")}{claim.Until}{(claim.Held ? "!" : "")}{string.Join('+', claim.Names)}");
        }
        key.Append('|');
        foreach (var (builder, since) in Places)
            key.Append(CultureInfo.InvariantCulture, $"{builder}{since},");
        key.Append('|');
        foreach (var (directory, home) in Homes)
            key.Append(CultureInfo.InvariantCulture, $"{directory}@{home},");
        key.Append('|');
        foreach (var intent in Intents)
            key.Append(CultureInfo.InvariantCulture, $"{intent.Id}{intent.Worker}{(intent.IsSlot ? "s" : "")},");
        return key.ToString();
    }

    public override string ToString()
    {
        var builds = Builds.Values.Select(b => $"build {b.Id} of {b.Builder} on {b.Worker} in step {b.Step} {b.Phase}{(b.Claims.Count == 0 ? "" : $" ({string.Join(", ", b.Claims.Select(c => $"{(c.Held ? "holds" : "wants")} {(c.Exclusive ? "all" : c.Units)} of {c.Lock}"))})")}");
        return string.Join("; ", builds.Concat(Requests.Values.Select(r => $"request {r.Id} of {r.Builder} waits")).Concat(Coming.Select(r => $"request {r.Id} of {r.Builder} is to come")));
    }
}

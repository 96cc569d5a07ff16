using System.Text.Json.Serialization;

namespace Weir.Worker.Keeper;

/// <summary>What the agent may ask of the keeper: one JSON object per line. A keeper outlives the agent's upgrade, so members are only ever added.</summary>
internal sealed record KeeperOrder
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required KeeperVerb Do { get; init; }
    public long Command { get; init; }
    public long Position { get; init; }
    public string? Reason { get; init; }

    /// <summary>With a start: the values of the secrets that the order names. They are in no file.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }
}

/// <summary>The verbs of an order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KeeperVerb>))]
internal enum KeeperVerb
{
    /// <summary>Run the accepted command; nothing happens if it has begun before.</summary>
    Start,

    /// <summary>End it, for a reason that its log shall tell.</summary>
    Interrupt,

    /// <summary>End it at once: nobody wants its result.</summary>
    Forget,

    /// <summary>The engine has stored its file up to the position.</summary>
    Acknowledged,

    /// <summary>Leave, unless something runs.</summary>
    Retire,
}

/// <summary>What the keeper tells the agent: one JSON object per line. The first is about the keeper, the last of the beginning says <see cref="Ready"/>.</summary>
internal sealed record KeeperNews
{
    /// <summary>The keeper's identity, made when it started.</summary>
    public Guid? Keeper { get; init; }
    public string? Build { get; init; }

    /// <summary>What the keeper can do, see <see cref="Shared.Protocol.WorkerAbilities"/>.</summary>
    public IReadOnlyList<string>? Abilities { get; init; }
    public int Process { get; init; }

    /// <summary>All running commands have been named.</summary>
    public bool Ready { get; init; }

    /// <summary>The news are about this command: its file has this length …</summary>
    public long? Command { get; init; }
    public long Length { get; init; }

    /// <summary>… and is complete.</summary>
    public bool Ended { get; init; }

    /// <summary>The keeper had to give it up without an end in its file; why.</summary>
    public string? GivenUp { get; init; }
}

/// <summary>What goes over the keeper's socket.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(KeeperOrder))]
[JsonSerializable(typeof(KeeperNews))]
internal sealed partial class KeeperJson : JsonSerializerContext;

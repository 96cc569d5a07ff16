using System.Text.Json.Serialization;

namespace Weir.Worker.Presence;

/// <summary>What <c>weir-worker stop</c>, <c>away</c> and so on ask of the agent that works in a directory: one JSON object per line. The two may be of different releases, so members are only ever added.</summary>
internal sealed record OwnerOrder
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required OwnerVerb Do { get; init; }

    /// <summary>Of <see cref="OwnerVerb.Away"/>.</summary>
    public Absence? Away { get; init; }

    /// <summary>How many lines of the log.</summary>
    public int Lines { get; init; }
}

/// <summary>The verbs of an order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OwnerVerb>))]
internal enum OwnerVerb
{
    /// <summary>Take nothing new, finish, go.</summary>
    Finish,

    /// <summary>Go at once; what runs goes on in the keeper.</summary>
    Go,

    /// <summary>Say how things are.</summary>
    Status,

    /// <summary>Take nothing new until the owner is back; what runs goes on.</summary>
    Away,

    /// <summary>Take builds again.</summary>
    Back,

    /// <summary>Show the end of the log.</summary>
    Logs,
}

/// <summary>The answer: it will be obeyed. The end of the connection is the end of the agent.</summary>
/// <param name="Running">How many commands run.</param>
internal sealed record OwnerNews(int Running)
{
    public OwnerStatus? Status { get; init; }

    /// <summary>Why the order was not obeyed; null: it was.</summary>
    public string? Trouble { get; init; }
    public IReadOnlyList<string>? Lines { get; init; }
}

/// <summary>What goes over the agent's socket, and what is kept of it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OwnerOrder))]
[JsonSerializable(typeof(OwnerNews))]
[JsonSerializable(typeof(Absence))]
internal sealed partial class OwnerJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Weir.Worker.Presence;

/// <summary>What <c>weir-worker stop</c> asks of the agent that works in a directory: one JSON object per line. The two may be of different releases, so members are only ever added.</summary>
internal sealed record OwnerOrder
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required OwnerVerb Do { get; init; }
}

/// <summary>The verbs of an order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OwnerVerb>))]
internal enum OwnerVerb
{
    /// <summary>Take nothing new, finish, go.</summary>
    Finish,

    /// <summary>Go at once; what runs goes on in the keeper.</summary>
    Go,
}

/// <summary>The answer: it will be obeyed. The end of the connection is the end of the agent.</summary>
/// <param name="Running">How many commands run.</param>
internal sealed record OwnerNews(int Running);

/// <summary>What goes over the agent's socket.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OwnerOrder))]
[JsonSerializable(typeof(OwnerNews))]
internal sealed partial class OwnerJson : JsonSerializerContext;

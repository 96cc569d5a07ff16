using System.Text.Json;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>A revision as the store has it.</summary>
internal sealed record RevisionRow
{
    /// <summary>The columns of a list, without texts.</summary>
    public const string Brief = "id, hash, parent_id, author, created_at, reason, state, problems::text AS problems, summary, held_because, idle_builders, deadline, at_deadline";
    public const string Whole = Brief + ", parts::text AS parts, difference";

    public required long Id { get; init; }
    public required string Hash { get; init; }
    public long? ParentId { get; init; }
    public required string Author { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Reason { get; init; }
    public required string State { get; init; }
    public required string Problems { get; init; }
    public string? Parts { get; init; }
    public string? Difference { get; init; }
    public string? Summary { get; init; }
    public string? HeldBecause { get; init; }
    public string[]? IdleBuilders { get; init; }
    public DateTimeOffset? Deadline { get; init; }
    public string? AtDeadline { get; init; }

    public RevisionRecord ToRecord() => new()
    {
        Id = Id,
        Hash = Hash,
        ParentId = ParentId,
        Author = Author,
        CreatedAt = CreatedAt,
        Reason = Reason,
        State = Enum.Parse<RevisionState>(State),
        Problems = JsonSerializer.Deserialize<ConfigurationProblem[]>(Problems, ConfigurationJson.Options) ?? [],
        Parts = Parts is null ? [] : ReadParts(Parts),
        Difference = Difference,
        Summary = Summary,
        HeldBecause = HeldBecause,
        Idle = IdleBuilders is { } builders && Enum.Parse<RevisionState>(State) is RevisionState.WaitingForIdle or RevisionState.HeldBack
            ? new(builders, Deadline, AtDeadline is null ? default : Enum.Parse<AtDeadline>(AtDeadline)) : null,
    };

    public static IReadOnlyList<ConfigurationPart> ReadParts(string json) => JsonSerializer.Deserialize<ConfigurationPart[]>(json, ConfigurationJson.Options) ?? [];
}

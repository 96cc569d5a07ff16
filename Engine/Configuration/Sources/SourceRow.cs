using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>A source of the configuration as the store has it.</summary>
internal sealed record SourceRow
{
    public const string Columns = "name, origin, number, parts::text AS parts, taken_at, place, commit_id, given, pending::text AS pending, pending_commit, pending_author, problems::text AS problems, broken_since, trouble, looked_at";

    public string Name { get; init; } = "";
    public string Origin { get; init; } = "";
    public long Number { get; init; }
    public string Parts { get; init; } = "[]";
    public DateTimeOffset? TakenAt { get; init; }
    public string? Place { get; init; }
    public string? CommitId { get; init; }
    public string? Given { get; init; }
    public string? Pending { get; init; }
    public string? PendingCommit { get; init; }
    public string? PendingAuthor { get; init; }
    public string Problems { get; init; } = "[]";
    public DateTimeOffset? BrokenSince { get; init; }
    public string? Trouble { get; init; }
    public DateTimeOffset? LookedAt { get; init; }

    public PartOrigin OriginKind => Enum.Parse<PartOrigin>(Origin);

    /// <summary>What it offers once more together with what others offer; null: its newest content is good.</summary>
    public Offer? Waiting() => Pending is null ? null : new(Name, OriginKind, Read(Pending)) { Commit = PendingCommit, Author = PendingAuthor, Place = Place, Given = Given };

    public IReadOnlyList<ConfigurationPart> Good() => Read(Parts);

    private static ConfigurationPart[] Read(string json) => ConfigurationJson.Read<ConfigurationPart[]>(json);
}

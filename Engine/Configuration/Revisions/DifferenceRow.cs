using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>A row of <c>config_differences</c>, alone or with the revision that it belongs to.</summary>
internal sealed record DifferenceRow
{
    public const string Columns = "d.kind, d.section, d.name, d.former_name, d.settings::text AS settings";

    public string Kind { get; init; } = "";
    public string Section { get; init; } = "";
    public string Name { get; init; } = "";
    public string? FormerName { get; init; }
    public string Settings { get; init; } = "[]";
    public long RevisionId { get; init; }
    public string Author { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public string Reason { get; init; } = "";

    public ConfigurationDifference ToRecord() => new(Enum.Parse<DifferenceKind>(Kind), Section, Name, FormerName, ConfigurationJson.Read<SettingDifference[]>(Settings));

    public ThingRevision ToRevision() => new(RevisionId, Author, CreatedAt, Reason, ToRecord());
}

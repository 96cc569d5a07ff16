using System.Text.Json;
using Weir.Engine.Storage;
using Weir.Shared.Changes;

namespace Weir.Engine.Changes;

/// <summary>Rows of <c>changes</c> and <c>sourcestamps</c> as the records of Shared want them.</summary>
internal static class ChangeRows
{
    /// <summary>Append a condition on <c>c</c>.</summary>
    public const string Select = """
        SELECT c.id, c.author, c.committer, c.codebase, c.project, c.repository, c.branch, c.revision, c.category, c.comments, c.files, c.files_cut, c.properties::text AS properties,
            c.revision_link, c.when_at, c.received_at, c.parent_ids
        FROM changes c
        """;

    /// <summary>Append a condition on <c>t</c>.</summary>
    public const string SelectStamps = "SELECT t.id, t.codebase, t.project, t.repository, t.branch, t.revision, t.created_at FROM sourcestamps t";

    /// <summary>The changes of these ids, oldest first.</summary>
    public static async Task<IReadOnlyList<ChangeRecord>> Read(StoreTransaction unit, IReadOnlyCollection<long> ids)
    {
        const string sql = $"{Select} WHERE c.id = ANY(@ids) ORDER BY c.id";
        return ids.Count == 0 ? [] : [.. (await unit.Query<ChangeRow>(sql, new { ids = ids.ToArray() })).Select(r => r.ToRecord())];
    }
}

/// <summary>One row of <see cref="ChangeRows.Select"/>.</summary>
internal sealed record ChangeRow
{
    public long Id { get; init; }
    public string Author { get; init; } = "";
    public string? Committer { get; init; }
    public string? Codebase { get; init; }
    public string? Project { get; init; }
    public string? Repository { get; init; }
    public string? Branch { get; init; }
    public string? Revision { get; init; }
    public string? Category { get; init; }
    public string Comments { get; init; } = "";
    public string[] Files { get; init; } = [];
    public bool FilesCut { get; init; }
    public string Properties { get; init; } = "{}";
    public string? RevisionLink { get; init; }
    public DateTimeOffset WhenAt { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public long[] ParentIds { get; init; } = [];

    public ChangeRecord ToRecord() => new()
    {
        Id = Id,
        Author = Author,
        Committer = Committer,
        Codebase = Codebase,
        Project = Project,
        Repository = Repository,
        Branch = Branch,
        Revision = Revision,
        Category = Category,
        Comments = Comments,
        Files = Files,
        FilesCut = FilesCut,
        Properties = ReadProperties(),
        RevisionLink = RevisionLink,
        When = WhenAt,
        ReceivedAt = ReceivedAt,
        ParentIds = ParentIds,
    };

    private PropertyPair[] ReadProperties()
    {
        if (Properties == "{}")
            return [];
        using var json = JsonDocument.Parse(Properties);
        return [.. json.RootElement.EnumerateObject().Select(p => new PropertyPair(p.Name, p.Value.GetRawText()))];
    }
}

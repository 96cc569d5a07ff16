using System.Text.Json;
using Weir.Engine.Storage;
using Weir.Shared.Changes;

namespace Weir.Engine.Changes;

/// <summary>A change as it is read from the store.</summary>
public sealed record ChangeRow
{
    /// <summary>The columns of a change, for a query whose alias of <c>changes</c> is <c>c</c>.</summary>
    public const string Columns = """
        c.id, c.author, c.committer, c.codebase, c.project, c.repository, c.branch, c.revision, c.category, c.comments, c.files, c.files_cut,
        c.properties::text AS properties, c.revision_link, c.when_at, c.received_at, c.parent_ids
        """;

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
        Properties = ReadProperties(Properties),
        RevisionLink = RevisionLink,
        When = WhenAt,
        ReceivedAt = ReceivedAt,
        ParentIds = ParentIds,
    };

    /// <summary>The changes of these ids, oldest first.</summary>
    public static async Task<IReadOnlyList<ChangeRecord>> Read(StoreTransaction unit, IReadOnlyCollection<long> ids)
    {
        const string sql = $"SELECT {Columns} FROM changes c WHERE c.id = ANY(@ids) ORDER BY c.id";
        return ids.Count == 0 ? [] : [.. (await unit.Query<ChangeRow>(sql, new { ids = ids.ToArray() })).Select(r => r.ToRecord())];
    }

    private static IReadOnlyList<PropertyPair> ReadProperties(string json)
    {
        if (json == "{}")
            return [];
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateObject().Select(p => new PropertyPair(p.Name, p.Value.GetRawText()))];
    }
}

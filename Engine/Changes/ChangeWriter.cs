using System.Text.Json;
using Weir.Engine.Changes.Parts;
using Weir.Engine.Storage;
using Weir.Shared.Changes;
using Weir.Shared.Events;

namespace Weir.Engine.Changes;

/// <summary>Stores changes in the caller's transaction, each with its row for classification (invariant 11).</summary>
internal static class ChangeWriter
{
    /// <summary>A change's id, and whether it was new.</summary>
    public sealed record Written(long Id, bool IsNew);

    /// <summary>In the order given; one whose key is known is passed over.</summary>
    public static async Task<IReadOnlyList<Written>> Add(StoreTransaction unit, IReadOnlyList<NewChange> changes)
    {
        var written = new List<Written>(changes.Count);
        foreach (var change in changes)
            written.Add(await AddOne(unit, change));
        var made = written.Where(w => w.IsNew).Select(w => w.Id).ToArray();
        if (made.Length == 0)
            return written;
        await unit.Execute("INSERT INTO change_work (change_id) SELECT unnest(@made)", new { made });
        foreach (var id in made)
            unit.Add(new WeirEvent { Kind = EventKind.ChangeAdded, ChangeId = id });
        unit.Wake(WakeTopic.Changes);
        await PartStore.Hurry(unit, changes.Select(c => c.Repository).OfType<string>());
        return written;
    }

    private static async Task<Written> AddOne(StoreTransaction unit, NewChange change)
    {
        // A parent may be known on several branches: the one on this change's own branch is preferred, then the newest.
        var id = await unit.QuerySingle<long?>("""
            INSERT INTO changes (key, author, committer, codebase, project, repository, branch, revision, category, comments, files, files_cut, properties, revision_link,
                                 when_at, received_at, parent_ids)
            VALUES (@key, @author, @committer, @codebase, @project, @repository, @branch, @revision, @category, @comments, @files, @filesCut, @properties::jsonb, @link,
                    COALESCE(@when, weir_now()), weir_now(),
                    ARRAY(SELECT p.id FROM unnest(@parents) WITH ORDINALITY AS r (revision, n)
                          CROSS JOIN LATERAL (SELECT c.id FROM changes c WHERE c.revision = r.revision AND c.codebase IS NOT DISTINCT FROM @codebase
                                              ORDER BY (c.branch IS NOT DISTINCT FROM @branch) DESC, c.id DESC LIMIT 1) p
                          ORDER BY r.n))
            ON CONFLICT (key) DO NOTHING RETURNING id
            """, new
        {
            key = ChangeText.FitOrNull(change.Key, 1024),
            author = ChangeText.FitOrNull(change.Author, ChangeText.MaxShort * 4) ?? "unknown",
            committer = ChangeText.FitOrNull(change.Committer, ChangeText.MaxShort * 4),
            codebase = ChangeText.FitOrNull(change.Codebase, ChangeText.MaxShort),
            project = ChangeText.FitOrNull(change.Project, ChangeText.MaxShort),
            repository = ChangeText.FitOrNull(change.Repository, ChangeText.MaxLink),
            branch = ChangeText.FitOrNull(change.Branch, ChangeText.MaxShort),
            revision = ChangeText.FitOrNull(change.Revision, ChangeText.MaxShort),
            category = ChangeText.FitOrNull(change.Category, ChangeText.MaxShort),
            comments = ChangeText.Fit(change.Comments, ChangeText.MaxComments),
            files = change.Files.Take(ChangeText.MaxFiles).Select(f => ChangeText.Fit(f, ChangeText.MaxPath)).ToArray(),
            filesCut = change.FilesCut || change.Files.Count > ChangeText.MaxFiles,
            properties = Properties(change),
            link = ChangeText.FitOrNull(change.RevisionLink, ChangeText.MaxLink),
            when = change.When,
            parents = change.ParentRevisions.ToArray(),
        });
        return id is { } made
            ? new(made, true)
            : new(await unit.QuerySingle<long>("SELECT id FROM changes WHERE key = @key", new { key = ChangeText.FitOrNull(change.Key, 1024) }), false);
    }

    private static string Properties(NewChange change)
    {
        if (change.Properties.Count == 0)
            return "{}";
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in change.Properties)
            {
                writer.WritePropertyName(ChangeText.Clean(name));
                Write(writer, value);
            }
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    // Copies a value; texts that jsonb cannot hold are made fit on the way.
    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                writer.WriteStringValue(ChangeText.Clean(value.GetString()!));
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(ChangeText.Clean(member.Name));
                    Write(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}

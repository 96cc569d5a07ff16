using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Listing;
using Weir.Shared;
using Weir.Shared.Changes;

namespace Weir.Engine.Changes;

/// <summary>Lists changes for scripts, by any of their fields, in bounded work.</summary>
internal sealed class ChangeLists(Database database, TimeProvider time) : IChangeLists
{
    private static readonly ListTable<ChangeRow> Table = new()
    {
        Name = "changes",
        Select = ChangeRows.Select,
        Alias = "c",
        Key = "changeid",
        KeyOf = c => c.Id,
        Columns = new Dictionary<string, ListColumn>
        {
            ["changeid"] = new("$.id", ListKind.Number, ListIndex.Order),
            ["author"] = new("$.author", ListKind.Text),
            ["committer"] = new("$.committer", ListKind.Text),
            ["branch"] = new("$.branch", ListKind.Text),
            ["revision"] = new("$.revision", ListKind.Text, ListIndex.Equality),
            ["project"] = new("coalesce($.project, '')", ListKind.Text),
            ["repository"] = new("coalesce($.repository, '')", ListKind.Text),
            ["codebase"] = new("$.codebase", ListKind.Text, ListIndex.Equality),
            ["category"] = new("$.category", ListKind.Text),
            ["comments"] = new("$.comments", ListKind.Text),
            ["files"] = new("$.files", ListKind.Texts),
            ["revlink"] = new("$.revision_link", ListKind.Text),
            ["when_timestamp"] = new("$.when_at", ListKind.Seconds),
            ["when_timestamp_ms"] = new("$.when_at", ListKind.Milliseconds),
            ["received_at"] = new("$.received_at", ListKind.Seconds, ListIndex.Order),
            ["received_at_ms"] = new("$.received_at", ListKind.Milliseconds, ListIndex.Order),
            ["buildid"] = ListColumn.Condition("$.id = ANY(ARRAY(SELECT k.change_id FROM builds b CROSS JOIN LATERAL weir_changes_of(b.request_id) AS k (change_id) WHERE b.id = ANY({0})))"),
            ["buildsetid"] = ListColumn.Condition("$.id = ANY(ARRAY(SELECT k.change_id FROM buildset_changes k WHERE k.buildset_id = ANY({0})))"),
            ["ssid"] = ListColumn.Condition("""
                $.id = ANY(ARRAY(
                    SELECT x.id FROM sourcestamps t JOIN changes x ON x.revision = t.revision AND coalesce(x.codebase, '') = t.codebase AND x.branch IS NOT DISTINCT FROM t.branch
                    WHERE t.id = ANY({0})))
                """),
        },
        Places = new Dictionary<string, Func<ChangeRow, long?>>
        {
            ["received_at"] = c => ListTable<ChangeRow>.Micros(c.ReceivedAt),
            ["received_at_ms"] = c => ListTable<ChangeRow>.Micros(c.ReceivedAt),
        },
    };

    public async Task<ListAnswer<ListedChange>> Changes(ListQuery query, CancellationToken cancellation)
    {
        switch (await database.List(Table, query, time, cancellation))
        {
            case ListAnswer<ChangeRow>.Rows rows:
                var stamps = await Stamps(rows.Items, cancellation);
                return new ListAnswer<ListedChange>.Rows([.. rows.Items.Select(c => new ListedChange(c.ToRecord(), stamps.GetValueOrDefault((c.Codebase ?? "", c.Branch, c.Revision))))], rows.Next, rows.Total);
            case ListAnswer<ChangeRow>.Refused refused:
                return new ListAnswer<ListedChange>.Refused(refused.Problems);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    // The stamp that was made first for the same revision; later ones say the same.
    private async Task<Dictionary<(string Codebase, string? Branch, string? Revision), SourceStampRecord>> Stamps(IReadOnlyList<ChangeRow> changes, CancellationToken cancellation)
    {
        var revisions = changes.Select(c => c.Revision).OfType<string>().Distinct().ToArray();
        if (revisions.Length == 0)
            return [];
        var found = await database.Query<SourceStampRecord>($"""
            {ChangeRows.SelectStamps}
            WHERE t.id IN (SELECT min(x.id) FROM sourcestamps x WHERE x.revision = ANY(@revisions) GROUP BY x.codebase, x.branch, x.revision)
            """, new { revisions }, cancellation);
        return found.ToDictionary(t => (t.Codebase, t.Branch, t.Revision));
    }
}

/// <summary>Registers the lists of changes.</summary>
public static class ChangeListsRegistration
{
    public static IServiceCollection AddChangeLists(this IServiceCollection services) => services.AddSingleton<IChangeLists, ChangeLists>();
}

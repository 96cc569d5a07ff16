using Weir.Engine.Changes;
using Weir.Engine.Storage.Listing;
using Weir.Shared.Changes;
using Weir.Shared.Queue;

namespace Weir.Engine.Queue;

/// <summary>Requests, buildsets and source stamps as lists: what can be asked of them, and what the indexes answer.</summary>
internal static class QueueTables
{
    // Of the first source stamp, as lists show it.
    private const string Stamp = "(SELECT t.{0} FROM buildset_sourcestamps k JOIN sourcestamps t ON t.id = k.sourcestamp_id WHERE k.buildset_id = $.buildset_id ORDER BY k.sourcestamp_id LIMIT 1)";

    public static ListTable<RequestRow> Requests { get; } = new()
    {
        Name = "requests",
        Select = RequestRows.Select,
        Alias = "r",
        Key = "buildrequestid",
        KeyOf = r => r.Id,
        Columns = new Dictionary<string, ListColumn>
        {
            ["buildrequestid"] = new("$.id", ListKind.Number, ListIndex.Order),
            ["buildsetid"] = new("$.buildset_id", ListKind.Number, ListIndex.Equality),
            ["builderid"] = new("$.builder_id", ListKind.Number, ListIndex.Equality),
            ["buildername"] = ListColumn.NameOf("builders", "name", "builder_id"),
            ["priority"] = new("$.priority", ListKind.Number),
            ["claimed"] = ListColumn.Flag("$.claimed_at IS NOT NULL", "$.claimed_at IS NULL"),
            ["claimed_at"] = new("$.claimed_at", ListKind.Seconds),
            ["claimed_at_ms"] = new("$.claimed_at", ListKind.Milliseconds),
            ["claimed_by_masterid"] = new("$.claimed_by", ListKind.Number),
            ["complete"] = ListColumn.Flag("$.completed_at IS NOT NULL", "$.completed_at IS NULL", ListIndex.Equality),
            ["complete_at"] = new("$.completed_at", ListKind.Seconds),
            ["complete_at_ms"] = new("$.completed_at", ListKind.Milliseconds),
            ["results"] = new("$.results", ListKind.Number),
            ["superseded_by"] = new("(CASE WHEN $.results = 6 THEN $.superseded_by END)", ListKind.Number),
            ["submitted_at"] = new("$.submitted_at", ListKind.Seconds, ListIndex.Order),
            ["submitted_at_ms"] = new("$.submitted_at", ListKind.Milliseconds, ListIndex.Order),
            ["waited_for"] = ListColumn.Flag("$.waited_for", "NOT $.waited_for"),
            ["reason"] = new("(SELECT s.reason FROM buildsets s WHERE s.id = $.buildset_id)", ListKind.Text),
            ["branch"] = new(string.Format(System.Globalization.CultureInfo.InvariantCulture, Stamp, "branch"), ListKind.Text),
            ["revision"] = new(string.Format(System.Globalization.CultureInfo.InvariantCulture, Stamp, "revision"), ListKind.Text),
        },
        Places = new Dictionary<string, Func<RequestRow, long?>>
        {
            ["submitted_at"] = r => ListTable<RequestRow>.Micros(r.SubmittedAt),
            ["submitted_at_ms"] = r => ListTable<RequestRow>.Micros(r.SubmittedAt),
        },
    };

    public static ListTable<ListedBuildset> Buildsets { get; } = new()
    {
        Name = "buildsets",
        Select = """
            SELECT s.id, s.reason, s.scheduler, s.external_id, s.submitted_at, s.completed_at, s.results, s.parent_build_id, s.parent_relationship, s.rebuilt_build_id, s.config_revision_id AS config_revision, s.fail_fast
            FROM buildsets s
            """,
        Alias = "s",
        Key = "bsid",
        KeyOf = s => s.Id,
        Columns = new Dictionary<string, ListColumn>
        {
            ["bsid"] = new("$.id", ListKind.Number, ListIndex.Order),
            ["external_idstring"] = new("$.external_id", ListKind.Text, ListIndex.Equality),
            ["reason"] = new("$.reason", ListKind.Text),
            ["submitted_at"] = new("$.submitted_at", ListKind.Seconds, ListIndex.Order),
            ["submitted_at_ms"] = new("$.submitted_at", ListKind.Milliseconds, ListIndex.Order),
            ["complete"] = ListColumn.Flag("$.completed_at IS NOT NULL", "$.completed_at IS NULL", ListIndex.Equality),
            ["complete_at"] = new("$.completed_at", ListKind.Seconds),
            ["complete_at_ms"] = new("$.completed_at", ListKind.Milliseconds),
            ["results"] = new("$.results", ListKind.Number),
            ["parent_buildid"] = new("$.parent_build_id", ListKind.Number, ListIndex.Equality),
            ["parent_relationship"] = new("$.parent_relationship", ListKind.Text),
            ["rebuilt_buildid"] = new("$.rebuilt_build_id", ListKind.Number),
            ["scheduler"] = new("$.scheduler", ListKind.Text),
            ["config_revision"] = new("$.config_revision_id", ListKind.Number),
            ["fail_fast"] = ListColumn.Flag("$.fail_fast", "NOT $.fail_fast"),
            ["changeid"] = ListColumn.Condition("$.id = ANY(ARRAY(SELECT k.buildset_id FROM buildset_changes k WHERE k.change_id = ANY({0})))"),
        },
        Places = new Dictionary<string, Func<ListedBuildset, long?>>
        {
            ["submitted_at"] = s => ListTable<ListedBuildset>.Micros(s.SubmittedAt),
            ["submitted_at_ms"] = s => ListTable<ListedBuildset>.Micros(s.SubmittedAt),
        },
    };

    public static ListTable<SourceStampRecord> SourceStamps { get; } = new()
    {
        Name = "sourcestamps",
        Select = ChangeRows.SelectStamps,
        Alias = "t",
        Key = "ssid",
        KeyOf = t => t.Id,
        Columns = new Dictionary<string, ListColumn>
        {
            ["ssid"] = new("$.id", ListKind.Number, ListIndex.Order),
            ["codebase"] = new("$.codebase", ListKind.Text),
            ["project"] = new("coalesce($.project, '')", ListKind.Text),
            ["repository"] = new("coalesce($.repository, '')", ListKind.Text),
            ["branch"] = new("$.branch", ListKind.Text),
            ["revision"] = new("$.revision", ListKind.Text, ListIndex.Equality),
            ["created_at"] = new("$.created_at", ListKind.Seconds),
            ["created_at_ms"] = new("$.created_at", ListKind.Milliseconds),
            ["buildsetid"] = ListColumn.Condition("$.id = ANY(ARRAY(SELECT k.sourcestamp_id FROM buildset_sourcestamps k WHERE k.buildset_id = ANY({0})))"),
        },
    };
}

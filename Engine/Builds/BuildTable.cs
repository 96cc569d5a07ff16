using Weir.Engine.Storage.Listing;
using Weir.Shared;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Builds as a list: what can be asked of them, and what the indexes answer.</summary>
internal static class BuildTable
{
    private const string Select = """
        SELECT b.id, b.number, b.builder_id, of.name AS builder_name, b.request_id, b.buildset_id, b.worker_id, w.name AS worker_name, b.master_id, b.started_at, b.completed_at, b.results,
            b.state_text, s.reason, b.branch, b.revision, b.config_revision_id AS config_revision, b.attempt, b.locks_seconds, o.epoch AS owner_epoch
        FROM builds b
        JOIN builders of ON of.id = b.builder_id
        JOIN workers w ON w.id = b.worker_id
        JOIN buildsets s ON s.id = b.buildset_id
        LEFT JOIN build_owners o ON o.build_id = b.id
        """;

    private static readonly Dictionary<string, ListColumn> Columns = new()
    {
        ["buildid"] = new("$.id", ListKind.Number, ListIndex.Order),
        ["number"] = new("$.number", ListKind.Number),
        ["builderid"] = new("$.builder_id", ListKind.Number, ListIndex.Equality),
        ["buildername"] = ListColumn.NameOf("builders", "name", "builder_id"),
        ["buildrequestid"] = new("$.request_id", ListKind.Number, ListIndex.Equality),
        ["buildsetid"] = new("$.buildset_id", ListKind.Number, ListIndex.Equality),
        ["workerid"] = new("$.worker_id", ListKind.Number, ListIndex.Equality),
        ["workername"] = ListColumn.NameOf("workers", "name", "worker_id"),
        ["masterid"] = new("$.master_id", ListKind.Number),
        ["started_at"] = new("$.started_at", ListKind.Seconds, ListIndex.Order),
        ["started_at_ms"] = new("$.started_at", ListKind.Milliseconds, ListIndex.Order),
        ["complete"] = ListColumn.Flag("$.completed_at IS NOT NULL", "$.completed_at IS NULL", ListIndex.Equality),
        ["complete_at"] = new("$.completed_at", ListKind.Seconds, ListIndex.Order),
        ["complete_at_ms"] = new("$.completed_at", ListKind.Milliseconds, ListIndex.Order),
        ["results"] = new("$.results", ListKind.Number, ListIndex.Equality),
        ["state_string"] = new("$.state_text", ListKind.Text),
        ["reason"] = new("(SELECT s.reason FROM buildsets s WHERE s.id = $.buildset_id)", ListKind.Text),
        ["branch"] = new("$.branch", ListKind.Text),
        ["revision"] = new("$.revision", ListKind.Text),
        ["config_revision"] = new("$.config_revision_id", ListKind.Number),
        ["attempt"] = new("$.attempt", ListKind.Number),
        ["changeid"] = ListColumn.Condition("$.buildset_id = ANY(ARRAY(SELECT k.buildset_id FROM buildset_changes k WHERE k.change_id = ANY({0})))"),
        ["parent_buildid"] = ListColumn.Condition("$.buildset_id = ANY(ARRAY(SELECT k.id FROM buildsets k WHERE k.parent_build_id = ANY({0})))"),
    };

    private static readonly ListTable<ListedBuild> All = new()
    {
        Name = "builds",
        Select = Select,
        Alias = "b",
        Key = "buildid",
        KeyOf = b => b.Id,
        Columns = Columns,
        Places = new Dictionary<string, Func<ListedBuild, long?>>
        {
            ["number"] = b => b.Number,
            ["started_at"] = b => ListTable<ListedBuild>.Micros(b.StartedAt),
            ["started_at_ms"] = b => ListTable<ListedBuild>.Micros(b.StartedAt),
            ["complete_at"] = b => ListTable<ListedBuild>.Micros(b.CompletedAt),
            ["complete_at_ms"] = b => ListTable<ListedBuild>.Micros(b.CompletedAt),
        },
    };

    // Within a builder numbers rise with ids, and there is an index on them.
    private static readonly ListTable<ListedBuild> OfOneBuilder = All with
    {
        Columns = new Dictionary<string, ListColumn>(Columns) { ["number"] = new("$.number", ListKind.Number, ListIndex.Order) },
        KeyOrder = "$.number",
    };

    public static ListTable<ListedBuild> For(ListQuery query) =>
        query.Filters.Any(f => f is { Field: "builderid", Comparison: FieldComparison.Equal, Values.Count: 1 }) && !query.Filters.Any(f => f is { Field: "buildid", Comparison: FieldComparison.Equal }) ? OfOneBuilder : All;
}

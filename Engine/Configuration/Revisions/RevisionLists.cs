using Weir.Engine.Storage;
using Weir.Engine.Storage.Listing;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Lists revisions for scripts, by any of their fields, in bounded work.</summary>
internal sealed class RevisionLists(Database database, TimeProvider time) : IRevisionLists
{
    private static readonly ListTable<RevisionRow> Table = new()
    {
        Name = "config_revisions",
        Select = $"SELECT {RevisionRow.Brief} FROM config_revisions r",
        Alias = "r",
        Key = "revisionid",
        KeyOf = r => r.Id,
        Columns = new Dictionary<string, ListColumn>
        {
            ["revisionid"] = new("$.id", ListKind.Number, ListIndex.Order),
            ["hash"] = new("$.hash", ListKind.Text),
            ["parentid"] = new("$.parent_id", ListKind.Number),
            ["author"] = new("$.author", ListKind.Text),
            ["created_at"] = new("$.created_at", ListKind.Seconds),
            ["created_at_ms"] = new("$.created_at", ListKind.Milliseconds),
            ["reason"] = new("$.reason", ListKind.Text),
            ["state"] = new($"(CASE $.state WHEN '{nameof(RevisionState.InForce)}' THEN 'in_force' WHEN '{nameof(RevisionState.HeldBack)}' THEN 'held_back' WHEN '{nameof(RevisionState.WaitingForIdle)}' THEN 'waiting_for_idle' ELSE lower($.state) END)", ListKind.Text),
            ["summary"] = new("coalesce($.summary, '')", ListKind.Text),
        },
    };

    public async Task<ListAnswer<RevisionRecord>> Revisions(ListQuery query, CancellationToken cancellation) => await database.List(Table, query, time, cancellation) switch
    {
        ListAnswer<RevisionRow>.Rows rows => new ListAnswer<RevisionRecord>.Rows([.. rows.Items.Select(r => r.ToRecord())], rows.Next, rows.Total),
        ListAnswer<RevisionRow>.Refused refused => new ListAnswer<RevisionRecord>.Refused(refused.Problems),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

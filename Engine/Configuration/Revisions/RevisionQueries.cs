using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Reads revisions from the store.</summary>
internal sealed class RevisionQueries(Database database) : IConfigurationQueries
{
    private const int MostAtOnce = 200;

    public async Task<RevisionRecord?> InForce(CancellationToken cancellation) =>
        (await database.QuerySingle<RevisionRow>($"SELECT {RevisionRow.Whole} FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)", null, cancellation))?.ToRecord();

    // A refused attempt that was taken back has become Superseded, without ever having had a model.
    public async Task<RevisionRecord?> Newest(CancellationToken cancellation) =>
        (await database.QuerySingle<RevisionRow>($"""
            SELECT {RevisionRow.Whole} FROM config_revisions
            WHERE NOT (state = '{nameof(RevisionState.Superseded)}' AND model IS NULL) ORDER BY id DESC LIMIT 1
            """, null, cancellation))?.ToRecord();

    public async Task<Page<RevisionRecord>> List(long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, MostAtOnce);
        var rows = await database.Query<RevisionRow>($"""
            SELECT {RevisionRow.Brief} FROM config_revisions WHERE id < @before ORDER BY id DESC LIMIT @take
            """, new { before = before ?? long.MaxValue, take = limit + 1 }, cancellation);
        return new([.. rows.Take(limit).Select(r => r.ToRecord())], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public async Task<RevisionRecord?> Find(long id, CancellationToken cancellation) =>
        (await database.QuerySingle<RevisionRow>($"SELECT {RevisionRow.Whole} FROM config_revisions WHERE id = @id", new { id }, cancellation))?.ToRecord();
}

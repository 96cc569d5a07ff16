using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Reads revisions from the store.</summary>
internal sealed class RevisionQueries(Database database) : IConfigurationQueries
{
    private const int MostAtOnce = 200;
    private const int MostThings = 5000;

    public async Task<RevisionRecord?> InForce(CancellationToken cancellation) =>
        (await database.QuerySingle<RevisionRow>($"SELECT {RevisionRow.Whole} FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)", null, cancellation))?.ToRecord();

    public Task<long?> InForceId(CancellationToken cancellation) => database.QuerySingle<long?>("SELECT revision_id FROM config_in_force", null, cancellation);

    // A refused attempt that was taken back has become Superseded, without ever having had a model.
    public async Task<RevisionRecord?> Newest(CancellationToken cancellation) =>
        (await database.QuerySingle<RevisionRow>($"""
            SELECT {RevisionRow.Whole} FROM config_revisions
            WHERE NOT (state = '{nameof(RevisionState.Superseded)}' AND model IS NULL) ORDER BY id DESC LIMIT 1
            """, null, cancellation))?.ToRecord();

    public async Task<RevisionRecord?> ToCome(CancellationToken cancellation) =>
        await database.QuerySingle<RevisionRow>($"SELECT {RevisionRow.Brief} FROM config_revisions WHERE {RevisionToCome.Is}", null, cancellation) is { } row
            ? await WithRunning(row.ToRecord(), (sql, values) => database.Query<RunningBuild>(sql, values, cancellation)) : null;

    public async Task<Page<RevisionRecord>> List(long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, MostAtOnce);
        var rows = await database.Query<RevisionRow>($"""
            SELECT {RevisionRow.Brief} FROM config_revisions WHERE id < @before ORDER BY id DESC LIMIT @take
            """, new { before = before ?? long.MaxValue, take = limit + 1 }, cancellation);
        return new([.. rows.Take(limit).Select(r => r.ToRecord())], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public Task<RevisionRecord?> Find(long id, CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var (row, things) = await snapshot.Batch($"""
            SELECT {RevisionRow.Whole} FROM config_revisions WHERE id = @id;
            SELECT {DifferenceRow.Columns} FROM config_differences d WHERE d.revision_id = @id ORDER BY d.place LIMIT @MostThings;
            """, new { id, MostThings }, async results => (await results.First<RevisionRow>(), await results.List<DifferenceRow>()));
        if (row is null)
            return null;
        var record = await WithRunning(row.ToRecord(), (sql, values) => snapshot.Query<RunningBuild>(sql, values));
        if (record.Summary is not null)
            return record with { Things = [.. things.Select(t => t.ToRecord())] };
        // Of a revision that is older than these rows both models are there to be compared.
        var models = await Models(snapshot, record.ParentId ?? 0, id);
        return models.To is { } model ? record with { Things = ModelDifference.Between(models.From ?? new(), model) } : record;
    }, cancellation);

    public async Task<RevisionComparison?> Compare(long from, long to, CancellationToken cancellation)
    {
        var (rows, models) = await database.Snapshot(async snapshot =>
        {
            var both = await snapshot.Query<RevisionRow>($"SELECT {RevisionRow.Whole} FROM config_revisions WHERE id IN (@from, @to)", new { from, to });
            return (both.ToDictionary(r => r.Id, r => r.ToRecord()), await Models(snapshot, from, to));
        }, cancellation);
        if (models is not { From: { } old, To: { } current })
            return null;
        return await Task.Run(() => new RevisionComparison(rows[from], rows[to], ModelDifference.Between(old, current), Difference.Between(rows[from].Parts, rows[to].Parts)), cancellation);
    }

    public async Task<IReadOnlyList<ThingRevision>> Of(string section, string name, int limit, CancellationToken cancellation)
    {
        var rows = await database.Query<DifferenceRow>($"""
            SELECT {DifferenceRow.Columns}, r.id AS revision_id, r.author, r.created_at, r.reason
            FROM (
                SELECT revision_id, place FROM config_differences WHERE section = @section AND name = @name
                UNION
                SELECT revision_id, place FROM config_differences WHERE section = @section AND former_name = @name
                ORDER BY revision_id DESC LIMIT @limit) AS k
            JOIN config_differences d ON d.revision_id = k.revision_id AND d.place = k.place
            JOIN config_revisions r ON r.id = k.revision_id
            ORDER BY r.id DESC, d.place
            """, new { section, name, limit = Math.Clamp(limit, 1, MostAtOnce) }, cancellation);
        return [.. rows.Select(r => r.ToRevision())];
    }

    private static async Task<RevisionRecord> WithRunning(RevisionRecord record, Func<string, object, Task<IReadOnlyList<RunningBuild>>> query) => record.Idle is not { } idle ? record : record with
    {
        Idle = idle with
        {
            Running = await query("""
                SELECT b.id, n.name AS builder, b.number FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders n ON n.id = b.builder_id
                WHERE cardinality(@builders::text[]) = 0 OR n.name = ANY(@builders) ORDER BY b.id LIMIT 20
                """, new { builders = idle.Builders.ToArray() }),
        },
    };

    private static async Task<(WeirConfiguration? From, WeirConfiguration? To)> Models(StoreSnapshot snapshot, long from, long to)
    {
        var models = (await snapshot.Query<ModelRow>("SELECT id, model::text AS model FROM config_revisions WHERE id IN (@from, @to) AND model IS NOT NULL", new { from, to }))
            .ToDictionary(m => m.Id, m => ConfigurationJson.Read<WeirConfiguration>(m.Model));
        return (models.GetValueOrDefault(from), models.GetValueOrDefault(to));
    }

    private sealed record ModelRow(long Id, string Model);
}

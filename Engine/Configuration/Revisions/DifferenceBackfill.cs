using System.Globalization;
using System.Text.Json;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Backfills;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>Works out for revisions of before step 8 of the schema what each changed, thing by thing, so that the page of a builder finds the revisions in which it changed, however old.</summary>
internal sealed class DifferenceBackfill : IBackfill
{
    private const int Batch = 10;

    private sealed record Row
    {
        public long Id { get; init; }
        public long? ParentId { get; init; }
        public bool Lacks { get; init; }
        public string Parts { get; init; } = "[]";
        public string Model { get; init; } = "";
        public string? OldParts { get; init; }
        public string? OldModel { get; init; }
    }

    public string Name => "differences of old revisions";

    public async Task<BackfillStep> Next(StoreTransaction unit, string? place)
    {
        var rows = await unit.Query<Row>("""
            SELECT r.id, r.parent_id, r.summary IS NULL AND NOT EXISTS (SELECT FROM config_differences d WHERE d.revision_id = r.id) AS lacks,
                r.parts::text AS parts, r.model::text AS model, p.parts::text AS old_parts, p.model::text AS old_model
            FROM config_revisions r LEFT JOIN config_revisions p ON p.id = r.parent_id
            WHERE r.id > @after AND r.model IS NOT NULL ORDER BY r.id LIMIT @Batch
            """, new { after = place is null ? 0 : long.Parse(place, CultureInfo.InvariantCulture), Batch });
        foreach (var row in rows.Where(r => r.Lacks))
        {
            if (Between(row) is not { } difference)
                continue;
            await difference.Write(unit, row.Id);
            await unit.Execute("UPDATE config_revisions SET summary = @Summary WHERE id = @Id", new { difference.Summary, row.Id });
        }
        return new(rows.Count == 0 ? place : rows[^1].Id.ToString(CultureInfo.InvariantCulture), rows.Count, rows.Count < Batch);
    }

    // A model that this version cannot read any more has no differences to show either.
    private static RevisionDifference? Between(Row row)
    {
        try
        {
            return RevisionDifference.Between(
                row.OldParts is null || row.OldModel is null ? null : (RevisionRow.ReadParts(row.OldParts), ConfigurationJson.Read<WeirConfiguration>(row.OldModel)),
                (RevisionRow.ReadParts(row.Parts), ConfigurationJson.Read<WeirConfiguration>(row.Model)));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

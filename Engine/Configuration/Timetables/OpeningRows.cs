using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Configuration.Timetables;

/// <summary>
/// Writes workers' windows with the stretch that is open now, or comes next. Rows whose windows are the same as before are left as they are: what is due there is still to be done. The caller
/// stands behind the whole gate, or the worker cannot be connected yet.
/// </summary>
internal static class OpeningRows
{
    public static async Task Write(StoreTransaction unit, IReadOnlyList<(string Name, AvailabilityConfiguration? Availability)> workers)
    {
        var now = await unit.QuerySingle<DateTimeOffset>("SELECT weir_now()");
        // Many workers of one pattern have one rule.
        var columns = new Dictionary<AvailabilityConfiguration, OpeningColumns>(ReferenceEqualityComparer.Instance);
        var rows = new List<object>();
        foreach (var (name, rule) in workers)
        {
            if (rule is null || !columns.TryGetValue(rule, out var at))
                at = OpeningColumns.Of(rule, now);
            if (rule is not null)
                columns[rule] = at;
            rows.Add(new { name, availability = at.Availability, opens_at = at.OpensAt, closes_at = at.ClosesAt, changes_at = at.ChangesAt, longest_open = at.LongestOpen });
        }
        var changed = await unit.Query<long>("""
            UPDATE workers w SET availability = r.availability::jsonb, opens_at = r.opens_at, closes_at = r.closes_at, changes_at = least(r.changes_at, CASE WHEN w.quarantined_until > weir_now() THEN w.quarantined_until END),
                longest_open = make_interval(secs => r.longest_open)
            FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, availability text, opens_at timestamptz, closes_at timestamptz, changes_at timestamptz, longest_open double precision)
            WHERE w.name = r.name AND w.availability IS DISTINCT FROM r.availability::jsonb
            RETURNING w.id
            """, new { rows = ConfigurationJson.Write(rows) });
        foreach (var worker in changed)
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = worker });
        if (changed.Count > 0)
            unit.Wake(WakeTopic.Workers);
    }
}

namespace Weir.Engine.Storage;

/// <summary>What must hold between the rows of a store, and how many break it.</summary>
/// <param name="Name">The rule, as a sentence that is true of a sound store.</param>
/// <param name="Broken">How many rows break it.</param>
/// <param name="Examples">Some of them, as words and numbers.</param>
public sealed record StoreRule(string Name, long Broken, IReadOnlyList<string> Examples);

/// <summary>Looks whether the store is sound: the rules that every transaction of Weir keeps. Read-only, of one moment, safe beside running masters.</summary>
public sealed class StoreCheck(Database database)
{
    private const int MostExamples = 5;

    private sealed record Row(string What, long Total);

    // Each statement answers one row for each thing that breaks the rule.
    private static readonly (string Name, string Broken)[] Rules =
    [
        ("An open build has an owner.", "SELECT 'build ' || b.id FROM builds b WHERE b.completed_at IS NULL AND NOT EXISTS (SELECT FROM build_owners o WHERE o.build_id = b.id)"),
        ("An owner has an open build.", "SELECT 'build ' || o.build_id FROM build_owners o JOIN builds b ON b.id = o.build_id WHERE b.completed_at IS NOT NULL"),
        ("An open request waits in the queue or is being built.", """
            SELECT 'request ' || r.id FROM requests r WHERE r.completed_at IS NULL AND NOT EXISTS (SELECT FROM open_requests q WHERE q.request_id = r.id)
                AND NOT EXISTS (SELECT FROM builds b WHERE b.request_id = r.id AND b.completed_at IS NULL)
            """),
        ("What waits in the queue is an open request.", "SELECT 'request ' || q.request_id FROM open_requests q JOIN requests r ON r.id = q.request_id WHERE r.completed_at IS NOT NULL"),
        ("A buildset is open exactly as long as one of its requests is.", """
            SELECT 'buildset ' || s.id FROM buildsets s WHERE s.completed_at IS NULL AND NOT EXISTS (SELECT FROM requests r WHERE r.buildset_id = s.id AND r.completed_at IS NULL)
            UNION ALL
            SELECT 'buildset ' || s.id FROM requests r JOIN buildsets s ON s.id = r.buildset_id WHERE r.completed_at IS NULL AND s.completed_at IS NOT NULL
            """),
        ("No command is left of a build that has ended.", "SELECT 'command ' || c.id || ' of build ' || c.build_id FROM commands c JOIN builds b ON b.id = c.build_id WHERE b.completed_at IS NOT NULL"),
        ("A revision in force is the one that the store names.", """
            SELECT 'revision ' || r.id FROM config_revisions r WHERE r.state = 'InForce' AND r.id IS DISTINCT FROM (SELECT revision_id FROM config_in_force)
            """),
        ("A builder's counter is at least the number of its last build.", "SELECT 'builder ' || b.name FROM builders b WHERE b.last_number < (SELECT max(number) FROM builds WHERE builder_id = b.id)"),
        ("The newest complete logs have the lines they claim.", """
            SELECT 'log ' || l.id FROM (SELECT * FROM logs WHERE completed_at IS NOT NULL ORDER BY id DESC LIMIT 500) l
            WHERE l.expires_on > (weir_now() AT TIME ZONE 'UTC')::date
                AND l.line_count <> (SELECT coalesce(sum(c.line_count), 0) FROM log_chunks c WHERE c.expires_on = l.expires_on AND c.log_id = l.id)
            """),
    ];

    public Task<IReadOnlyList<StoreRule>> Run(CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var results = new List<StoreRule>();
        foreach (var (name, broken) in Rules)
        {
            var rows = await snapshot.Query<Row>($"SELECT broken.what, count(*) OVER () AS total FROM ({broken}) AS broken (what) LIMIT @MostExamples", new { MostExamples });
            results.Add(new(name, rows.Count == 0 ? 0 : rows[0].Total, [.. rows.Select(r => r.What)]));
        }
        return (IReadOnlyList<StoreRule>)results;
    }, cancellation);
}

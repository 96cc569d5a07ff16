using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Configuration.Texts;
using Weir.Engine.Configuration.Things;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers.Impacts;

/// <summary>Reads what is open, and asks the planner what a configuration would do to it.</summary>
internal sealed class ImpactQueries(Database database, RevisionActions revisions, IConfigurationQueries queries) : IImpactQueries
{
    private sealed record BuildRow(string Builder, long Revision, long Builds);

    private sealed record HomeRow(string Directory, long Worker, string Name, bool Configured);

    private sealed record CountRow(string Name, long Count);

    private sealed record GivenRow
    {
        public string Builder { get; init; } = "";
        public string[] Properties { get; init; } = [];
        public long Requests { get; init; }
    }

    private sealed record UsualRow
    {
        public string Name { get; init; } = "";
        public TimeSpan? Usual { get; init; }
    }

    private sealed record TimerRow
    {
        public string Name { get; init; } = "";
        public DateTimeOffset? DueAt { get; init; }
        public DateTimeOffset? LastFiredAt { get; init; }
        public bool Enabled { get; init; }
    }

    public async Task<ImpactAnswer> Of(IReadOnlyList<ConfigurationPart> parts, ApplyTerms terms, CancellationToken cancellation) => (await Of(s => s.LookedAt(parts), terms, cancellation))!;

    public async Task<ImpactAnswer?> OfRevision(long id, ApplyTerms terms, CancellationToken cancellation) =>
        await queries.Find(id, cancellation) is { State: not RevisionState.Refused, Problems.Count: 0 } revision ? await Of(s => s.AsIn(revision.Parts), terms, cancellation) : null;

    public Task<ImpactAnswer?> Of(ThingEdit edit, CancellationToken cancellation) => Of(new ThingDraft(edit).Make, edit.Terms, cancellation);

    public Task<ImpactAnswer?> Of(TextEdit edit, CancellationToken cancellation) => Of(new TextDraft(edit).Make, edit.Terms, cancellation);

    private async Task<ImpactAnswer?> Of(Func<SourceSet, Draft?> draft, ApplyTerms terms, CancellationToken cancellation)
    {
        if (await revisions.BesideStanding(s => draft(s) is { } made ? made with { Terms = terms } : null, cancellation) is not { Judged: { } judged, Standing: var before, Foresight: var foresight })
            return null;
        if (judged.Model is not { } after)
            return new(null, judged.Problems);
        if (foresight is { Unknown: { Count: > 0 } unknown })
            return new(null, unknown);
        var open = await Read(before, after, cancellation);
        var impact = await Task.Run(() => Planner.Of(before, after, open, foresight?.Terms.CancelsWaiting ?? terms.CancelsWaiting), cancellation);
        return new(impact with { Waits = foresight is { Obstacle: { } obstacle } ? new(obstacle.State, obstacle.Because, obstacle.Builds, Only(foresight.Terms, obstacle)) : null }, []);
    }

    // A deadline ends waiting for idle builders, and nothing else.
    private static (DateTimeOffset, AtDeadline)? Only(WaitingTerms terms, RevisionToCome.Obstacle obstacle) =>
        obstacle.State == RevisionState.WaitingForIdle && terms.Deadline is { } deadline ? (deadline, terms.AtDeadline ?? AtDeadline.Enforce) : null;

    internal async Task<OpenWork> Read(WeirConfiguration before, WeirConfiguration after, CancellationToken cancellation)
    {
        var timed = WindowFit.Concerned(before, after).ToArray();
        // A request of a renamed builder still stands under the former name.
        var asking = after.Builders.Where(b => BuilderNeeds.Required(b).Count > 0).SelectMany(b => new[] { b.Name, b.Was }).OfType<string>().ToArray();
        const string sql = $"""
            SELECT weir_now();
            SELECT n.name AS builder, b.config_revision_id AS revision, count(*) AS builds FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders n ON n.id = b.builder_id GROUP BY 1, 2;
            SELECT n.name, c.count FROM (SELECT builder_id, count(*) AS count FROM open_requests GROUP BY builder_id) c JOIN builders n ON n.id = c.builder_id;
            SELECT n.name AS builder, g.properties, count(*) AS requests
            FROM builders n JOIN open_requests o ON o.builder_id = n.id JOIN requests r ON r.id = o.request_id JOIN buildsets b ON b.id = o.buildset_id
            CROSS JOIN LATERAL (SELECT ARRAY(SELECT p->>'Name' FROM jsonb_array_elements(b.properties || r.given) p ORDER BY 1) AS properties) g
            WHERE n.name = ANY(@asking) GROUP BY n.name, g.properties;
            SELECT w.name, count(o.build_id) FROM workers w LEFT JOIN build_owners o ON o.worker_id = w.id WHERE w.configured GROUP BY w.name;
            SELECT l.name, count(DISTINCT c.build_id) FROM lock_claims c JOIN locks l ON l.id = c.lock_id WHERE c.held_at IS NOT NULL GROUP BY l.name;
            {DirectoryRows.Homes} WHERE l.retired_at IS NULL;
            SELECT s.name, t.due_at, s.last_fired_at, s.enabled FROM schedulers s LEFT JOIN timers t ON t.kind IN ('periodic', 'nightly') AND t.subject = s.id::text WHERE s.retired_at IS NULL;
            SELECT of.name, {BuildRows.UsualDuration} AS usual FROM builders of WHERE of.name = ANY(@timed) AND EXISTS (SELECT FROM open_requests o WHERE o.builder_id = of.id);
            """;
        return await database.Snapshot(snapshot => snapshot.Batch(sql, new { asking, timed }, async all => new OpenWork
        {
            Now = await all.First<DateTimeOffset>(),
            Running = [.. (await all.List<BuildRow>()).Select(r => (r.Builder, r.Revision, (int)r.Builds))],
            Waiting = [.. (await all.List<CountRow>()).Select(r => (r.Name, (int)r.Count))],
            Given = [.. (await all.List<GivenRow>()).Select(r => (r.Builder, r.Properties, (int)r.Requests))],
            OnWorkers = [.. (await all.List<CountRow>()).Select(r => (r.Name, (int)r.Count))],
            Held = [.. (await all.List<CountRow>()).Select(r => (r.Name, (int)r.Count))],
            Homes = (await all.List<HomeRow>()).ToDictionary(h => SharedDirectories.Of(h.Directory)!, h => h.Name),
            Due = [.. (await all.List<TimerRow>()).Select(r => new DueSchedule(r.Name, r.DueAt, r.LastFiredAt, r.Enabled))],
            Usual = (await all.List<UsualRow>()).Where(r => r.Usual is not null).ToDictionary(r => r.Name, r => r.Usual!.Value),
        }), cancellation);
    }
}

using Weir.Engine.Workers;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Workers;
using Weir.Support;

namespace Weir.Engine.Tests.Workers.Availability;

public sealed class WorkerVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static readonly WorkerFacts Well = new();
    private static readonly WorkerFacts ByNight = new() { OpensAt = In(7), ClosesAt = In(19) };

    private static DateTimeOffset In(double hours) => Now.AddHours(hours);

    public static TheoryData<string, WorkerFacts, WorkerState, string?, double?, double?> Cases => new()
    {
        { "nothing to say", Well, WorkerState.Available, null, null, null },
        { "a window is open", Well with { OpensAt = In(-1), ClosesAt = In(3) }, WorkerState.Available, null, 3, 3 },
        { "before its window", ByNight, WorkerState.Away, "Its window is closed.", 7, 7 },
        { "at the window's first moment", Well with { OpensAt = Now, ClosesAt = In(3) }, WorkerState.Available, null, 3, 3 },
        { "at the window's end", Well with { OpensAt = In(-3), ClosesAt = Now }, WorkerState.Away, "Its window is closed.", null, null },
        { "the next stretch is not yet written", Well with { OpensAt = In(-3), ClosesAt = In(-1) }, WorkerState.Away, "Its window is closed.", null, null },
        { "no window will come", Well with { OpensAt = DateTimeOffset.MaxValue, ClosesAt = DateTimeOffset.MaxValue }, WorkerState.Away, "Its window is closed.", null, null },
        { "paused", Well with { Pause = new("ada", "new disk", null) }, WorkerState.Paused, "Paused by ada: new disk", null, null },
        { "paused for a while", Well with { Pause = new("ada", null, In(2)) }, WorkerState.Paused, "Paused by ada.", 2, 2 },
        { "a pause that is over", Well with { Pause = new("ada", null, Now) }, WorkerState.Available, null, null, null },
        { "paused longer than its window is closed", ByNight with { Pause = new("ada", null, In(9)) }, WorkerState.Paused, "Paused by ada. Its window is closed.", 9, 7 },
        { "paused shorter than its window is closed", ByNight with { Pause = new("ada", null, In(2)) }, WorkerState.Paused, "Paused by ada. Its window is closed.", 7, 2 },
        { "paused beyond the next window", ByNight with { Pause = new("ada", null, In(30)) }, WorkerState.Paused, "Paused by ada. Its window is closed.", null, 7 },
        { "paused for good and outside its window", ByNight with { Pause = new("ada", null, null) }, WorkerState.Paused, "Paused by ada. Its window is closed.", null, 7 },
        { "its owner wants it", Well with { Away = new("a film", In(2)) }, WorkerState.Away, "Its owner has set it away: a film", 2, 2 },
        { "its owner wanted it", Well with { Away = new("a film", In(-2)) }, WorkerState.Available, null, null, null },
        { "in quarantine", Well with { Quarantine = new("three builds in a row were lost on it", In(1)) }, WorkerState.Paused, "In quarantine: three builds in a row were lost on it", 1, 1 },
        { "the quarantine is over but for a probe", Well with { Quarantine = new("three builds in a row were lost on it", In(-1)) }, WorkerState.Available, "On trial after its quarantine: one build at a time, until one has ended.", null, null },
        { "stopping with builds", Well with { Stopping = true, Running = 2 }, WorkerState.Stopping, "It finishes 2 builds and goes.", null, null },
        { "stopping without", Well with { Stopping = true }, WorkerState.Stopping, "It goes.", null, null },
        { "stopping and paused", Well with { Stopping = true, Pause = new("ada", null, In(1)) }, WorkerState.Stopping, "It goes. Paused by ada.", null, 1 },
        { "never came", Well with { Link = WorkerLinkState.NeverCame }, WorkerState.Missing, "It has never connected.", null, null },
        { "gone", Well with { Link = WorkerLinkState.Ended }, WorkerState.Missing, "Its connection ended.", null, null },
        { "silent", Well with { Link = WorkerLinkState.Silent }, WorkerState.Missing, "Its connection has fallen silent.", null, null },
        { "stopped at its machine", Well with { Link = WorkerLinkState.StoppedAtItsMachine, Stopping = true }, WorkerState.Missing, "It was stopped at its machine.", null, null },
        { "gone outside its window", ByNight with { Link = WorkerLinkState.Ended, Away = new(null, null) }, WorkerState.Missing, "Its connection ended. Its window is closed.", null, 7 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_verdict_follows_from_the_facts(string name, WorkerFacts facts, WorkerState state, string? reason, double? until, double? next)
    {
        var verdict = WorkerVerdict.Of(facts, Now);

        Assert.Equal((name, state, reason), (name, verdict.State, verdict.Reason));
        Assert.Equal(until is { } u ? In(u) : null, verdict.Until);
        Assert.Equal(next is { } n ? In(n) : null, verdict.NextChange);
    }

    private sealed record Row : WorkerFactsRow
    {
        public string Name { get; init; } = "";
        public string State { get; init; } = "";
        public bool Takes { get; init; }
        public DateTimeOffset Now { get; init; }
    }

    // What SQL says (lists are filtered by it, claims rely on it) is what the verdict says, over all combinations of facts.
    [Fact]
    public async Task The_store_says_the_same()
    {
        await using var store = await TestStore.Create();
        var rows = new Rows(store);
        var master = await rows.Master();
        await store.Database.Write(unit => unit.Execute("""
            INSERT INTO workers (name, configured, paused_at, paused_by, quarantined_at, quarantined_until, opens_at, closes_at)
            SELECT concat_ws('|', link, stopping, paused, quarantine, away, open), true, CASE WHEN paused THEN weir_now() END, CASE WHEN paused THEN 'ada' END, quarantine, quarantine,
                CASE open WHEN 0 THEN '-infinity' WHEN 3 THEN weir_now() + interval '1 hour' ELSE weir_now() - interval '3 hours' END,
                CASE open WHEN 0 THEN 'infinity' WHEN 1 THEN weir_now() + interval '1 hour' WHEN 2 THEN weir_now() - interval '1 hour' ELSE weir_now() + interval '3 hours' END
            FROM generate_series(0, 4) AS link, unnest(ARRAY[false, true]) AS stopping, unnest(ARRAY[false, true]) AS paused,
                unnest(ARRAY[NULL, weir_now() - interval '1 hour', weir_now() + interval '1 hour']) AS quarantine, generate_series(0, 4) AS away, generate_series(0, 3) AS open;
            INSERT INTO worker_sessions (worker_id, session, master_id, instance, boot, protocol, connected_at, heartbeat_at, ended_at, told_session, stopping_at, away_at, away_until)
            SELECT id, 2, @master, gen_random_uuid(), 'boot', 1, weir_now(), CASE part[1] WHEN '2' THEN weir_now() - interval '1 minute' ELSE weir_now() END,
                CASE WHEN part[1] IN ('3', '4') THEN weir_now() END, CASE WHEN part[1] = '4' OR part[cardinality(part) - 1] = '4' THEN 1 ELSE 2 END,
                CASE WHEN part[2] = 't' THEN weir_now() END, CASE WHEN part[cardinality(part) - 1] <> '0' THEN weir_now() END,
                CASE part[cardinality(part) - 1] WHEN '1' THEN weir_now() - interval '1 hour' WHEN '2' THEN weir_now() + interval '1 hour' END
            FROM workers, LATERAL (SELECT string_to_array(name, '|') AS part) AS p WHERE part[1] <> '0'
            """, new { master }), TestContext.Current.CancellationToken);

        var all = await store.Database.Query<Row>($"""
            SELECT w.name, {WorkerRows.State} AS state, {WorkerRows.TakesBuilds} AS takes, weir_now() AS now, {WorkerFactsRow.Columns} FROM workers w LEFT JOIN worker_sessions k ON k.worker_id = w.id
            """, null, TestContext.Current.CancellationToken);

        Assert.Equal(1200, all.Count);
        Assert.Equal(5, all.Select(r => r.State).Distinct().Count());
        Assert.All(all, r => Assert.Equal((r.Name, WorkerVerdict.Of(r.Facts, r.Now).State.ToString()), (r.Name, r.State)));
        Assert.All(all.Where(r => r.Live), r => Assert.Equal((r.Name, r.State == nameof(WorkerState.Available)), (r.Name, r.Takes)));
        // What never ends is read as what never ends.
        Assert.Equal(300, all.Count(r => r.OpensAt == DateTimeOffset.MinValue && r.ClosesAt == DateTimeOffset.MaxValue));
    }
}

using FsCheck.Fluent;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;

namespace Weir.Engine.Tests.Queue;

/// <summary>When waiting requests will probably start, and of which nobody says so. Times are minutes from now.</summary>
public sealed class StartForecastTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly LockDefinition Lock = new(1, "db", false, 1, new Dictionary<string, int>());

    private static DateTimeOffset At(int minute) => Now.AddMinutes(minute);

    // Workers and builds that run on them: when each ends (negative: nobody knows).
    private static (DispatchWorker Worker, ForecastBuild[] Running) Worker(long id, int slots, int[] ends, WorkerFacts? facts = null, bool fits = false, string project = "")
    {
        var verdict = WorkerVerdict.Of(facts ?? new(), Now);
        return (new()
        {
            Id = id,
            Name = $"w{id}",
            Slots = slots,
            FreeSlots = slots - ends.Length,
            Mine = true,
            Verdict = verdict,
            FitsUntil = fits ? facts?.ClosesAt : null,
        }, [.. ends.Index().Select(e => new ForecastBuild((id * 100) + e.Index, id, project, e.Item < 0 ? null : At(e.Item)))]);
    }

    private static DispatchBuilder Builder(long id, int? takes, long[] workers) =>
        new(id, $"b{id}", new WorkerSelector { Names = [.. workers.Select(w => $"w{w}")] }, [], false) { Usual = takes is { } t ? TimeSpan.FromMinutes(t) : null };

    private static DispatchState State(long[] requests, DispatchBuilder[] builders, (DispatchWorker Worker, ForecastBuild[] Running)[] workers) => new()
    {
        // All came one after the other.
        Requests = [.. requests.Index().Select(r => new WaitingRequest { Id = r.Index + 1, BuilderId = r.Item, Priority = 0, SubmittedAt = Now.AddSeconds(r.Index - 1000) })],
        Builders = builders,
        Workers = [.. workers.Select(w => w.Worker)],
        Running = workers.SelectMany(w => w.Running).CountBy(r => r.Project).ToDictionary(),
        Now = Now,
    };

    // Of requests of these builders, in this order; -1: not told.
    private static int[] Told(long[] requests, DispatchBuilder[] builders, params (DispatchWorker Worker, ForecastBuild[] Running)[] workers) => Told(State(requests, builders, workers), workers);

    private static int[] Told(DispatchState state, params (DispatchWorker Worker, ForecastBuild[] Running)[] workers)
    {
        var told = StartForecast.Of(state, workers.SelectMany(w => w.Running));
        return [.. state.Requests.OrderBy(r => r.Id).Select(r => told.TryGetValue(r.Id, out var at) ? (int)(at - Now).TotalMinutes : -1)];
    }

    private static LockState Held(params (long Build, int Units, bool Exclusive)[] claims) => Held(Lock, claims);

    private static LockState Held(LockDefinition of, params (long Build, int Units, bool Exclusive)[] claims) =>
        LockState.Of([of], claims.Select(c => new LockState.ClaimRow { LockId = of.Id, BuildId = c.Build, Units = c.Units, Exclusive = c.Exclusive, Held = true, WorkerId = 1, Worker = "w1" }));

    [Fact]
    public void One_after_the_other_behind_what_runs() => Assert.Equal([4, 14, 24], Told([1, 1, 1], [Builder(1, 10, [1])], Worker(1, 1, [4])));

    [Fact]
    public void Where_a_slot_is_free_first() => Assert.Equal([2, 4, 6, 12], Told([1, 1, 1, 1], [Builder(1, 10, [1, 2])], Worker(1, 2, [4, 6]), Worker(2, 1, [2])));

    [Fact]
    public void Only_on_workers_that_it_may_use() => Assert.Equal([9, 2], Told([1, 2], [Builder(1, 10, [1]), Builder(2, 10, [2])], Worker(1, 1, [9]), Worker(2, 1, [2])));

    [Fact]
    public void Who_stands_before_it_takes_the_slot_first() => Assert.Equal([5, 35, 6], Told([2, 1, 2], [Builder(1, 10, [1]), Builder(2, 30, [1, 2])], Worker(1, 1, [5]), Worker(2, 1, [6])));

    [Fact]
    public void Behind_a_build_of_which_nobody_knows_its_end_nobody_knows() => Assert.Equal([-1], Told([1], [Builder(1, 10, [1])], Worker(1, 1, [-1])));

    [Fact]
    public void Behind_a_request_of_which_nobody_knows_how_long_it_takes_nobody_knows() => Assert.Equal([3, -1], Told([2, 1], [Builder(1, 10, [1]), Builder(2, null, [1])], Worker(1, 1, [3])));

    [Fact]
    public void Where_another_slot_is_known_it_is_told() => Assert.Equal([8], Told([1], [Builder(1, 10, [1])], Worker(1, 2, [-1, 8])));

    [Fact]
    public void A_worker_that_is_away_is_there_when_it_comes_back() => Assert.Equal([30, 40], Told([1, 1], [Builder(1, 10, [1])], Worker(1, 1, [], new() { OpensAt = At(30) })));

    [Fact]
    public void A_worker_that_is_paused_until_then_is_there_then_and_one_without_an_end_is_not()
    {
        Assert.Equal([20], Told([1], [Builder(1, 10, [1])], Worker(1, 1, [], new() { Pause = new("ada", null, At(20)) })));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1])], Worker(1, 1, [], new() { Pause = new("ada", null, null) })));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1])], Worker(1, 1, [], new() { Link = WorkerLinkState.Ended })));
    }

    [Fact]
    public void What_would_not_fit_into_the_window_is_not_told()
    {
        Assert.Equal([5, -1], Told([1, 1], [Builder(1, 10, [1])], Worker(1, 1, [5], new() { ClosesAt = At(20) }, fits: true)));
        Assert.Equal([5, 15, -1], Told([1, 1, 1], [Builder(1, 10, [1])], Worker(1, 1, [5], new() { ClosesAt = At(20) }))); // lastStart: open
    }

    [Fact]
    public void What_does_not_fit_into_a_window_comes_in_the_next_one()
    {
        // Each day from 11:00 to 12:20, at noon.
        var rule = new AvailabilityConfiguration { TimeZone = "UTC", Windows = [new() { Days = Enum.GetValues<DayOfWeek>(), From = new(11, 0, 0), To = new(12, 20, 0) }] };
        int[] Told(AvailabilityConfiguration windows, WorkerFacts facts, params int[] ends)
        {
            var worker = Worker(1, 1, ends, facts, fits: windows.LastStart == LastStart.Fits);
            var state = State([1, 1, 1, 1], [Builder(1, 30, [1])], [worker]);
            var told = StartForecast.Of(state, worker.Running, new Dictionary<long, AvailabilityConfiguration> { [1] = windows });
            return [.. state.Requests.Select(r => told.TryGetValue(r.Id, out var at) ? (int)(at - Now).TotalMinutes : -1)];
        }

        Assert.Equal([1380, 1410, 2820, 2850], Told(rule, new() { ClosesAt = At(20) }, 5));
        Assert.Equal([5, 1380, 1410, 1440], Told(rule with { LastStart = LastStart.Open }, new() { ClosesAt = At(20) }, 5));
        Assert.Equal([1380, 1410, 2820, 2850], Told(rule, new() { OpensAt = At(1380), ClosesAt = At(1460) }));
        Assert.All(StartForecast.Of(State([1], [Builder(1, 100, [1])], [Worker(1, 1, [5])]), [], new Dictionary<long, AvailabilityConfiguration> { [1] = rule }), s => Assert.Fail($"It never fits: {s.Value}"));
    }

    [Fact]
    public void A_slot_that_is_too_many_must_go_first() => Assert.Equal([9], Told([1], [Builder(1, 10, [1])], Worker(1, 1, [4, 9])));

    [Fact]
    public void A_pause_with_an_end_is_told_and_one_without_is_not()
    {
        DispatchBuilder Paused(int? until) => Builder(1, 10, [1]) with { Paused = new PauseRecord { Id = 1, Kind = PauseKind.Builder, Subject = "b1", By = "ada", Since = Now, Until = until is { } u ? At(u) : null } };
        Assert.Equal([20], Told([1], [Paused(20)], Worker(1, 1, [4])));
        Assert.Equal([-1], Told([1], [Paused(null)], Worker(1, 1, [4])));
    }

    [Fact]
    public void The_next_attempt_waits_for_its_moment()
    {
        var worker = Worker(1, 1, [4]);
        var state = State([1], [Builder(1, 10, [1])], [worker]);
        Assert.Equal([12], Told(state with { Requests = [state.Requests[0] with { NotBefore = At(12) }] }, worker));
    }

    [Fact]
    public void What_is_set_aside_retired_or_held_back_is_not_told()
    {
        var worker = Worker(1, 1, [4]);
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1]) with { RequiredProperties = ["version"] }], worker));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1]) with { Retired = true }], worker));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1]) with { RevisionToCome = 7 }], worker));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1]) with { Engines = new HashSet<long>() }], worker));
        Assert.Equal([4], Told([1], [Builder(1, 10, [1]) with { Engines = new HashSet<long> { 9 } }], worker)); // another engine may
    }

    [Fact]
    public void Builds_that_want_one_lock_come_one_after_the_other_whatever_slots_are_free()
    {
        var worker = Worker(1, 5, [7]);
        DispatchBuilder Locking(long id, int takes) => Builder(id, takes, [1]) with { Locks = [new(Lock, 1, true)] };
        var state = State([1, 2, 1, 3], [Locking(1, 10), Locking(2, 20), Builder(3, 10, [1])], [worker]) with { Locks = Held((100, 1, true)) };
        Assert.Equal([7, 17, 37, -1], Told(state, worker)); // the last may start at once
    }

    [Fact]
    public void A_counting_lock_is_shared_and_a_wide_claim_keeps_its_place()
    {
        var worker = Worker(1, 9, [5, 8, 30]);
        var cpu = new LockDefinition(1, "cpu", false, 4, new Dictionary<string, int>());
        DispatchBuilder Wanting(long id, int units) => Builder(id, 10, [1]) with { Locks = [new(cpu, units, false)] };
        var state = State([2, 1, 1], [Wanting(1, 1), Wanting(2, 4)], [worker]) with { Locks = Held(cpu, (100, 2, false), (101, 1, false)) };
        Assert.Equal([8, 18, 18], Told(state, worker));
    }

    [Fact]
    public void Named_things_are_had_by_their_labels()
    {
        var boards = new LockDefinition(1, "boards", false, 2, new Dictionary<string, int>()) { Pool = new(new Dictionary<string, string[]> { ["b1"] = ["arm"], ["b2"] = ["arm", "fast"] }) };
        var worker = Worker(1, 9, [5, 8]);
        DispatchBuilder Wanting(long id, params string[] labels) => Builder(id, 10, [1]) with { Locks = [new(boards, 1, false) { Labels = labels }] };
        LockState.ClaimRow Of(long build, string name) => new() { LockId = 1, BuildId = build, Units = 1, Held = true, WorkerId = 1, Worker = "w1", Names = [name] };
        var state = State([1, 2], [Wanting(1, "fast"), Wanting(2)], [worker]) with { Locks = LockState.Of([boards], [Of(100, "b1"), Of(101, "b2")]) };
        Assert.Equal([8, 5], Told(state, worker));
    }

    [Fact]
    public void Shares_of_projects_decide_who_is_next()
    {
        var worker = Worker(1, 2, [4, 6], project: "big");
        var state = State([1, 1, 1, 2, 2], [Builder(1, 10, [1]) with { Project = "big" }, Builder(2, 10, [1]) with { Project = "small" }], [worker]);
        Assert.Equal([6, 16, 24, 4, 14], Told(state, worker));
    }

    [Fact]
    public void The_cap_of_a_project_is_kept()
    {
        var worker = Worker(1, 5, [4], project: "big");
        var state = State([1, 1, 2], [Builder(1, 10, [1]) with { Project = "big", Cap = 1 }, Builder(2, 10, [1])], [worker]) with { Capped = [("big", 1)] };
        Assert.Equal([4, 14, -1], Told(state, worker));
    }

    [Fact]
    public void Priority_goes_before_age()
    {
        var worker = Worker(1, 1, [4]);
        var state = State([1, 1, 1], [Builder(1, 10, [1])], [worker]);
        Assert.Equal([14, 24, 4], Told(state with { Requests = [.. state.Requests.Select(r => r.Id == 3 ? r with { Priority = 9 } : r)] }, worker));
    }

    [Fact]
    public void Who_is_waited_for_has_its_parents_slot_at_once_and_the_next_when_that_one_has_ended()
    {
        var (worker, running) = Worker(1, 1, [50]);
        var state = State([1, 1, 2], [Builder(1, 10, [1]), Builder(2, 10, [1])], [(worker, running)]) with { Triggered = [new(100, 1, null, 1, 1), new(100, 1, null, 2, 1)] };
        state = state with { Requests = [.. state.Requests.Select(r => r.BuilderId == 1 ? r with { Lent = new(100, 1) } : r)] };
        Assert.Equal([-1, 10, 50], Told(state, (worker, running)));
    }

    [Fact]
    public void Builders_that_share_a_directory_go_where_the_first_has_brought_it()
    {
        var directories = new DispatchDirectories(["sdk"], ["sdk"], []);
        var workers = new[] { Worker(1, 1, [4]), Worker(2, 1, [6]) };
        Assert.Equal([4, 14], Told([1, 2], [Builder(1, 10, [1, 2]) with { Shared = directories }, Builder(2, 10, [1, 2]) with { Shared = directories }], workers));
    }

    [Fact]
    public void A_build_that_asked_for_its_slot_and_has_ended_since_is_no_obstacle()
    {
        var worker = Worker(1, 2, [4]);
        var state = State([1, 1], [Builder(1, 10, [1])], [worker]) with { Asking = [new(999, 1, null)] };
        Assert.Equal([4, 14], [.. Told(state with { Workers = [worker.Worker with { Slots = 1, FreeSlots = 1 }] }, worker)]);
    }

    [Fact]
    public void It_looks_no_further_than_it_is_let()
    {
        var worker = Worker(1, 1, [4]);
        var looks = 0;
        Assert.Equal([1L, 2], StartForecast.Of(State([1, 1, 1], [Builder(1, 10, [1])], [worker]), worker.Running, goesOn: () => looks++ < 2).Keys);
    }

    [Fact]
    public void A_long_queue_takes_hundreds_of_looks_and_not_one_for_each_build()
    {
        (DispatchWorker, ForecastBuild[])[] workers = [.. Enumerable.Range(1, 50).Select(w => Worker(w, 1, [w]))];
        var looks = 0;
        var told = StartForecast.Of(State([.. Enumerable.Range(0, 5000).Select(_ => 1L)], [Builder(1, 61, [.. Enumerable.Range(1, 50).Select(w => (long)w)])], workers), workers.SelectMany(w => w.Item2), goesOn: () => ++looks > 0);

        Assert.Equal(5000, told.Count);
        Assert.InRange(looks, 50, 400);
        // 50 workers take a hundred builds each, of an hour: the last begins in four days, give or take what was counted as one moment.
        Assert.InRange((told.Values.Max() - Now).TotalMinutes, 99 * 61, 99 * 61 * 1.05 + 50);
    }

    // What was told is a plan that can be carried out: never more at a time on a worker than it has slots, and nobody before the moment.
    [Fact]
    public void Whatever_waits_no_worker_is_given_more_than_it_has_slots_and_no_lock_more_than_it_has_units()
    {
        var cases = from slots in Gen.Choose(1, 3)
                    from ends in Gen.Choose(0, 30).ArrayOf().Select(e => e.Take(3).ToArray())
                    from takes in Gen.Choose(1, 20).ArrayOf(3)
                    from units in Gen.Choose(0, 2).ArrayOf(3)
                    from requests in Gen.Choose(1, 3).ArrayOf()
                    select (slots, ends: ends.Take(slots).Select(e => e + 1).ToArray(), takes, units, requests: requests.Select(r => (long)r).ToArray());
        var cpu = new LockDefinition(1, "cpu", false, 2, new Dictionary<string, int>());
        foreach (var (slots, ends, takes, units, requests) in cases.Sample(30, 300))
        {
            var worker = Worker(1, slots, ends);
            var builders = takes.Index().Select(t => Builder(t.Index + 1, t.Item, [1]) with { Locks = units[t.Index] == 0 ? [] : [new(cpu, units[t.Index], false)] }).ToArray();
            var told = Told(State(requests, builders, [worker]) with { Locks = Held(cpu) }, worker).Select(t => Math.Max(0, t)).ToArray();

            var begun = told.Zip(requests, (start, builder) => (From: start, Until: start + takes[builder - 1], Units: units[builder - 1])).ToArray();
            var busy = ends.Select(e => (From: 0, Until: e, Units: 0)).Concat(begun).ToArray();
            Assert.All(busy, b => Assert.True(busy.Count(o => o.From <= b.From && o.Until > b.From) <= slots));
            Assert.All(begun, b => Assert.True(begun.Where(o => o.From <= b.From && o.Until > b.From).Sum(o => o.Units) <= 2));
        }
    }
}

using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;
using Weir.Shared.Workers;

namespace Weir.Engine.Tests.Queue;

public sealed class DispatchingTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static WaitingRequest Request(long id, long builder = 1, int priority = 0, int age = 0) => new() { Id = id, BuilderId = builder, Priority = priority, SubmittedAt = Now.AddSeconds(-age) };

    private static DispatchBuilder Builder(long id = 1, string[]? names = null, string[]? tags = null, string[]? required = null) =>
        new(id, $"b{id}", new WorkerSelector { Names = names ?? [], Tags = tags ?? [] }, required ?? [], false);

    private static DispatchWorker Worker(long id, int free = 1, bool connected = true, bool mine = true, bool paused = false, params string[] tags) =>
        new() { Id = id, Name = $"w{id}", FreeSlots = free, Mine = mine && connected, Tags = tags, Verdict = Facts(connected ? WorkerLinkState.Connected : WorkerLinkState.Ended, paused) };

    private static WorkerVerdict Facts(WorkerLinkState link, bool paused) => WorkerVerdict.Of(new() { Link = link, Pause = paused ? new("ada", "disk full", null) : null }, Now);

    private static DispatchWorker Stopping(long id) => Worker(id) with { Verdict = WorkerVerdict.Of(new() { Stopping = true }, Now) };

    private static DispatchWorker Away(long id, int hours) => Worker(id) with { Verdict = WorkerVerdict.Of(new() { OpensAt = Now.AddHours(hours) }, Now) };

    private static DispatchWorker Closing(long id, int minutes, int longest = 480, int free = 1) =>
        Worker(id, free) with { Verdict = WorkerVerdict.Of(new() { ClosesAt = Now.AddMinutes(minutes) }, Now), FitsUntil = Now.AddMinutes(minutes), LongestOpen = TimeSpan.FromMinutes(longest) };

    private static DispatchDecision Decide(IReadOnlyList<WaitingRequest> requests, IReadOnlyList<DispatchBuilder> builders, IReadOnlyList<DispatchWorker> workers, long self = 0) =>
        Dispatching.Decide(new() { Requests = requests, Builders = builders, Workers = workers, Now = Now, Self = self });

    private static IEnumerable<(long Request, WaitKind Kind, string Text)> Said(DispatchDecision decision) => decision.Waits.Select(w => (w.Request, w.Kind, w.Text));

    [Fact]
    public void Priority_goes_before_age_and_age_before_arrival()
    {
        var decision = Decide([Request(1), Request(2, age: 60), Request(3, priority: 5)], [Builder()], [Worker(1, free: 3)]);

        Assert.Equal([3, 2, 1], decision.Starts.Select(s => (int)s.Request.Id));
    }

    public static TheoryData<string, DispatchWorker[], WaitKind, string> Reasons => new()
    {
        { "none", [], WaitKind.NoMatchingWorker, "No worker of the configuration can take it." },
        { "gone", [Worker(1, connected: false)], WaitKind.WorkersMissing, "Worker w1 is not connected." },
        { "two gone", [Worker(1, connected: false), Worker(2, connected: false)], WaitKind.WorkersMissing, "The workers w1 and w2 are not connected." },
        { "paused", [Worker(1, paused: true), Worker(2, connected: false)], WaitKind.WorkersPaused, "Worker w1 is paused by ada: disk full." },
        { "full", [Worker(1, free: 0), Worker(2, paused: true)], WaitKind.SlotsFull, "Worker w1 is busy." },
        { "stopping", [Stopping(1), Worker(2, connected: false)], WaitKind.WorkersMissing, "Worker w1 is stopping." },
        { "stopping, another full", [Stopping(1), Worker(2, free: 0)], WaitKind.SlotsFull, "Worker w2 is busy." },
        { "two paused", [Worker(1, paused: true), Worker(2, paused: true)], WaitKind.WorkersPaused, "The workers w1 and w2 are paused: w1 is paused by ada: disk full." },
        { "away", [Away(1, 7), Worker(2, connected: false)], WaitKind.WorkersAway, "Worker w1 is away, outside its windows, until 2026-01-05 19:00 UTC." },
        { "two away", [Away(1, 7), Away(2, 5)], WaitKind.WorkersAway, "The workers w1 and w2 are away; w2 comes back first, at 2026-01-05 17:00 UTC." },
        { "away and paused", [Away(1, 7), Worker(2, paused: true)], WaitKind.WorkersAway, "The workers w1 and w2 are away or paused; w1 comes back first, at 2026-01-05 19:00 UTC." },
        { "away, another full", [Away(1, 7), Worker(2, free: 0)], WaitKind.SlotsFull, "Worker w2 is busy." },
        { "elsewhere", [Worker(1, mine: false)], WaitKind.New, "Another master is about to start it." },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Every_waiting_request_has_its_reason(string name, DispatchWorker[] workers, WaitKind kind, string text)
    {
        var decision = Decide([Request(1)], [Builder()], workers);

        Assert.Empty(decision.Starts);
        Assert.Equal([(1L, kind, text)], Said(decision));
        Assert.NotEmpty(name);
    }

    [Fact]
    public void What_would_outlast_the_window_is_not_begun_in_it()
    {
        DispatchDecision Taking(int takes, params DispatchWorker[] workers) => Decide([Request(1)], [Builder() with { Usual = TimeSpan.FromMinutes(takes) }], workers);

        Assert.Single(Taking(30, Closing(1, 30)).Starts);
        Assert.Equal([(1L, WaitKind.WouldNotFit, "It would not fit before the window of worker w1 closes at 2026-01-05 12:30 UTC: it usually takes 31 min.")], Said(Taking(31, Closing(1, 30))));
        Assert.Equal(2, Taking(31, Closing(1, 30), Worker(2)).Starts.Single().Worker.Id);
        Assert.Equal([(1L, WaitKind.SlotsFull, "The workers w1 and w2 are busy.")], Said(Taking(31, Closing(1, 30, free: 0), Worker(2, free: 0))));
        Assert.Equal([(1L, WaitKind.WouldNotFit, "No window of worker w1 is long enough: it usually takes 10 h, and the longest is 8 h.")], Said(Taking(600, Closing(1, 30))));
        Assert.Single(Decide([Request(1)], [Builder()], [Closing(1, 1)]).Starts); // nobody knows how long it takes
        Assert.Single(Taking(600, Closing(1, 30) with { FitsUntil = null }).Starts); // lastStart: open
    }

    [Fact]
    public void A_worker_of_an_earlier_release_gets_nothing_that_it_cannot_do()
    {
        DispatchDecision Among(params DispatchWorker[] workers) => Decide([Request(1)], [Builder() with { Needs = ["secrets", "warnings"] }], workers);
        var old = Worker(1) with { Abilities = ["secrets"] };

        Assert.Equal([(1L, WaitKind.NoMatchingWorker, "It needs a worker that can count warnings; worker w1 is of an earlier release.")], Said(Among(old)));
        Assert.Equal(2, Among(old, Worker(2) with { Abilities = ["warnings", "secrets", "more"] }).Starts.Single().Worker.Id);
        Assert.Equal([(1L, WaitKind.WorkersMissing, "Worker w2 is not connected.")], Said(Among(old, Worker(2, connected: false))));
        Assert.Single(Among(Worker(3)).Starts); // nobody knows what it can do: the step will say
    }

    private static DispatchDecision Limited(long self, long[] engines, params DispatchWorker[] workers) =>
        Decide([Request(1)], [Builder() with { Engines = engines.ToHashSet(), NobodyText = "Nobody may." }], workers, self);

    [Fact]
    public void What_another_engine_alone_may_begin_is_its_own_affair()
    {
        var decision = Limited(self: 1, [2], Worker(1));

        Assert.Empty(decision.Starts);
        Assert.Empty(decision.Waits);
        Assert.Single(Limited(self: 2, [2], Worker(1)).Starts);
    }

    [Fact]
    public void What_no_engine_may_begin_says_so_and_what_waits_for_a_worker_of_another_engine_as_well()
    {
        Assert.Equal([(1L, WaitKind.NoEngine, "Nobody may.")], Said(Limited(self: 1, [], Worker(1))));

        var there = Worker(1, mine: false) with { Engine = (1, "north") };
        Assert.Equal([(1L, WaitKind.WorkersElsewhere, "Worker w1 is connected to north, which may not begin it; the first to be idle comes over.")], Said(Limited(self: 2, [2], there)));
        Assert.Equal([(1L, WaitKind.New, "Another master is about to start it.")], Said(Limited(self: 2, [1, 2], there)));
        Assert.Equal([(1L, WaitKind.SlotsFull, "Worker w1 is busy.")], Said(Limited(self: 2, [2], there with { FreeSlots = 0 })));
    }

    [Fact]
    public void Tags_and_names_select_workers()
    {
        DispatchWorker[] workers = [Worker(1, tags: ["linux"]), Worker(2, tags: ["linux", "arm"])];

        Assert.Equal(2, Decide([Request(1)], [Builder(tags: ["linux", "arm"])], workers).Starts.Single().Worker.Id);
        Assert.Equal(1, Decide([Request(1)], [Builder(names: ["w1"])], workers).Starts.Single().Worker.Id);
    }

    [Fact]
    public void A_retry_waits_for_its_moment_and_blocks_nobody()
    {
        var decision = Decide([Request(1, age: 9) with { NotBefore = Now.AddSeconds(3) }, Request(2)], [Builder()], [Worker(1)]);

        Assert.Equal(2, decision.Starts.Single().Request.Id);
        Assert.Equal(WaitKind.NotBefore, decision.Waits.Single().Kind);
    }

    [Fact]
    public void A_request_that_can_start_on_no_free_worker_does_not_hold_up_those_behind_it()
    {
        var decision = Decide([Request(1, builder: 1, age: 9), Request(2, builder: 2)], [Builder(1, names: ["w9"]), Builder(2)], [Worker(1)]);

        Assert.Equal(2, decision.Starts.Single().Request.Id);
    }

    // Random queues against what must hold of any decision, stated without reference to how it is made.
    [Fact]
    public void Slots_are_kept_all_is_explained_and_nothing_startable_is_left()
    {
        var worlds =
            from requests in Gen.ListOf(from builder in Gen.Choose(1, 4) from priority in Gen.Choose(0, 2) from age in Gen.Choose(0, 50) select (builder, priority, age))
            from workers in Gen.ListOf(from free in Gen.Choose(0, 3) from flags in Gen.Choose(0, 7) from tag in Gen.Elements("linux", "bsd") select (free, flags, tag))
            select (
                Requests: requests.Select((r, i) => Request(i + 1, r.builder, r.priority, r.age)).ToArray(),
                Workers: workers.Select((w, i) => Worker(i + 1, w.free, (w.flags & 1) == 0, (w.flags & 2) == 0, w.flags == 4, w.tag)).ToArray());
        DispatchBuilder[] builders = [Builder(1), Builder(2, tags: ["linux"]), Builder(3, tags: ["bsd"]), Builder(4, names: ["w1", "w2"])];

        Prop.ForAll(worlds.ToArbitrary(), world =>
        {
            var decision = Decide(world.Requests, builders, world.Workers);
            var used = decision.Starts.GroupBy(s => s.Worker.Id).ToDictionary(g => g.Key, g => g.Count());
            bool Able(WaitingRequest r, DispatchWorker w) => w.Mine && w.Verdict.State == WorkerState.Available && WorkerMatching.Matches(builders.First(b => b.Id == r.BuilderId).Workers, w.Name, w.Tags);
            bool Room(DispatchWorker w) => w.FreeSlots - used.GetValueOrDefault(w.Id) > 0;
            var started = decision.Starts.Select(s => s.Request.Id).ToHashSet();
            return world.Workers.All(w => used.GetValueOrDefault(w.Id) <= Math.Max(0, w.FreeSlots))
                && decision.Starts.All(s => Able(s.Request, s.Worker))
                // The first of a builder that does not start says why, for all behind it.
                && world.Requests.Where(r => !started.Contains(r.Id)).Select(r => r.BuilderId).Distinct().Order().SequenceEqual(decision.Waits.Select(w => w.Builder).Order())
                && world.Requests.Where(r => !started.Contains(r.Id)).All(r => !world.Workers.Any(w => Able(r, w) && Room(w)))
                // Of two requests of one builder the better one is not left behind.
                && world.Requests.Where(r => !started.Contains(r.Id)).All(left => decision.Starts.Where(s => s.Request.BuilderId == left.BuilderId)
                    .All(s => (-s.Request.Priority, s.Request.SubmittedAt, s.Request.Id).CompareTo((-left.Priority, left.SubmittedAt, left.Id)) < 0));
        }).QuickCheckThrowOnFailure();
    }
}

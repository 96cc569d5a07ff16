using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Queue;

/// <summary>Which of the workers that could take a request gets it.</summary>
public sealed class PlacementTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static DispatchWorker Worker(long id, int free, bool mine = true) => new() { Id = id, Name = $"w{id}", FreeSlots = free, Mine = mine, Verdict = WorkerVerdict.Of(new() { Link = WorkerLinkState.Connected }, Now) };

    // Minutes that good builds take (none: not known), and minutes since the last one began.
    private static Dictionary<long, WorkerPast> Past(params (long Worker, int? Takes, int Ago)[] past) =>
        past.ToDictionary(p => p.Worker, p => new WorkerPast(p.Takes is { } takes ? TimeSpan.FromMinutes(takes) : null, Now.AddMinutes(-p.Ago)));

    public static TheoryData<string, PlacementRule, Dictionary<long, WorkerPast>, DispatchWorker[], long[]> Cases => new()
    {
        { "most room first", PlacementRule.LeastLoaded, Past(), [Worker(1, 1), Worker(2, 3), Worker(3, 2)], [2, 3, 1] },
        { "of equal room the older name", PlacementRule.LeastLoaded, Past(), [Worker(2, 1), Worker(1, 1)], [1, 2] },
        { "the past says nothing to it", PlacementRule.LeastLoaded, Past((1, 1, 1), (2, 9, 99)), [Worker(1, 1), Worker(2, 2)], [2, 1] },
        { "the quick one, however full", PlacementRule.Fastest, Past((1, 9, 5), (2, 3, 5), (3, 6, 5)), [Worker(1, 9), Worker(2, 1), Worker(3, 5)], [2, 3, 1] },
        { "who is not known is tried", PlacementRule.Fastest, Past((1, 2, 5)), [Worker(1, 1), Worker(2, 1)], [2, 1] },
        { "who never had a good one is tried too", PlacementRule.Fastest, Past((1, 2, 5), (2, null, 5)), [Worker(1, 1), Worker(2, 1)], [2, 1] },
        { "equally quick: room", PlacementRule.Fastest, Past((1, 4, 5), (2, 4, 1)), [Worker(1, 1), Worker(2, 2)], [2, 1] },
        { "nobody is known: room", PlacementRule.Fastest, Past(), [Worker(1, 1), Worker(2, 2)], [2, 1] },
        { "the last one", PlacementRule.LastUsed, Past((1, 1, 50), (2, 9, 5), (3, 1, 20)), [Worker(1, 3), Worker(2, 1), Worker(3, 2)], [2, 3, 1] },
        { "who never built it is last", PlacementRule.LastUsed, Past((2, 1, 500)), [Worker(1, 3), Worker(2, 1)], [2, 1] },
        { "the last one need not have been good", PlacementRule.LastUsed, Past((1, 1, 50), (2, null, 5)), [Worker(1, 1), Worker(2, 1)], [2, 1] },
        { "another engine's comes last", PlacementRule.Fastest, Past((1, 1, 5), (2, 9, 5)), [Worker(1, 1, mine: false), Worker(2, 1)], [2, 1] },
        { "another engine's comes last here too", PlacementRule.LeastLoaded, Past(), [Worker(1, 9, mine: false), Worker(2, 1)], [2, 1] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void It_goes_by_the_rule(string what, PlacementRule rule, Dictionary<long, WorkerPast> past, DispatchWorker[] workers, long[] order)
    {
        Assert.Equal(order, Order(rule, past, 1, workers));
        Assert.Equal(order, Order(rule, past, 1, [.. workers.Reverse()]));
        Assert.NotNull(what);
    }

    [Fact]
    public void By_chance_each_gets_his_share_and_the_same_question_the_same_answer()
    {
        DispatchWorker[] workers = [.. Enumerable.Range(1, 4).Select(w => Worker(w, w))];
        var first = Enumerable.Range(1, 4000).Select(r => Order(PlacementRule.Random, Past(), r, workers)[0]).CountBy(w => w).ToDictionary();

        Assert.All(first.Values, n => Assert.InRange(n, 900, 1100));
        Assert.Equal(Order(PlacementRule.Random, Past(), 7, workers), Order(PlacementRule.Random, Past(), 7, [.. workers.Reverse()]));
    }

    [Fact]
    public void A_decision_goes_by_it()
    {
        var builder = new DispatchBuilder(1, "b", new WorkerSelector(), [], false) { Placement = PlacementRule.Fastest, Past = Past((1, 9, 5), (2, 3, 5)) };
        var requests = Enumerable.Range(1, 3).Select(n => new WaitingRequest { Id = n, BuilderId = 1, Priority = 0, SubmittedAt = Now.AddSeconds(n) });

        var decision = Dispatching.Decide(new() { Requests = [.. requests], Builders = [builder], Workers = [Worker(1, 5), Worker(2, 2)], Now = Now });

        Assert.Equal([(1, 2), (2, 2), (3, 1)], decision.Starts.Select(s => ((int)s.Request.Id, (int)s.Worker.Id)));
    }

    private static long[] Order(PlacementRule rule, Dictionary<long, WorkerPast> past, long request, DispatchWorker[] workers) =>
        [.. Placement.Order(new(1, "b", new WorkerSelector(), [], false) { Placement = rule, Past = past }, new() { Id = request, BuilderId = 1, Priority = 0, SubmittedAt = Now }, workers, workers.ToDictionary(w => w.Id, w => w.FreeSlots)).Select(w => w.Id)];
}

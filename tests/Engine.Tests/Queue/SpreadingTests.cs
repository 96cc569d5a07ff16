using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Queue;

namespace Weir.Engine.Tests.Queue;

public sealed class SpreadingTests
{
    private static readonly long[] All = [1, 2, 3];

    private static SpreadEngine[] Engines(params int[] workers) => [.. workers.Select((n, i) => new SpreadEngine(i + 1, n))];

    private static SpreadWorker Idle(long id, long[]? usable = null, params long[] wanted) => new(id, usable ?? All, wanted);

    public static TheoryData<string, SpreadEngine[], SpreadWorker[], Handover?> Cases => new()
    {
        { "alone", Engines(6), [Idle(10)], null },
        { "one more than the other is its share", Engines(2, 1), [Idle(10)], null },
        { "two more are too many", Engines(2, 0), [Idle(10), Idle(11)], new(10, 2, HandoverCause.Share) },
        { "the emptiest first", Engines(6, 3, 1), [Idle(10)], new(10, 3, HandoverCause.Share) },
        { "nobody is idle", Engines(6, 0), [], null },
        { "no builder of the other can use it", Engines(6, 0), [Idle(10, [1])], null },
        { "another one can be used there", Engines(6, 0), [Idle(10, [1]), Idle(11, [1, 2])], new(11, 2, HandoverCause.Share) },
        { "the emptiest cannot use it", Engines(6, 1, 0), [Idle(10, [1, 2])], new(10, 2, HandoverCause.Share) },
        { "what waits for it begins here", Engines(6, 0), [Idle(10, null, 1)], null },
        { "what waits for it begins only there", Engines(1, 5), [Idle(10, null, 2)], new(10, 2, HandoverCause.Wanted) },
        { "the need goes before the share", Engines(6, 0, 4), [Idle(10), Idle(11, null, 3)], new(11, 3, HandoverCause.Wanted) },
        { "no builder here can use it", Engines(1, 5), [Idle(10, [2])], new(10, 2, HandoverCause.Useless) },
        { "no builder anywhere can use it", Engines(1, 0), [Idle(10, [])], null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_situation_has_its_answer(string name, SpreadEngine[] engines, SpreadWorker[] idle, Handover? expected)
    {
        Assert.Equal(expected, Spreading.Decide(1, engines, idle));
        Assert.NotEmpty(name);
    }

    [Fact]
    public void An_engine_that_is_not_there_decides_nothing() => Assert.Null(Spreading.Decide(9, Engines(6, 0), [Idle(10)]));

    /// <summary>A site at some moment: where each worker is, which engines can use it, whether it is busy.</summary>
    private sealed record Site(int Engines, (int At, int[] Usable, bool Busy)[] Workers, int[] Order)
    {
        public override string ToString() => $"{Engines} engines, order {string.Join(',', Order)}: " + string.Join(' ', Workers.Select(w => $"{w.At}{(w.Busy ? "!" : "")}({string.Join(',', w.Usable)})"));
    }

    private static Arbitrary<Site> Sites(bool limited) => Gen.Choose(1, 5).SelectMany(engines =>
    {
        var worker =
            from at in Gen.Choose(1, engines)
            from usable in limited ? Gen.Choose(0, (1 << engines) - 1) : Gen.Constant((1 << engines) - 1)
            from busy in Gen.Choose(0, 9)
            select (at, Enumerable.Range(1, engines).Where(e => (usable & (1 << (e - 1))) != 0).ToArray(), limited && busy == 0);
        return
            from workers in worker.ArrayOf()
            from order in Gen.Choose(1, engines).ArrayOf(40)
            select new Site(engines, workers, order);
    }).ToArbitrary();

    [Fact]
    public void However_many_engines_decide_in_whatever_order_it_comes_to_an_end_and_is_even_then() => Prop.ForAll(Sites(limited: false), site =>
    {
        var (counts, moved, _) = Settle(site);

        return (counts.Max() - counts.Min() <= 1).Label($"counts {string.Join(',', counts)}")
            .And(moved.Values.All(n => n == 1).Label("nobody moves twice"));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_limits_it_comes_to_an_end_where_no_idle_worker_could_be_better_placed() => Prop.ForAll(Sites(limited: true), site =>
    {
        var (counts, moved, workers) = Settle(site);

        return moved.Keys.All(w => !workers[w].Busy).Label("nobody busy is moved")
            .And(workers.Where(w => !w.Busy && w.Usable.Length > 0).All(w => w.Usable.Contains(w.At)).Label("everybody idle is where it is of use"))
            .And(workers.Where(w => !w.Busy).All(w => w.Usable.All(e => counts[w.At - 1] - counts[e - 1] <= 1)).Label($"even as far as it can be: {string.Join(',', counts)}"));
    }).QuickCheckThrowOnFailure();

    // Lets engines decide, one after the other, until none wants anything.
    private static (int[] Counts, Dictionary<int, int> Moved, IReadOnlyList<(int At, int[] Usable, bool Busy)> Workers) Settle(Site site)
    {
        var workers = site.Workers.ToArray();
        var moved = new Dictionary<int, int>();
        for (int turn = 0, still = 0; still < site.Engines; turn++)
        {
            Assert.True(turn < 1000 + (20 * (workers.Length + 1) * (workers.Length + 1)), "It goes on for ever.");
            // First in the order that was drawn, then in turn, so that everybody is asked before it is called settled.
            var drawn = turn < site.Order.Length;
            var self = drawn ? site.Order[turn] : (turn % site.Engines) + 1;
            var counts = Counts();
            var idle = workers.Index().Where(w => !w.Item.Busy && w.Item.At == self).Select(w => new SpreadWorker(w.Index, [.. w.Item.Usable.Select(e => (long)e)], [])).ToArray();
            if (Spreading.Decide(self, [.. counts.Select((n, i) => new SpreadEngine(i + 1, n))], idle) is not { } handover)
            {
                still = drawn ? 0 : still + 1;
                continue;
            }
            still = 0;
            var worker = (int)handover.Worker;
            Assert.True(handover.Cause != HandoverCause.Share || counts[handover.Engine - 1] + 2 <= counts[self - 1]);
            workers[worker] = workers[worker] with { At = (int)handover.Engine };
            moved[worker] = moved.GetValueOrDefault(worker) + 1;
        }
        return (Counts(), moved, workers);

        int[] Counts() => [.. Enumerable.Range(1, site.Engines).Select(e => workers.Count(w => w.At == e))];
    }
}

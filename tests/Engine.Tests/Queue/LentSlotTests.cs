using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Queue;

/// <summary>The slot of a build that waits for others is theirs: one at a time, on its worker, whoever else waits.</summary>
public sealed class LentSlotTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static WaitingRequest Request(long id, long builder = 1, LentSlot? lent = null) => new() { Id = id, BuilderId = builder, Priority = 0, SubmittedAt = Now.AddSeconds(id), Lent = lent };

    private static DispatchWorker Worker(long id, int free, bool mine = true) =>
        new() { Id = id, Name = $"w{id}", FreeSlots = free, Mine = mine, Verdict = WorkerVerdict.Of(new() { Link = WorkerLinkState.Connected }, Now) };

    private static DispatchDecision Decide(IReadOnlyList<WaitingRequest> requests, params DispatchWorker[] workers) => Dispatching.Decide(new()
    {
        Requests = requests,
        Builders = [.. requests.Select(r => r.BuilderId).Distinct().Select(b => new DispatchBuilder(b, $"b{b}", new WorkerSelector(), [], false))],
        Workers = workers,
        Now = Now,
    });

    private static long[] Started(DispatchDecision decision) => [.. decision.Starts.Select(s => s.Request.Id)];

    [Fact]
    public void It_starts_on_a_full_worker_and_others_do_not() => Assert.Equal([2], Started(Decide([Request(1, builder: 1), Request(2, builder: 2, new(77, 1))], Worker(1, free: 0))));

    [Fact]
    public void It_starts_though_an_older_one_of_its_builder_waits() => Assert.Equal([2], Started(Decide([Request(1), Request(2, lent: new(77, 1)), Request(3)], Worker(1, free: 0))));

    [Fact]
    public void One_at_a_time() => Assert.Equal([1], Started(Decide([Request(1, lent: new(77, 1)), Request(2, builder: 2, new(77, 1))], Worker(1, free: 0))));

    [Fact]
    public void Beside_it_each_lender_has_its_own() => Assert.Equal([1, 2], Started(Decide([Request(1, lent: new(77, 1)), Request(2, lent: new(78, 1))], Worker(1, free: 0))));

    [Fact]
    public void It_takes_no_slot_of_others() => Assert.Equal([1, 2], Started(Decide([Request(1, lent: new(77, 1)), Request(2, builder: 2)], Worker(1, free: 1))));

    [Fact]
    public void Elsewhere_it_is_like_any_other()
    {
        Assert.Empty(Started(Decide([Request(1, lent: new(77, 1))], Worker(2, free: 0))));
        Assert.Equal([1, 2], Started(Decide([Request(1, lent: new(77, 3)), Request(2, lent: new(77, 3))], Worker(2, free: 2))));
    }
}

using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue;

/// <summary>So many builds of a project run at a time, and a unit that is lent is no further one.</summary>
public sealed class CapTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static WaitingRequest Request(long id, long builder, long? lender = null) => new() { Id = id, BuilderId = builder, Priority = 0, SubmittedAt = Now.AddSeconds(id), CapLender = lender };

    private static DispatchBuilder Builder(long id, string? project, int? cap) => new(id, $"b{id}", new WorkerSelector(), [], false) { Project = project, Cap = cap };

    private static DispatchDecision Decide(WaitingRequest[] requests, DispatchBuilder[] builders, int free = 9, params (string, int)[] running) => Dispatching.Decide(new()
    {
        Requests = requests,
        Builders = builders,
        Workers = [new() { Id = 1, Name = "w1", FreeSlots = free, Mine = true, Verdict = WorkerVerdict.Of(new() { Link = WorkerLinkState.Connected }, Now) }],
        Capped = running,
        Now = Now,
    });

    private static long[] Started(DispatchDecision decision) => [.. decision.Starts.Select(s => s.Request.Id)];

    [Fact]
    public void No_more_start_than_may_run_and_the_others_say_so()
    {
        var decision = Decide([Request(1, 1), Request(2, 1), Request(3, 2), Request(4, 3), Request(5, 4)], [Builder(1, "gst", 2), Builder(2, "gst", 2), Builder(3, "other", 1), Builder(4, null, null)], running: ("other", 1));

        Assert.Equal([1, 2, 5], Started(decision).Order());
        Assert.Equal([(3, WaitKind.CapReached, "The project gst has 2 builds running, which is its cap."), (4, WaitKind.CapReached, "The project other has 1 build running, which is its cap.")],
            decision.Waits.Select(w => ((int)w.Request, w.Kind, w.Text)).Order());
    }

    [Fact]
    public void What_runs_already_counts() => Assert.Equal([1], Started(Decide([Request(1, 1), Request(2, 1)], [Builder(1, "gst", 3)], running: ("gst", 2))));

    [Fact]
    public void More_than_the_cap_may_run_since_it_was_lowered_and_nothing_starts() => Assert.Empty(Started(Decide([Request(1, 1)], [Builder(1, "gst", 1)], running: ("gst", 5))));

    [Fact]
    public void What_a_build_waits_for_has_its_unit_one_at_a_time() =>
        Assert.Equal([2], Started(Decide([Request(1, 1), Request(2, 1, lender: 77), Request(3, 1, lender: 77)], [Builder(1, "gst", 1)], running: ("gst", 1))));

    [Fact]
    public void Each_lender_lends_one() => Assert.Equal([1, 2], Started(Decide([Request(1, 1, lender: 77), Request(2, 1, lender: 78), Request(3, 1)], [Builder(1, "gst", 2)], running: ("gst", 2))));

    [Fact]
    public void It_gives_no_slot() => Assert.Empty(Started(Decide([Request(1, 1, lender: 77)], [Builder(1, "gst", 1)], free: 0, running: ("gst", 1))));

    [Fact]
    public void Who_is_kept_by_it_keeps_no_others_from_the_workers() => Assert.Equal([2], Started(Decide([Request(1, 1), Request(2, 2)], [Builder(1, "gst", 1), Builder(2, null, null)], free: 1, running: ("gst", 1))));

    [Fact]
    public void That_all_workers_are_busy_is_said_first() => Assert.Equal(WaitKind.SlotsFull, Assert.Single(Decide([Request(1, 1)], [Builder(1, "gst", 1)], free: 0, running: ("gst", 1)).Waits).Kind);
}

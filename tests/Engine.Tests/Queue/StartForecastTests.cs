using FsCheck.Fluent;
using Weir.Engine.Queue;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue;

/// <summary>When waiting requests will probably start, and of which nobody says so. Times are minutes from now.</summary>
public sealed class StartForecastTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset At(int minute) => Now.AddMinutes(minute);

    // Slots, and when what runs ends (negative: nobody knows).
    private static ForecastWorker Worker(long id, int slots, int[] ends, int from = 0, int? until = null) =>
        new(id, slots, At(from), until is { } u ? At(u) : null, [.. ends.Select(e => e < 0 ? (DateTimeOffset?)null : At(e))]);

    private static ForecastBuilder Builder(long id, int? takes, long[] workers, WaitKind? kind = WaitKind.SlotsFull, int? over = null) =>
        new(id, takes is { } t ? TimeSpan.FromMinutes(t) : null, workers) { Kind = kind, Over = over is { } o ? At(o) : null };

    // Requests of these builders, in this order; -1: not told.
    private static int[] Told(long[] requests, ForecastBuilder[] builders, ForecastWorker[] workers, int? notBefore = null)
    {
        var told = StartForecast.Of(Now, requests.Index().Select(r => new ForecastRequest(r.Index, r.Item, notBefore is { } n ? At(n) : null)), builders, workers);
        return [.. requests.Index().Select(r => told.TryGetValue(r.Index, out var at) ? (int)(at - Now).TotalMinutes : -1)];
    }

    [Fact]
    public void One_after_the_other_behind_what_runs() => Assert.Equal([4, 14, 24], Told([1, 1, 1], [Builder(1, 10, [1])], [Worker(1, 1, [4])]));

    [Fact]
    public void Where_a_slot_is_free_first() => Assert.Equal([2, 4, 6, 12], Told([1, 1, 1, 1], [Builder(1, 10, [1, 2])], [Worker(1, 2, [4, 6]), Worker(2, 1, [2])]));

    [Fact]
    public void Only_on_workers_that_it_may_use() => Assert.Equal([9, 2], Told([1, 2], [Builder(1, 10, [1]), Builder(2, 10, [2])], [Worker(1, 1, [9]), Worker(2, 1, [2])]));

    [Fact]
    public void Who_stands_before_it_takes_the_slot_first() => Assert.Equal([5, 35, 6], Told([2, 1, 2], [Builder(1, 10, [1]), Builder(2, 30, [1, 2])], [Worker(1, 1, [5]), Worker(2, 1, [6])]));

    [Fact]
    public void Behind_a_build_of_which_nobody_knows_its_end_nobody_knows() => Assert.Equal([-1], Told([1], [Builder(1, 10, [1])], [Worker(1, 1, [-1])]));

    [Fact]
    public void Behind_a_request_of_which_nobody_knows_how_long_it_takes_nobody_knows() => Assert.Equal([3, -1], Told([2, 1], [Builder(1, 10, [1]), Builder(2, null, [1])], [Worker(1, 1, [3])]));

    [Fact]
    public void Where_another_slot_is_known_it_is_told() => Assert.Equal([8], Told([1], [Builder(1, 10, [1])], [Worker(1, 2, [-1, 8])]));

    [Fact]
    public void A_worker_that_is_away_is_there_when_it_comes_back() => Assert.Equal([30, 40], Told([1, 1], [Builder(1, 10, [1], WaitKind.WorkersAway)], [Worker(1, 1, [], from: 30)]));

    [Fact]
    public void What_would_not_fit_into_the_window_is_not_told() => Assert.Equal([5, -1], Told([1, 1], [Builder(1, 10, [1])], [Worker(1, 1, [5], until: 20)]));

    [Fact]
    public void A_slot_that_is_too_many_must_go_first() => Assert.Equal([9], Told([1], [Builder(1, 10, [1])], [Worker(1, 1, [4, 9])]));

    [Fact]
    public void A_pause_with_an_end_is_told_and_one_without_is_not()
    {
        Assert.Equal([20], Told([1], [Builder(1, 10, [1], WaitKind.PausedBy, over: 20)], [Worker(1, 1, [4])]));
        Assert.Equal([-1], Told([1], [Builder(1, 10, [1], WaitKind.PausedBy)], [Worker(1, 1, [4])]));
    }

    [Fact]
    public void Behind_the_holder_of_a_lock_the_first_is_told_and_no_other() =>
        Assert.Equal([7, -1, 4], Told([1, 1, 2], [Builder(1, 10, [1], WaitKind.LockHeld, over: 7), Builder(2, 10, [2])], [Worker(1, 3, []), Worker(2, 1, [4])]));

    [Theory]
    [InlineData(WaitKind.LockLine)]
    [InlineData(WaitKind.NoMatchingWorker)]
    [InlineData(WaitKind.WorkersMissing)]
    [InlineData(WaitKind.SetAside)]
    [InlineData(WaitKind.NoEngine)]
    [InlineData(WaitKind.BuilderRetired)]
    public void Of_what_may_last_for_ever_nothing_is_told(WaitKind kind) => Assert.Equal([-1], Told([1], [Builder(1, 10, [1], kind)], [Worker(1, 1, [4])]));

    [Fact]
    public void The_next_attempt_waits_for_its_moment() => Assert.Equal([12], Told([1], [Builder(1, 10, [1], WaitKind.NotBefore)], [Worker(1, 1, [4])], notBefore: 12));

    // What was told is a plan that can be carried out: never more at a time on a worker than it has slots, and nobody before the moment.
    [Fact]
    public void Whatever_waits_no_worker_is_given_more_than_it_has_slots()
    {
        var cases = from slots in Gen.Choose(1, 3)
                    from ends in Gen.Choose(0, 30).ArrayOf().Select(e => e.Take(3).ToArray())
                    from takes in Gen.Choose(1, 20).ArrayOf(3)
                    from requests in Gen.Choose(1, 3).ArrayOf()
                    select (slots, ends: ends.Take(slots).ToArray(), takes, requests: requests.Select(r => (long)r).ToArray());
        foreach (var (slots, ends, takes, requests) in cases.Sample(30, 300))
        {
            var told = Told(requests, [.. takes.Index().Select(t => Builder(t.Index + 1, t.Item, [1]))], [Worker(1, slots, ends)]);

            Assert.DoesNotContain(-1, told);
            var busy = ends.Select(e => (From: 0, Until: e)).Concat(told.Zip(requests, (start, builder) => (From: start, Until: start + takes[builder - 1]))).ToArray();
            Assert.All(busy, b => Assert.True(busy.Count(o => o.From <= b.From && o.Until > b.From) <= slots));
        }
    }
}

using Weir.Engine.Builds;
using Weir.Engine.Locks;

namespace Weir.Engine.Tests.Builds;

/// <summary>What a relay knows of the lines between two looks at the locks: who has asked, and to whom was passed on.</summary>
public sealed class LockRelayKnowledgeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly LockDefinition[] Locks = [new(1, "db", OfWorkers: false, 1, new Dictionary<string, int>()), new(2, "cpu", OfWorkers: false, 4, new Dictionary<string, int>())];
    private readonly LockRelay relay = new();

    private static LockState.ClaimRow Claim(long build, bool held = false, long of = 1, int units = 1) => new()
    {
        Id = build, LockId = of, BuildId = build, Units = units, Exclusive = of == 1, AskedAt = Now.AddSeconds(build), Held = held, OfSteps = true, WorkerId = 1, Worker = "w1", Builder = "b", Number = (int)build,
    };

    private LockState Seen(params LockState.ClaimRow[] claims) => relay.Seen(LockState.Of(Locks, claims), new HashSet<string>());

    private static long[] Waiting(LockState state) => [.. state.Waiters.Select(w => w.Build)];

    [Fact]
    public void Nothing_is_known_before_the_first_look() => Assert.True(relay.Asked([Claim(1)]));

    [Fact]
    public void Of_a_lock_that_is_free_somebody_has_to_look_and_of_one_that_is_held_nobody_has()
    {
        Seen();
        Assert.True(relay.Asked([Claim(1)]));
        Seen(Claim(1, held: true));
        Assert.False(relay.Asked([Claim(2)]));
        Assert.False(relay.Asked([Claim(3)]));
    }

    [Fact]
    public void What_fits_beside_the_holders_is_looked_at_and_what_comes_behind_one_that_does_not_fit_is_not()
    {
        Seen(Claim(1, held: true, of: 2, units: 2));
        Assert.False(relay.Asked([Claim(2, of: 2, units: 3)]));
        Assert.False(relay.Asked([Claim(3, of: 2, units: 2)]));
        relay.Look();
        Seen(Claim(1, held: true, of: 2, units: 2));
        Assert.True(relay.Asked([Claim(4, of: 2, units: 2)]));
    }

    [Fact]
    public void Whoever_asks_for_what_requests_want_too_is_a_matter_for_the_queue()
    {
        relay.Seen(LockState.Of(Locks, [Claim(1, held: true)]), new HashSet<string> { "cpu" });
        Assert.False(relay.Asked([Claim(2)]));
        Assert.True(relay.Asked([Claim(3, of: 2)]));
    }

    [Fact]
    public void One_who_asks_while_somebody_looks_is_not_forgotten()
    {
        Seen(Claim(1, held: true));
        relay.Look();
        Assert.False(relay.Asked([Claim(2)]));

        Assert.Equal([2L], Waiting(Seen(Claim(1, held: true))));
        Assert.Equal([2L], Waiting(Seen(Claim(1, held: true), Claim(2))));
    }

    [Fact]
    public void One_who_asks_and_gets_it_while_somebody_looks_has_it()
    {
        Seen(Claim(1, held: true));
        relay.Look();
        relay.Asked([Claim(2)]);
        relay.Asked([Claim(3)]);
        Assert.False(relay.Passed(1, 2));

        var state = Seen(Claim(1, held: true));

        Assert.Equal([3L], Waiting(state));
        Assert.Equal([1L], state.HeldBy(2));
        Assert.Empty(state.HeldBy(1));
    }

    [Fact]
    public void Who_has_taken_it_by_himself_holds_it_and_those_behind_him_wait()
    {
        Seen();
        Assert.True(relay.Asked([Claim(1)]));

        relay.Took(1);

        Assert.False(relay.Asked([Claim(2)]));
        Assert.False(relay.Passed(1, 2));
        Assert.False(relay.Asked([Claim(3)]));
    }

    [Fact]
    public void Who_takes_it_by_himself_while_somebody_looks_holds_it()
    {
        Seen();
        relay.Asked([Claim(1)]);
        relay.Look();
        relay.Asked([Claim(2)]);
        relay.Took(1);

        var state = Seen(Claim(1));

        Assert.Equal([1L], state.HeldBy(1));
        Assert.Equal([2L], Waiting(state));
        Assert.False(relay.Asked([Claim(3)]));
    }

    [Fact]
    public void Who_has_ended_while_nobody_was_behind_him_holds_nothing()
    {
        Seen(Claim(1, held: true));
        relay.Ended(1);
        Assert.True(relay.Asked([Claim(2)]));

        Seen(Claim(1, held: true));
        relay.Look();
        relay.Ended(1);
        Assert.Empty(Seen(Claim(1, held: true)).HeldBy(1));
        Assert.True(relay.Asked([Claim(2)]));
    }

    [Fact]
    public void What_was_asked_before_a_look_began_is_as_the_look_says()
    {
        Seen(Claim(1, held: true));
        relay.Asked([Claim(2)]);
        relay.Look();

        Assert.Empty(Waiting(Seen(Claim(1, held: true))));
    }

    [Fact]
    public void A_lock_that_the_next_look_does_not_know_any_more_is_no_error()
    {
        Seen(Claim(1, held: true));
        relay.Look();
        relay.Asked([Claim(2)]);

        Assert.Empty(Waiting(relay.Seen(LockState.Of([Locks[1]], []), new HashSet<string>())));
        Assert.True(relay.Asked([Claim(3)]));
    }
}

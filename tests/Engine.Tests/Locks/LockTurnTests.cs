using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Locks;
using Weir.Engine.Queue;
using Weir.Engine.Tests.Queue.Decisions;

namespace Weir.Engine.Tests.Locks;

/// <summary>Whose turn it is, decided without the queue. Locks: 1 of one unit, 2 of three, 3 of workers, 4 with names; each case says what is held and asked for, and who gets it.</summary>
public sealed class LockTurnTests
{
    private static readonly LockDefinition[] Definitions =
    [
        new(1, "one", false, 1, new Dictionary<string, int>()), new(2, "three", false, 3, new Dictionary<string, int>()), new(3, "near", true, 1, new Dictionary<string, int>()),
        new(4, "boards", false, 2, new Dictionary<string, int>()) { Pool = new(new Dictionary<string, string[]> { ["b1"] = [], ["b2"] = [] }) },
    ];

    // build:lock, its units behind an x, ! for all of it, ^6 for what build 6 lets it use; what is held stands in front of the bar.
    [Theory]
    [InlineData("|", "", "")]
    [InlineData("| 7:1", "7", "7")]
    [InlineData("6:1 | 7:1", "", "")]
    [InlineData("| 7:1 8:1", "7", "7")]
    [InlineData("6:2x2 | 7:2 8:2", "7", "7")]
    [InlineData("6:2 | 7:2! 8:2", "", "")]
    [InlineData("| 7:1 7:2! 8:2", "7", "7")]
    [InlineData("6:1 | 7:1 7:2! 8:2", "", "")]
    [InlineData("6:1 | 7:1 8:2", "8", "8")]
    // What lies elsewhere, has names, is lent or is wanted in a number that is not there any more has its turn, but is given, not taken.
    [InlineData("| 7:3", "7", "")]
    [InlineData("| 7:4", "7", "")]
    [InlineData("| 7:1 7:3", "7", "")]
    [InlineData("6:2 5:2^6 | 7:2", "7", "")]
    [InlineData("6:1 | 7:1^6", "7", "")]
    [InlineData("| 7:2x4", "7", "")]
    public void Steps_have_their_turn_in_the_order_of_the_line(string claims, string turns, string simple)
    {
        var state = LockState.Of(Definitions, Claims(claims), claims.Contains("7:1^6", StringComparison.Ordinal) ? [new() { Buildset = 1, Lock = 1, Through = [6] }] : []);

        var turn = LockTurn.Of(state, new HashSet<string>());

        Assert.Equal((turns, simple), (Said(turn.Grants), Said(turn.Grants.Where(state.IsSimple))));
        Assert.False(turn.IsForQueue);
    }

    [Theory]
    [InlineData("| 7:1", "one", "", true)]
    [InlineData("6:1 | 7:1", "one", "", false)]
    [InlineData("| 7:1 8:2", "one", "8", true)]
    // Who wants both keeps his place for the other one as well.
    [InlineData("| 7:1 7:2! 8:2", "one", "", true)]
    [InlineData("6:1 | 7:1 7:2! 8:2", "one", "", false)]
    public void What_requests_may_want_is_left_to_the_queue(string claims, string ofRequests, string turns, bool isForQueue)
    {
        var turn = LockTurn.Of(LockState.Of(Definitions, Claims(claims)), new HashSet<string> { ofRequests });

        Assert.Equal((turns, isForQueue), (Said(turn.Grants), turn.IsForQueue));
    }

    [Fact]
    public void Nobody_has_a_turn_whom_the_queue_would_let_wait()
    {
        var (given, left) = (0, 0);
        Prop.ForAll(Arb.From(SmallWorlds.Any, SmallWorlds.Smaller), world =>
        {
            var state = world.ToState();
            var turn = LockTurn.Of(state.Locks, world.Builders.SelectMany(b => b.Locks).Select(u => $"l{u.Lock}").ToHashSet());
            var decided = Dispatching.Decide(state).Grants.Select(g => g.Build).ToHashSet();
            (given, left) = (given + turn.Grants.Count, left + (turn.IsForQueue ? 1 : 0));
            return turn.Grants.All(g => decided.Contains(g.Build)).Label($"turns of {Said(turn.Grants)}; the queue: {string.Join(' ', decided.Order())}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(6000).WithEndSize(30));

        Assert.True(given > 100 && left > 100, $"{given} turns and {left} that were left to the queue prove nothing");
    }

    private static string Said(IEnumerable<LockWaiter> waiters) => string.Join(' ', waiters.Select(w => w.Build));

    private static IEnumerable<LockState.ClaimRow> Claims(string text) => text.Split('|').Index().SelectMany(side => side.Item.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((claim, i) =>
    {
        var (build, rest) = (claim.Split(':')[0], claim.Split(':')[1]);
        var through = rest.Contains('^') ? rest.Split('^')[1] : null;
        return new LockState.ClaimRow
        {
            Id = (side.Index * 100) + i,
            BuildId = long.Parse(build, System.Globalization.CultureInfo.InvariantCulture),
            LockId = rest[0] - '0',
            Units = rest.Contains('x') ? rest[rest.IndexOf('x') + 1] - '0' : 1,
            Exclusive = rest.Contains('!'),
            Held = side.Index == 0,
            OfSteps = side.Index == 1,
            AskedAt = DateTimeOffset.UnixEpoch.AddSeconds(i),
            WorkerId = 1,
            Worker = "w1",
            Through = through is null ? [] : [through[0] - '0'],
        };
    }));
}

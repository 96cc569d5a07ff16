using System.Globalization;

namespace Weir.Simulation.Tests;

/// <summary>Claim, ownership, adoption and the command protocol under every order of events that the seeds come to. WEIR_SIM_SEED runs one; WEIR_SIM_SEEDS says how many.</summary>
public sealed class SimulationTests
{
    private static readonly int Seeds = int.Parse(Environment.GetEnvironmentVariable("WEIR_SIM_SEEDS") ?? (Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1" ? "3000" : "150"), CultureInfo.InvariantCulture);

    [Fact]
    public void Nothing_is_lost_and_nothing_done_twice()
    {
        if (Environment.GetEnvironmentVariable("WEIR_SIM_SEED") is { } one)
        {
            AssertGood(ulong.Parse(one, CultureInfo.InvariantCulture));
            return;
        }
        var seen = new HashSet<string>();
        for (ulong seed = 1; seed <= (ulong)Seeds; seed++)
            seen.UnionWith(AssertGood(seed).Seen);
        // A run in which nothing happens proves nothing.
        foreach (var what in Expected)
            Assert.Contains(what, seen);
    }

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        for (ulong seed = 1; seed <= 5; seed++)
            Assert.Equal(World.Run(seed, Fault.Of(seed)).Hash, World.Run(seed, Fault.Of(seed)).Hash);
    }

    public static TheoryData<Bug> Planted => [.. Enum.GetValues<Bug>().Where(b => b != Bug.None)];

    [Theory]
    [MemberData(nameof(Planted))]
    public void It_finds_the_planted_bug(Bug bug)
    {
        for (ulong i = 0; i < Most; i++)
        {
            var seed = ((FirstOf(bug) - 1 + i) % Most) + 1;
            var faults = Fault.Of(seed);
            if (World.Run(seed, faults, bug).Failure is not { } failure)
                continue;
            var (fewer, still) = Shrinking.Of(seed, faults, failure, bug);
            Assert.True(fewer.Count <= faults.Count);
            TestContext.Current.TestOutputHelper?.WriteLine(Shrinking.Story(seed, fewer, still));
            return;
        }
        Assert.Fail($"{bug} was not found in {Most} seeds.");
    }

    private const ulong Most = 2000;

    // Of those that hide well, where they were found before: the search begins there, and goes on to all others.
    private static ulong FirstOf(Bug bug) => bug switch
    {
        Bug.LostIsSentAgain => 986,
        Bug.UnknownIsRead => 166,
        _ => 1,
    };

    private static readonly string[] Expected =
    [
        "a build was adopted", "a stale write was refused", "a runner found that its build was no longer its own", "a runner asked the store what had become of a commit",
        "a build was taken up whose claim got no answer", "a command was lost with its machine", "an engine found that a session was no longer its own", "an engine drained to its end",
    ];

    private static Outcome AssertGood(ulong seed)
    {
        var faults = Fault.Of(seed);
        var outcome = World.Run(seed, faults);
        if (outcome.Failure is { } failure)
        {
            var (fewer, still) = Shrinking.Of(seed, faults, failure, Bug.None);
            Assert.Fail(Shrinking.Story(seed, fewer, still));
        }
        return outcome;
    }
}

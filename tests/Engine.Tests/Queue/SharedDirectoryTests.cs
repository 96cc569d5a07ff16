using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;
using Weir.Shared.Queue;

namespace Weir.Engine.Tests.Queue;

/// <summary>Where builders run that share directories, and what they say when they cannot.</summary>
public sealed class SharedDirectoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static DispatchWorker Worker(long id, int free = 1, bool isOld = false) =>
        new() { Id = id, Name = $"w{id}", FreeSlots = free, Mine = true, Abilities = isOld ? [] : null, Verdict = WorkerVerdict.Of(new(), Now) };

    private static BuilderConfiguration Builder(string name, string[] workers, params string[] directories) => new()
    {
        Name = name,
        Workers = new() { Names = workers },
        Steps = [new RunStepConfiguration { Name = "run", Locks = [.. directories.Select(d => new LockUse { Name = SharedDirectories.Lock(d), Exclusive = true })] }],
    };

    // One request for each builder, in their order.
    private static DispatchDecision Decide(BuilderConfiguration[] builders, DispatchWorker[] workers, params (string Directory, DirectoryHome Home)[] homes)
    {
        var groups = DirectoryGroups.Of(new() { Builders = builders });
        return Dispatching.Decide(new()
        {
            Requests = [.. builders.Select((_, i) => new WaitingRequest { Id = i + 1, BuilderId = i + 1, Priority = 0, SubmittedAt = Now.AddMinutes(i - 10) })],
            Builders =
            [
                .. builders.Select((b, i) => new DispatchBuilder(i + 1, b.Name, b.Workers, [], false)
                {
                    Needs = BuilderNeeds.Of(b),
                    Shared = groups.FirstOrDefault(g => g.Builders.Contains(b)) is { } group ? new(DirectoryGroups.Used(b), group.Directories, [.. group.Builders.Select(o => (o.Workers, BuilderNeeds.Of(o)))]) : null,
                }),
            ],
            Workers = workers,
            Homes = homes.ToDictionary(h => h.Directory, h => h.Home),
            Now = Now,
        });
    }

    private static IEnumerable<(int, int)> Starts(DispatchDecision decision) => decision.Starts.Select(s => ((int)s.Request.Id, (int)s.Worker.Id));

    [Fact]
    public void The_first_build_of_all_that_share_goes_to_a_worker_that_all_may_use_and_the_others_follow()
    {
        // The first alone would go to w1, and the third be left without a worker.
        var decision = Decide([Builder("a", [], "d"), Builder("b", [], "d", "e"), Builder("c", ["w2", "w3"], "e")], [Worker(1, 9), Worker(2, 2), Worker(3)]);

        Assert.Equal([(1, 2), (2, 2)], Starts(decision));
        Assert.Equal((3L, WaitKind.SlotsFull, "Worker w2 is busy."), decision.Waits.Select(w => (w.Request, w.Kind, w.Text)).Single());
    }

    [Fact]
    public void Who_shares_nothing_with_the_others_goes_its_own_way() =>
        Assert.Equal([(1, 1), (2, 2), (3, 3)], Starts(Decide([Builder("a", [], "d"), Builder("b", [], "e"), Builder("c", [])], [Worker(1), Worker(2), Worker(3)])));

    public static TheoryData<string, string> Reasons => new()
    {
        { "full", "Worker w1 is busy." },
        { "gone", "The shared directory d is on worker w9, which is no longer in the configuration; an admin can move it." },
        { "not its own", "The shared directory d is on worker w3, which a may not use; an admin can move it." },
        { "two places", "What it uses is on different workers: the shared directory d on w1, the shared directory e on w2; an admin can move one of them." },
        { "old", "It needs a worker that can have shared directories; worker w2 is of an earlier release." },
        { "none for all", "No worker that is known can take all builders that share the shared directories d, e." },
    };

    [Theory]
    [MemberData(nameof(Reasons))]
    public void Who_cannot_run_where_its_directories_are_says_why(string name, string text)
    {
        var a = Builder("a", ["w1", "w2"], "d", "e");
        var decision = name switch
        {
            "full" => Decide([a], [Worker(1, 0), Worker(2)], ("d", new(1, "w1")), ("e", new(1, "w1"))),
            "gone" => Decide([a], [Worker(1), Worker(2)], ("d", new(9, "w9", Configured: false))),
            "not its own" => Decide([a], [Worker(1), Worker(2), Worker(3)], ("d", new(3, "w3"))),
            "two places" => Decide([a], [Worker(1), Worker(2)], ("d", new(1, "w1")), ("e", new(2, "w2"))),
            "old" => Decide([a], [Worker(1), Worker(2, isOld: true)], ("d", new(2, "w2"))),
            _ => Decide([a, Builder("b", ["w3"], "e")], [Worker(1), Worker(2), Worker(3)]),
        };

        Assert.Empty(decision.Starts);
        Assert.Equal(text, decision.Waits[0].Text);
    }
}

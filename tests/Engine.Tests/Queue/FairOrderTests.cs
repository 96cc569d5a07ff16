using Weir.Engine.Queue;
using Weir.Engine.Workers.Availability;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Queue;

/// <summary>Who is served first. Builders a, b, … are of the projects of the same names.</summary>
public sealed class FairOrderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private readonly List<WaitingRequest> requests = [];
    private readonly Dictionary<string, int> running = [];
    private readonly Dictionary<char, int> weights = [];
    private TimeSpan? patience;

    private void Waiting(char builder, int count, int priority = 0, int minutes = 0)
    {
        for (var i = 0; i < count; i++)
            requests.Add(new() { Id = requests.Count + 1, BuilderId = builder, Priority = priority, SubmittedAt = Now.AddMinutes(-minutes) });
    }

    private string Served(int slots)
    {
        var decision = Dispatching.Decide(new()
        {
            Requests = requests,
            Builders = [.. requests.Select(r => r.BuilderId).Distinct().Select(b => new DispatchBuilder(b, $"{(char)b}", new WorkerSelector(), [], false) { Project = $"{(char)b}", Weight = weights.GetValueOrDefault((char)b, 1), MaxWait = patience })],
            Workers = [new() { Id = 1, Name = "w", FreeSlots = slots, Mine = true, Verdict = WorkerVerdict.Of(new(), Now) }],
            Running = running,
            Now = Now,
        });
        return string.Concat(decision.Starts.Select(s => (char)s.Request.BuilderId));
    }

    [Fact]
    public void Projects_that_wait_take_turns_however_many_requests_one_has()
    {
        Waiting('a', 9, minutes: 60);
        Waiting('b', 2);

        Assert.Equal("ababaa", Served(6));
    }

    [Fact]
    public void What_runs_already_counts()
    {
        Waiting('a', 4, minutes: 60);
        Waiting('b', 4);
        running["a"] = 3;

        Assert.Equal("bbbabaa", Served(7));
    }

    [Fact]
    public void Twice_the_weight_is_twice_as_much()
    {
        Waiting('a', 20);
        Waiting('b', 20);
        weights['b'] = 2;

        Assert.Equal((4, 8), (Served(12).Count(c => c == 'a'), Served(12).Count(c => c == 'b')));
    }

    [Fact]
    public void Priority_goes_before_shares()
    {
        Waiting('a', 2);
        Waiting('b', 2, priority: 1);
        running["b"] = 50;

        Assert.Equal("bbaa", Served(4));
    }

    [Theory]
    [InlineData(59, "bba")]
    [InlineData(60, "abb")]
    public void Who_has_waited_for_too_long_goes_up_a_class(int minutes, string served)
    {
        patience = TimeSpan.FromHours(1);
        running["b"] = 1;
        Waiting('a', 1, minutes: minutes);
        Waiting('b', 2, priority: 100);

        Assert.Equal(served, Served(3));
    }

    [Fact]
    public void Who_has_waited_for_too_long_even_in_the_highest_class_goes_before_all_that_has_not_however_much_his_project_has()
    {
        patience = TimeSpan.FromHours(1);
        running["a"] = 50;
        Waiting('a', 1, minutes: 61);
        Waiting('b', 3);
        Waiting('c', 1, minutes: 75);

        Assert.Equal("cabbb", Served(5));
    }

    [Fact]
    public void As_long_again_is_a_class_more()
    {
        patience = TimeSpan.FromHours(1);
        running["a"] = 9;
        Waiting('a', 1, minutes: 125);
        Waiting('b', 1, priority: 5);
        Waiting('c', 1, priority: 7);

        Assert.Equal("cab", Served(3));
        patience = TimeSpan.FromMinutes(150);
        Assert.Equal("cba", Served(3));
    }

    [Fact]
    public void A_project_that_cannot_start_holds_up_nobody()
    {
        Waiting('a', 3, minutes: 60);
        Waiting('b', 3);
        var state = new DispatchState
        {
            Requests = requests,
            Builders = [new('a', "a", new WorkerSelector { Names = ["other"] }, [], false) { Project = "a" }, new('b', "b", new WorkerSelector(), [], false) { Project = "b" }],
            Workers = [new() { Id = 1, Name = "w", FreeSlots = 2, Mine = true, Verdict = WorkerVerdict.Of(new(), Now) }],
            Now = Now,
        };

        Assert.Equal(2, Dispatching.Decide(state).Starts.Count);
    }
}

namespace Weir.Engine.Tests.Changes.Sources;

public sealed class PollRaceTests
{
    [Fact]
    public async Task Two_engines_that_poll_one_source_neither_double_nor_lose_a_change()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        var expected = new List<string> { polled.Git.Commit() };
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        var other = await polled.NewEngine();
        using var stop = new CancellationTokenSource();
        // Leases that run out all the time, so that both get their turn in the middle of each other's polls.
        var flapping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await polled.Works.Store.Execute("UPDATE duties SET expires_at = '-infinity'; UPDATE timers SET due_at = weir_now() WHERE kind = 'poll'");
                await Task.Delay(15);
            }
        });
        var polling = new[] { polled.Poller, other }.Select(p => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await p.Poll(polled.Source, polled.Codebase, CancellationToken.None);
        })).ToArray();

        for (var n = 0; n < 12; n++)
        {
            expected.Add(polled.Git.Commit($"{n}"));
            if (n % 3 != 0)
                polled.Git.Push("HEAD:main");
        }
        polled.Git.Push("HEAD:main");
        await stop.CancelAsync();
        await Task.WhenAll([flapping, .. polling]);
        await polled.Works.Store.Execute("UPDATE duties SET expires_at = '-infinity'");
        await polled.Poll();

        var found = (await polled.Works.Log.List(null, null, null, 1000, CancellationToken.None)).Items.Select(c => c.Revision!).Reverse();
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task An_engine_whose_lease_is_alive_keeps_the_others_out()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        var other = await polled.NewEngine();
        await polled.Works.Log.PollNow("lib-poll", Works.Ann, CancellationToken.None);

        Assert.False(await other.Poll(polled.Source, polled.Codebase, CancellationToken.None));
        await polled.Works.Store.MoveClock(TimeSpan.FromSeconds(31));
        Assert.True(await other.Poll(polled.Source, polled.Codebase, CancellationToken.None));
    }

    [Fact]
    public async Task An_engine_that_stops_leaves_its_polls_to_the_others_at_once()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        await polled.Poll();

        await polled.Poller.Release(CancellationToken.None);

        await polled.Poll(await polled.NewEngine());
    }

    [Fact]
    public async Task A_mirror_that_was_not_used_for_a_while_takes_no_old_commit_for_a_new_one()
    {
        await using var polled = await PolledWorks.Of(["**"]);
        polled.Git.Commit("base");
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        var other = await polled.NewEngine();
        polled.Git.Git("checkout", "-q", "-b", "feature");
        polled.Git.Commit("f1");
        polled.Git.Commit("f2");
        polled.Git.Push("HEAD:feature");
        Assert.Equal(2, (await polled.Poll()).Count);

        await polled.Works.Store.Execute("UPDATE duties SET expires_at = '-infinity'");
        polled.Git.Git("checkout", "-q", "-b", "feature2", "HEAD~1");
        var own = polled.Git.Commit("own");
        polled.Git.Push("HEAD:feature2");

        Assert.Equal([own], (await polled.Poll(other)).Select(c => c.Revision));
    }
}

using FsCheck.Fluent;
using Weir.Engine.Schedulers;
using Weir.Engine.Tests.Changes;

namespace Weir.Engine.Tests.Schedulers;

public sealed class TreeStableRaceTests
{
    // Each round has a branch of its own, so that no later change can bring home one that was lost.
    [Fact]
    public async Task A_change_that_comes_while_the_timer_fires_is_in_this_set_or_in_the_next()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib(TimeSpan.Zero, branch: "**")));
        using var classifier = works.NewClassifier();
        using var one = works.NewTimers();
        using var two = works.NewTimers();
        var ids = new List<long>();
        var random = new Random(7);
        for (var n = 0; n < 300; n++)
        {
            ids.Add(await works.Commit("first", branch: $"b{n}"));
            await works.Classify();
            ids.Add(await works.Commit("second", branch: $"b{n}"));
            await Task.WhenAll(classifier.ClassifyAll(CancellationToken.None), Soon(one, random.Next(4)), Soon(two, random.Next(4)));
        }
        await works.FireDue();

        var sets = await works.Sets();
        Assert.Equal(ids, sets.SelectMany(s => s).Order());
        Assert.InRange(sets.Count(s => s.Length == 2), 1, 299); // both ways it can end were seen
        Assert.Equal(0, await works.Count("scheduler_changes") + await works.Count("timers") + await works.Count("change_work"));
    }

    private static async Task Soon(SchedulerTimers timers, int milliseconds)
    {
        await Task.Delay(milliseconds);
        await timers.FireDue(CancellationToken.None);
    }

    /// <summary>What can happen, in any order: changes of both kinds on two branches, time, classification, timers, a switch to another revision.</summary>
    public enum Move
    {
        Important,
        Unimportant,
        OtherBranch,
        Wait,
        LongWait,
        Classify,
        Fire,
        Both,
        Reconfigure,
    }

    [Fact]
    public async Task Whatever_the_order_every_important_change_ends_in_exactly_one_buildset()
    {
        var sequences = Gen.Elements(Enum.GetValues<Move>()).ArrayOf(25);
        foreach (var moves in sequences.Sample(12, 25))
            await Run(moves);
    }

    private static async Task Run(Move[] moves)
    {
        var story = string.Join(' ', moves);
        var revisions = new[] { TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(3), (TimeSpan?)null }.Select(q => Configurations.Of(Configurations.OnLib(q, branch: "**", important: ["src/**"]))).ToArray();
        await using var works = await Works.With(revisions[0]);
        await works.Sync.Sync(CancellationToken.None);
        var (important, all, revision) = (new List<long>(), new List<long>(), 0);
        foreach (var move in moves)
        {
            switch (move)
            {
                case Move.Important or Move.OtherBranch:
                    all.Add(await works.Commit($"{all.Count}", branch: move == Move.OtherBranch ? "other" : "main"));
                    important.Add(all[^1]);
                    break;
                case Move.Unimportant:
                    all.Add(await works.Commit($"{all.Count}", files: ["README"]));
                    break;
                case Move.Wait or Move.LongWait:
                    await works.Store.MoveClock(TimeSpan.FromSeconds(move == Move.Wait ? 2 : 11));
                    break;
                case Move.Classify:
                    await works.Classify();
                    break;
                case Move.Fire:
                    await works.FireDue();
                    break;
                case Move.Both:
                    await Task.WhenAll(works.Classify(), works.FireDue());
                    break;
                default:
                    await works.PutInForce(revisions[++revision % revisions.Length]);
                    await works.Sync.Sync(CancellationToken.None);
                    break;
            }
        }
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromMinutes(1));
        await works.FireDue();

        var built = (await works.Sets()).SelectMany(s => s).ToArray();
        Assert.True(important.All(c => built.Count(b => b == c) == 1), $"Important {string.Join(',', important)}, built {string.Join(',', built)}, after: {story}");
        Assert.True(built.Distinct().Count() == built.Length, $"Built twice: {string.Join(',', built)}, after: {story}");
    }
}

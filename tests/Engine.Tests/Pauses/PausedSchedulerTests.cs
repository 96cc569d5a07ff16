using Weir.Engine.Tests.Changes;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Pauses;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Pauses;

/// <summary>A paused scheduler fires nothing, and catches up by its rule when it goes on.</summary>
public sealed class PausedSchedulerTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    private static Task<ActionOutcome> Pause(Works works, string name) => new Engine.Pauses.PauseActions(works.Store.Database).Begin(new([new(PauseKind.Scheduler, name)], "holidays"), Works.Ann, Now);

    private static Task<ActionOutcome> Resume(Works works, string name) => new Engine.Pauses.PauseActions(works.Store.Database).End([new(PauseKind.Scheduler, name)], Works.Ann, Now);

    [Theory]
    [InlineData(CatchUp.Once, 2)]
    [InlineData(CatchUp.Skip, 1)]
    [InlineData(CatchUp.All, 4)]
    public async Task What_was_due_meanwhile_is_for_its_rule_of_catching_up(CatchUp rule, int sets)
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(TimeSpan.FromHours(1)) with { CatchUp = rule }));
        await works.Sync.Sync(Now);
        await works.FireDue();
        await Pause(works, "hourly");

        await works.Store.MoveClock(TimeSpan.FromHours(3.5));
        await works.FireDue();
        Assert.Single(await works.Sets());
        var shown = Assert.Single(await works.Queries.List(Now));
        Assert.Equal(("ann", "holidays", null), (shown.PausedBy, shown.PauseReason, shown.PausedUntil));

        await Resume(works, "hourly");
        await works.FireDue();
        Assert.Equal(sets, (await works.Sets()).Count);
        Assert.Null(Assert.Single(await works.Queries.List(Now)).PausedBy);
    }

    [Fact]
    public async Task Its_changes_wait_and_are_built_together_afterwards()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.OnLib()));
        await Pause(works, "on-lib");

        await works.Commit("a1");
        await works.Commit("b2");
        await works.Classifier.ClassifyAll(Now);
        await works.FireDue();
        Assert.Empty(await works.Sets());

        await Resume(works, "on-lib");
        await works.FireDue();
        Assert.Single(await works.Sets());
        Assert.Equal(2, await works.Store.Scalar<long>("SELECT count(*) FROM buildset_changes"));
        await works.Commit("c3");
        await works.Classifier.ClassifyAll(Now);
        Assert.Equal(2, (await works.Sets()).Count);
    }

    [Fact]
    public async Task By_hand_it_is_refused_with_the_reason()
    {
        await using var works = await Works.With(Configurations.Of(Configurations.Every(TimeSpan.FromHours(1)), new ForceConfiguration { Name = "form", Builders = ["lib-linux"] }));
        await Pause(works, "hourly");
        await Pause(works, "form");

        var hand = await new Engine.Schedulers.HandFiring(works.InForce, works.Store.Clock).Fire("hourly", null, Works.Ann, Now);
        Assert.Equal("The scheduler hourly is paused by ann: holidays. Let it go on first.", Assert.IsType<ActionOutcome.Conflict>(hand).Why);
        var (forced, result) = await works.Actions.Force(new ForceOrder { Scheduler = "form" }, Works.Ann, Now);
        Assert.Equal("The scheduler form is paused by ann: holidays. Let it go on first.", Assert.IsType<ActionOutcome.Conflict>(forced).Why);
        Assert.Null(result);
    }
}

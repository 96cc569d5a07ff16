using Weir.Engine.Tests.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Schedulers;

public sealed class AnyBranchTests
{
    private static AnyBranchConfiguration Any(TimeSpan? stable = null, ChangeFilterConfiguration? changes = null) =>
        new() { Name = "any", Builders = ["lib-linux", "app-linux"], TreeStable = stable, Changes = changes ?? new() };

    [Fact]
    public async Task Each_branch_of_each_codebase_has_its_own_quiet_time_and_keeps_its_own_changes()
    {
        await using var works = await Works.With(Configurations.Of(Any(TimeSpan.FromSeconds(10))));
        var a1 = await works.Commit("1", branch: "a");
        var b1 = await works.Commit("2", branch: "b");
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        var b2 = await works.Commit("3", branch: "b");
        var app = await works.Commit("4", branch: "a", codebase: "app");
        await works.Classify();
        await works.Store.MoveClock(TimeSpan.FromSeconds(5));
        await works.FireDue();
        Assert.Equal([[a1]], await works.Sets()); // what waits on other branches is not touched

        await works.Store.MoveClock(TimeSpan.FromSeconds(6));
        await works.FireDue();

        Assert.Equal([[a1], [app], [b1, b2]], (await works.Sets()).OrderBy(s => s[0] == app ? 1 : s[0] == a1 ? 0 : 2));
        Assert.Equal(0, await works.Count("scheduler_changes"));
    }

    [Fact]
    public async Task The_stamp_is_of_the_changes_branch()
    {
        await using var works = await Works.With(Configurations.Of(Any()));
        await works.Commit("1", branch: "refs/pull/7/head");

        await works.Classify();

        Assert.Equal("lib refs/pull/7/head 1", await works.Store.Scalar<string>("SELECT string_agg(concat_ws(' ', codebase, branch, revision), '; ') FROM sourcestamps WHERE branch LIKE 'refs/%'"));
    }

    [Fact]
    public async Task Properties_of_a_change_can_be_asked_for()
    {
        var filter = new ChangeFilterConfiguration { Properties = new Dictionary<string, IReadOnlyList<string>> { ["event"] = ["pull*"], ["number"] = ["7", "8"] } };
        await using var works = await Works.With(Configurations.Of(Any(changes: filter)));
        var seven = await Change(7, "pull_request");
        await Change(9, "pull_request");
        await Change(8, "push");
        await works.Commit("1");

        await works.Classify();

        Assert.Equal([[seven]], await works.Sets());

        async Task<long> Change(int number, string kind) => (await works.Log.Add([new Weir.Shared.Changes.NewChange
        {
            Author = "ann",
            Codebase = "lib",
            Branch = "x",
            Revision = $"{number}",
            Properties = new Dictionary<string, System.Text.Json.JsonElement> { ["event"] = System.Text.Json.JsonSerializer.SerializeToElement(kind), ["number"] = System.Text.Json.JsonSerializer.SerializeToElement(number) },
        }], Works.Ann, CancellationToken.None))[0];
    }
}

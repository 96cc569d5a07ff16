using System.Text.Json;
using Weir.Engine.Schedulers;
using Weir.Engine.Tests.Changes;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Schedulers;

public sealed class SourceStampsTests
{
    private static readonly Dictionary<string, ForceStamp> Nothing = [];
    private static readonly WeirConfiguration Model = Configurations.Of();

    private static SingleBranchConfiguration Scheduler(params string[] builders) => new() { Name = "s", Builders = builders, Changes = new() };

    private static ChangeRecord Change(long id, string? codebase, string? revision, params (string, string)[] properties) => new()
    {
        Id = id, Author = "a", Codebase = codebase, Branch = "main", Revision = revision, Repository = "https://elsewhere/x", Comments = "", When = DateTimeOffset.UnixEpoch, ReceivedAt = DateTimeOffset.UnixEpoch,
        Properties = [.. properties.Select(p => new PropertyPair(p.Item1, p.Item2))],
    };

    [Fact]
    public void Its_codebases_are_those_it_names_else_those_its_builders_check_out()
    {
        Assert.Equal(["lib"], SourceStamps.Codebases(Model, Scheduler("lib-linux")));
        Assert.Equal(["lib", "app"], SourceStamps.Codebases(Model, Scheduler("lib-linux", "app-linux")));
        Assert.Equal(["app"], SourceStamps.Codebases(Model, Scheduler("lib-linux") with { Codebases = ["app"] }));
    }

    [Fact]
    public void The_newest_change_gives_the_revision_and_the_others_are_at_the_newest_known_of_their_branch()
    {
        ChangeRecord[] changes = [Change(1, "lib", "r1"), Change(3, "lib", "r3"), Change(2, "lib", "r2")];
        Assert.Equal([("app", "main")], SourceStamps.Unsettled(Model, Scheduler("app-linux"), changes, Nothing));

        var stamps = SourceStamps.For(Model, Scheduler("app-linux"), changes, Nothing, [new("app", "main", "a7", false)]);
        var unknown = SourceStamps.For(Model, Scheduler("app-linux"), changes, Nothing, []);

        Assert.Equal([("lib", "main", "r3", "gst"), ("app", "main", "a7", null)], stamps.Select(s => (s.Codebase, s.Branch, s.Revision, s.Project)));
        Assert.Equal("https://example.org/lib.git", stamps[0].Repository);
        Assert.Null(unknown[1].Revision);
    }

    [Fact]
    public void A_change_of_no_known_codebase_has_a_stamp_of_its_own()
    {
        var stamps = SourceStamps.For(Model, Scheduler("lib-linux"), [Change(1, null, "r1")], Nothing, []);

        Assert.Equal([("lib", null), ("", "r1")], stamps.Select(s => (s.Codebase, s.Revision)));
    }

    [Fact]
    public void What_was_asked_for_goes_first_and_an_old_change_says_nothing_about_an_unwatched_branch()
    {
        var asked = new Dictionary<string, ForceStamp> { ["lib"] = new("old", null), ["app"] = new(null, "v1") };
        Assert.Equal([("lib", "old")], SourceStamps.Unsettled(Model, Scheduler("app-linux"), [], asked));

        var unwatched = SourceStamps.For(Model, Scheduler("app-linux"), [], asked, [new("lib", "old", "r1", false)]);
        var watched = SourceStamps.For(Model, Scheduler("app-linux"), [], asked, [new("lib", "old", "r1", true)]);

        Assert.Equal([("old", null), ("main", "v1")], unwatched.Select(s => (s.Branch, s.Revision)));
        Assert.Equal("r1", watched[0].Revision);
    }

    [Fact]
    public void Of_one_name_the_scheduler_beats_changes_and_the_request_beats_both()
    {
        var scheduler = Scheduler("lib-linux") with { Properties = new Dictionary<string, JsonElement> { ["stage"] = JsonSerializer.SerializeToElement("edge"), ["n"] = JsonSerializer.SerializeToElement(3) } };
        ChangeRecord[] changes = [Change(2, "lib", "r", ("who", "2"), ("stage", "\"x\"")), Change(1, "lib", "r", ("who", "1"), ("only", "true"))];

        var merged = BuildsetProperties.Merge(changes, scheduler, "because", [BuildsetProperties.Text("n", "four", BuildsetProperties.FromForce)]);

        Assert.Equal(
        [
            new("who", "2", "Change"), new("only", "true", "Change"), new("stage", "\"edge\"", "Scheduler"), new("n", "\"four\"", "Force Build Form"),
            new("scheduler", "\"s\"", "Scheduler"), new PropertyRecord("reason", "\"because\"", "Scheduler"),
        ], merged.OrderBy(p => Array.IndexOf(["who", "only", "stage", "n", "scheduler", "reason"], p.Name)));
    }

    [Fact]
    public async Task A_buildset_takes_the_polled_head_before_the_newest_change()
    {
        var model = Configurations.Of(Configurations.Release(new ForceParameter { Name = "x", Kind = "string" })) with
        {
            ChangeSources = [new GitPollerConfiguration { Name = "lib-poll", Codebase = "lib", Branches = ["main"] }],
        };
        await using var works = await Works.With(model);
        await works.Commit("lib1");
        await works.Commit("app1", codebase: "app");
        await works.Store.Execute("INSERT INTO branch_heads SELECT id, 'main', 'head' FROM change_sources");

        await works.Actions.Force(new ForceOrder { Scheduler = "release" }, Works.Ann, CancellationToken.None);

        Assert.Equal("app app1,lib head", await works.Store.Scalar<string>("SELECT string_agg(codebase || ' ' || revision, ',' ORDER BY codebase) FROM sourcestamps"));
    }
}

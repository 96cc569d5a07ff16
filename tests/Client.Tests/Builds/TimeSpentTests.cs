using Weir.App.Client.Builds;
using Weir.App.Client.Parts;
using Weir.Shared.Builds;

namespace Weir.Client.Tests.Builds;

public sealed class TimeSpentTests
{
    [Fact]
    public void The_parts_of_a_builds_time_make_the_whole()
    {
        var build = Samples.Build(7, took: TimeSpan.FromSeconds(100));

        var spent = TimeSpent.Of(build, [Samples.Step(0, "git"), Samples.Step(1, "test"), Samples.Step(2, "report", begun: false)]);

        Assert.Equal(TimeSpan.FromSeconds(104), spent.Whole);
        Assert.Equal([("waited for a worker", 4.0), ("git", 38.0), ("test", 38.0), ("between the steps", 24.0)], spent.Parts.Select(p => (p.Name, p.Time.TotalSeconds)));
        Assert.Equal(1, spent.Parts.Sum(spent.Share), 6);
    }

    [Fact]
    public void Many_steps_are_told_by_the_longest_and_the_rest_together()
    {
        var steps = Enumerable.Range(0, 30).Select(i => Samples.Step(i, $"s{i}") with { StartedAt = Samples.Now, CompletedAt = Samples.Now + TimeSpan.FromSeconds(i) }).ToList();

        var spent = TimeSpent.Of(Samples.Build(7, took: TimeSpan.FromSeconds(435)) with { Attempt = 2 }, steps);

        Assert.Equal(9, spent.Parts.Count);
        Assert.Equal(("22 other steps", TimeSpan.FromSeconds(231), Shown.Skipped), (spent.Parts[^1].Name, spent.Parts[^1].Time, spent.Parts[^1].State));
        Assert.Equal(spent.Whole, spent.Parts.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Time));
    }

    [Fact]
    public void Two_builds_are_compared_by_what_differs()
    {
        var before = Samples.Detail(Samples.Build(7), Samples.Step(0, "git"), Samples.Step(1, "test"), Samples.Step(2, "gone")) with { Properties = [new("a", "1", "x"), new("buildnumber", "7", "x"), new("same", "true", "x")] };
        var after = Samples.Detail(Samples.Build(9, BuildResult.Failure) with { WorkerName = "oak" }, Samples.Step(0, "git"), Samples.Step(1, "test", BuildResult.Failure)) with { Properties = [new("a", "2", "x"), new("buildnumber", "9", "x"), new("same", "true", "x")] };

        var compared = BuildComparison.Of(before, after);

        Assert.Equal([new("Worker", "ash", "oak")], compared.Facts);
        Assert.Equal([new("a", "1", "2")], compared.Properties);
        Assert.Equal([("git", true, true), ("test", true, true), ("gone", true, false)], compared.Steps.Select(s => (s.Name, s.Before is not null, s.After is not null)));
        Assert.Equal(TimeSpan.Zero, compared.Steps[0].Slower);
        Assert.Null(compared.Steps[2].Slower);
    }
}

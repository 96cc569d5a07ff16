using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Random configurations, compared.</summary>
public sealed class DifferenceProperties
{
    [Fact]
    public void Equal_configurations_do_not_differ_also_when_one_comes_from_the_store() =>
        Check((a, _) => ModelDifference.Between(a, Stored(a)).Count == 0);

    [Fact]
    public void Different_configurations_differ() =>
        Check((a, b) => ModelDifference.Between(a, b).Count == 0 == (ConfigurationJson.Write(a) == ConfigurationJson.Write(b)));

    [Fact]
    public void Back_is_the_mirror_of_there() =>
        Check((a, b) => Sorted(ModelDifference.Between(a, b).Select(Mirrored)).SequenceEqual(Sorted(ModelDifference.Between(b, a))));

    [Fact]
    public void The_order_of_things_makes_no_difference_but_that_of_order() =>
        Check((a, b) => Sorted(InPlace(ModelDifference.Between(a, b))).SequenceEqual(Sorted(InPlace(ModelDifference.Between(Shuffled(a), b)))));

    [Fact]
    public void What_was_added_or_removed_are_the_names_that_only_one_has() => Check((a, b) =>
    {
        var things = ModelDifference.Between(a, b).Where(t => t.Section == "builder").ToList();
        var (old, current) = (a.Builders.Select(x => x.Name).ToHashSet(), b.Builders.Select(x => x.Name).ToHashSet());
        return things.Where(t => t.Kind is DifferenceKind.Added or DifferenceKind.Renamed).Select(t => t.Name).ToHashSet().SetEquals(current.Except(old))
            && things.Where(t => t.Kind is DifferenceKind.Removed or DifferenceKind.Renamed).Select(t => t.FormerName ?? t.Name).ToHashSet().SetEquals(old.Except(current));
    });

    private static void Check(Func<WeirConfiguration, WeirConfiguration, bool> holds) =>
        Prop.ForAll(Models.Two().ToArbitrary(), pair => holds(pair.Item1, pair.Item2)).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    private static WeirConfiguration Stored(WeirConfiguration model) => ConfigurationJson.Read<WeirConfiguration>(ConfigurationJson.Write(model));

    private static WeirConfiguration Shuffled(WeirConfiguration model) => model with { Builders = [.. model.Builders.Reverse()], Schedulers = [.. model.Schedulers.Reverse()], Workers = [.. model.Workers.Reverse()] };

    private static IEnumerable<ConfigurationDifference> InPlace(IEnumerable<ConfigurationDifference> things) => things.Where(t => t.Kind != DifferenceKind.Reordered);

    private static IEnumerable<string> Sorted(IEnumerable<ConfigurationDifference> things) => things.Select(t => DifferenceTests.Said(t with { Settings = [.. t.Settings.OrderBy(s => (s.Within, s.Setting, s.Kind, s.Before, s.After).ToString(), StringComparer.Ordinal)] })).Order(StringComparer.Ordinal);

    private static ConfigurationDifference Mirrored(ConfigurationDifference thing) => thing with
    {
        Kind = Mirrored(thing.Kind),
        Name = thing.FormerName ?? thing.Name,
        FormerName = thing.FormerName is null ? null : thing.Name,
        Settings = [.. thing.Settings.Select(s => s with { Kind = Mirrored(s.Kind), Before = s.After, After = s.Before })],
    };

    private static DifferenceKind Mirrored(DifferenceKind kind) => kind switch { DifferenceKind.Added => DifferenceKind.Removed, DifferenceKind.Removed => DifferenceKind.Added, _ => kind };

    /// <summary>Small models of few names, so that two of them have much in common.</summary>
    private static class Models
    {
        private static readonly string[] Names = ["a", "b", "c", "d"];

        public static Gen<(WeirConfiguration, WeirConfiguration)> Two() => from a in One() from b in One() from same in Gen.Choose(0, 9) select same == 0 ? (a, Stored(a)) : (a, b);

        private static Gen<WeirConfiguration> One() =>
            from title in Gen.Elements("Weir", "Other")
            from builders in Some(Builder)
            from schedulers in Some(Scheduler)
            from workers in Some(Worker)
            select new WeirConfiguration { Title = title, Builders = builders, Schedulers = schedulers, Workers = workers };

        private static Gen<IReadOnlyList<T>> Some<T>(Func<string, Gen<T>> make) =>
            from picked in Gen.Shuffle(Names)
            from count in Gen.Choose(0, Names.Length)
            from things in Gen.CollectToArray(picked.Take(count).Select(make))
            select (IReadOnlyList<T>)things.ToList();

        private static Gen<BuilderConfiguration> Builder(string name) =>
            from priority in Gen.Choose(0, 2)
            from tags in Gen.SubListOf("x", "y")
            from env in Gen.SubListOf("CC", "LANG")
            from logs in Gen.Choose(1, 3)
            from steps in Gen.CollectToArray(Names.Take(2).Select(Step))
            select new BuilderConfiguration { Name = name, Priority = priority, Tags = [.. tags], Env = env.ToDictionary(e => e, e => e + priority), Keep = new() { Logs = TimeSpan.FromDays(logs) }, Steps = [.. steps] };

        // Names stay, so that the mirror of a step under another name need not be guessed.
        private static Gen<StepConfiguration> Step(string name) =>
            from minutes in Gen.Choose(0, 3)
            from command in Gen.Elements("make", "make check")
            select (StepConfiguration)new RunStepConfiguration { Name = name, Shell = command, Timeout = minutes == 0 ? null : TimeSpan.FromMinutes(minutes) };

        private static Gen<SchedulerConfiguration> Scheduler(string name) =>
            from kind in Gen.Elements(true, false)
            from hours in Gen.Choose(1, 2)
            from builders in Gen.SubListOf(Names)
            select kind
                ? (SchedulerConfiguration)new PeriodicConfiguration { Name = name, Every = TimeSpan.FromHours(hours), Builders = [.. builders] }
                : new SingleBranchConfiguration { Name = name, Changes = new() { Branches = ["main"] }, TreeStable = TimeSpan.FromSeconds(hours), Builders = [.. builders] };

        private static Gen<WorkerConfiguration> Worker(string name) => from most in Gen.Choose(1, 2) select new WorkerConfiguration { Name = name, MaxBuilds = most };
    }
}

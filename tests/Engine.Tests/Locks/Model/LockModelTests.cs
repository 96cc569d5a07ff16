using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Tests.Configuration;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Locks.Model;

/// <summary>
/// All interleavings of small systems: whatever comes, ends, dies, goes or decides late, no lock is given out twice, and somebody can go on until all is over. What the configuration's check refuses, in contrast, does come to a
/// stop somewhere.
/// </summary>
public sealed class LockModelTests
{
    private const string Head = """
        weir: 1
        workers: { w1: { maxBuilds: 9 }, w2: { maxBuilds: 1 }, w3: { maxBuilds: 1 } }
        locks: { a: {}, b: {}, c: { capacity: 2 }, cpu: { scope: worker }, p: { pool: { p1: [m], p2: [m, n] } } }
        sharedDirectories: { d: {}, e: {} }
        schedulers: { on-y: { type: triggerable, builders: [y] }, on-z: { type: triggerable, builders: [z] }, on-both: { type: triggerable, builders: [y, z] } }
        builders:

        """;

    private static (WeirConfiguration? Model, IReadOnlyList<ConfigurationProblem> Problems) Read(string builders) => ConfigurationReader.Read([Text(builders)]);

    private static ConfigurationPart Text(string builders)
    {
        foreach (var missing in new[] { "y", "z" }.Where(b => !builders.Contains($"{b}: {{", StringComparison.Ordinal)))
            builders += $"\n{missing}: {{ workers: {{ names: [w1] }}, steps: [ {{ run: make }} ] }}";
        return Samples.Part(Head + string.Join('\n', builders.Split('\n').Select(l => "  " + l)) + "\n").Single();
    }

    private static WeirConfiguration Good(string builders)
    {
        var (model, problems) = Read(builders);
        Assert.Empty(problems);
        return model!;
    }

    // A builder on w1, where there are slots enough: its own locks, and its steps as a list.
    private static string On1(string name, string locks, params string[] steps) => $"{name}: {{ workers: {{ names: [w1] }}, locks: [{locks}], steps: [ {string.Join(", ", steps)} ] }}";

    private static string Step(string locks) => $"{{ run: make, locks: [{locks}] }}";

    private static string Named(string name, string locks = "") => $"{{ name: {name}, run: make, locks: [{locks}] }}";

    private const string OnY = "{ trigger: { scheduler: on-y, wait: true } }";
    private const string OnZ = "{ trigger: { scheduler: on-z, wait: true } }";

    /// <summary>Builders, and whose requests come, in any order.</summary>
    public static TheoryData<string, string> Accepted => new()
    {
        { On1("x", "", Step("a, b"), Step("c")) + "\n" + On1("y", "", Step("b, a"), Step("a")), "x x y y" },
        { On1("x", "a", Step("b"), Step("c")) + "\n" + On1("y", "a", Step("c"), Step("b")) + "\n" + On1("z", "", Step("b"), Step("c")), "x y z z" },
        { On1("x", "a", Step("b"), Step("{ name: c, units: 2 }")) + "\n" + On1("y", "b", Step("c")) + "\n" + On1("z", "", Step("c"), Step("a")), "x y z z" },
        { On1("x", "{ name: a, from: one, to: two }", Named("one"), Named("two", "b"), Named("three", "{ name: c, mode: exclusive }")) + "\n" + On1("y", "{ name: b, from: one, to: two }", Named("one"), Named("two", "c")), "x x y y" },
        { On1("x", "{ name: a, from: one, to: two }, { name: b, from: two, to: three }", Named("one"), Named("two"), Named("three", "c")) + "\n" + On1("y", "{ name: c, units: 2 }", Step("")), "x x y y" },
        // Builds that wait for builds that wait for builds.
        { On1("x", "a", OnY) + "\n" + On1("y", "b", OnZ) + "\n" + On1("z", "c", Step("")), "x x y z" },
        { On1("x", "a", Step("b"), OnY) + "\n" + On1("y", "", Step("{ name: c, units: 2 }"), OnZ) + "\n" + On1("z", "", Step("b")), "x y z" },
        // The only slot of the only worker, lent down.
        { "x: { workers: { names: [w2] }, locks: [a], steps: [ " + OnY + " ] }\ny: { workers: { names: [w2] }, locks: [b], steps: [ " + OnZ + " ] }\nz: { workers: { names: [w2] }, locks: [c], steps: [ " + Step("cpu") + " ] }", "x x y z" },
        { "x: { workers: { names: [w2] }, steps: [ " + OnY + " ] }\ny: { locks: [cpu], steps: [ " + Step("a") + ", " + OnZ + " ] }\nz: { locks: [b], steps: [ " + Step("") + " ] }", "x x y" },
    };

    /// <summary>The same, with named things.</summary>
    public static TheoryData<string, string> OfPools => new()
    {
        { On1("x", "p", Step("")) + "\n" + On1("y", "{ name: p, labels: n }", Step("")) + "\n" + On1("z", "", Step("{ name: p, quantity: 2 }")), "x y z z" },
        { On1("x", "", Step(""), Step("{ name: p, labels: n }")) + "\n" + On1("y", "{ name: p, mode: exclusive }", Step("")) + "\n" + On1("z", "", Step("p, a"), Step("{ name: p, labels: [m, n] }")), "x y z" },
        { On1("x", "{ name: p, quantity: 2 }", Uses("both", "p")) + "\n" + On1("y", "{ name: p, labels: n }", Step("")) + "\n" + On1("z", "", Step("p"), Step("{ name: p, labels: n }")), "x y" },
    };

    /// <summary>The same, with builds that give their slot up while they wait.</summary>
    public static TheoryData<string, string> Releasing => new()
    {
        // Each would hold the slot that the other's build needs.
        { "x: { workers: { names: [w2] }, steps: [ " + Gives("y") + ", { run: make } ] }\ny: { workers: { names: [w3] }, steps: [ { run: make } ] }\nu: { workers: { names: [w3] }, steps: [ { trigger: { scheduler: on-z, wait: true } }, { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { run: make } ] }", "x u x" },
        { "x: { workers: { names: [w2] }, steps: [ " + Gives("y") + ", " + Step("a") + " ] }\ny: { workers: { names: [w2, w3] }, steps: [ " + Step("a") + " ] }\nz: { workers: { names: [w3] }, locks: [a], steps: [ { run: make } ] }", "x x z" },
        // In the slot that is lent to it.
        { "x: { workers: { names: [w2] }, steps: [ " + OnY + ", { run: make } ] }\ny: { workers: { names: [w2] }, steps: [ " + Gives("z") + ", { run: make } ] }\nz: { workers: { names: [w3] }, steps: [ { run: make } ] }", "x x" },
        { "x: { workers: { names: [w2] }, steps: [ { run: make }, " + Gives("y") + " ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }", "x x" },
    };

    private static string Shares(string directories) => $"{{ run: make, shared: {{ {directories} }} }}";

    /// <summary>The same, with directories that builds share: the first build decides where they are.</summary>
    public static TheoryData<string, string> Sharing => new()
    {
        { $"x: {{ workers: {{ names: [w1, w2] }}, steps: [ {Shares("d: write")}, {Shares("e: read")} ] }}\ny: {{ workers: {{ names: [w1, w2] }}, steps: [ {Shares("e: write, d: read")} ] }}", "x x y y" },
        { $"x: {{ workers: {{ names: [w2, w3] }}, steps: [ {Shares("d: write")} ] }}\ny: {{ workers: {{ names: [w2, w3] }}, steps: [ {Shares("d: read")} ] }}\nz: {{ workers: {{ names: [w2] }}, steps: [ {{ run: make, locks: [a] }} ] }}", "x y y z" },
        // Over a trigger, on the only slot there is, and with what is let out.
        { $"x: {{ workers: {{ names: [w2, w3] }}, steps: [ {Shares("d: write")}, {OnY} ] }}\ny: {{ workers: {{ names: [w2, w3] }}, steps: [ {Shares("d: read")} ] }}", "x x y" },
        { $"x: {{ workers: {{ names: [w1, w2] }}, steps: [ {{ shared: {{ d: write }}, trigger: {{ scheduler: on-both, wait: true, inherit: d }} }} ] }}\ny: {{ workers: {{ names: [w1, w2] }}, steps: [ {Shares("d: write")} ] }}\nz: {{ workers: {{ names: [w1, w2] }}, steps: [ {Shares("d: read")} ] }}", "x x" },
        { $"x: {{ workers: {{ names: [w1, w2] }}, locks: [a], steps: [ {Shares("d: write")} ] }}\ny: {{ workers: {{ names: [w1, w2] }}, steps: [ {{ run: make, locks: [a], shared: {{ d: write }} }} ] }}\nz: {{ workers: {{ names: [w1] }}, steps: [ {Shares("e: write")}, {OnY} ] }}", "x y z" },
    };

    private static string Gives(string what) => $"{{ trigger: {{ scheduler: on-{what}, wait: true, release: worker }} }}";

    /// <summary>The same, with builds that let those use what they hold for which they wait.</summary>
    public static TheoryData<string, string> Inheriting => new()
    {
        { On1("x", "a", Uses("y", "a")) + "\n" + On1("y", "a", Step("b")) + "\n" + On1("z", "a", Step("")), "x x y z" },
        { On1("x", "{ name: c, units: 2 }", Uses("both", "c")) + "\n" + On1("y", "c", Step("")) + "\n" + On1("z", "", Step("{ name: c, units: 2 }"), Step("")), "x y z" },
        { On1("x", "{ name: c, mode: exclusive }", Uses("both", "c")) + "\n" + On1("y", "{ name: c, mode: exclusive }", Step("")) + "\n" + On1("z", "", Step("c"), Step("c")), "x y" },
        { On1("x", "{ name: c, units: 2 }", Uses("y", "c")) + "\n" + On1("y", "c", Uses("z", "c")) + "\n" + On1("z", "", Step("c")), "x y z" },
        { On1("x", "{ name: a, from: one, to: two }", Named("one"), "{ name: two, trigger: { scheduler: on-y, wait: true, inherit: a } }", Named("three", "b")) + "\n" + On1("y", "", Step("a, b")) + "\n" + On1("z", "a", Step("")), "x x z" },
        { "x: { workers: { names: [w2] }, locks: [cpu], steps: [ " + Uses("both", "cpu") + " ] }\ny: { locks: [cpu], steps: [ " + Step("a") + " ] }\nz: { workers: { names: [w2] }, steps: [ " + Step("cpu") + " ] }", "x y" },
    };

    private static string Uses(string what, string locks) => $"{{ trigger: {{ scheduler: on-{what}, wait: true, inherit: [{locks}] }} }}";

    [Theory]
    [MemberData(nameof(Accepted))]
    [MemberData(nameof(Inheriting))]
    [MemberData(nameof(OfPools))]
    [MemberData(nameof(Releasing))]
    [MemberData(nameof(Sharing))]
    public void What_the_check_accepts_ends_whatever_happens(string builders, string requests)
    {
        var walk = StateWalk.All(new(Good(builders)), new SmallSystem(Good(builders)).First(goes: 1, crashes: 1, requests.Split(' ')));

        Assert.Null(walk.Failure);
        Assert.Null(walk.Standstill);
        TestContext.Current.TestOutputHelper?.WriteLine($"{walk.States} states");
        Assert.True(walk.States > 50, $"Only {walk.States} states.");
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    [MemberData(nameof(Inheriting))]
    [MemberData(nameof(OfPools))]
    [MemberData(nameof(Releasing))]
    [MemberData(nameof(Sharing))]
    public void Two_engines_of_which_one_acts_on_what_it_decided_long_ago_give_nothing_out_twice(string builders, string requests)
    {
        var system = new SmallSystem(Good(builders)) { HasOtherEngine = true };
        var walk = StateWalk.All(system, system.First(requests: [.. requests.Split(' ').Take(3)]));

        Assert.Null(walk.Failure);
        Assert.Null(walk.Standstill);
        TestContext.Current.TestOutputHelper?.WriteLine($"{walk.States} states");
    }

    public static TheoryData<string, string> Refused => new()
    {
        { On1("x", "a", Step("b")) + "\n" + On1("y", "b", Step("a")), "x y" },
        { On1("x", "c", Step("c")), "x x" },
        { On1("x", "", Named("one"), Named("two", "a")) + "\n" + On1("y", "a", Step("a")), "y" },
        { On1("x", "a", Step("b")) + "\n" + On1("y", "b", Step("{ name: c, mode: exclusive }")) + "\n" + On1("z", "c", Step("a")), "x y z" },
        { On1("x", "{ name: a, from: one, to: three }, { name: b, from: two, to: three }", Named("one"), Named("two"), Named("three")) + "\n" + On1("y", "{ name: b, from: one, to: three }, { name: a, from: two, to: three }", Named("one"), Named("two"), Named("three")), "x y" },
        { On1("x", "a", OnY) + "\n" + On1("y", "a", Step("")), "x" },
        { On1("x", "a", OnY) + "\n" + On1("y", "", OnZ) + "\n" + On1("z", "", Step("a")), "x" },
        { On1("x", "a", OnY) + "\n" + On1("y", "b", Step("")) + "\n" + On1("z", "b", Step("a")), "x z" },
        { "x: { workers: { names: [w2] }, locks: [a], steps: [ { run: make }, " + OnY + " ] }\n" + On1("y", "cpu", Step("")) + "\n" + On1("z", "cpu", Step("a")), "x z" },
        // What it holds it lets them use, but they meet others with it.
        { On1("x", "a", Uses("y", "a")) + "\n" + On1("y", "a", Step("b")) + "\n" + On1("z", "b", Step("a")), "x z" },
        { On1("x", "{ name: c, units: 2 }", Uses("both", "c")) + "\n" + On1("y", "{ name: c, units: 2 }", Step("b")) + "\n" + On1("z", "b", Step("c")), "x" },
        // Without giving the slot up, and with one that asks for it again while another one needs it to end.
        { "x: { workers: { names: [w2] }, steps: [ " + OnY + " ] }\ny: { workers: { names: [w3] }, steps: [ { run: make } ] }\nu: { workers: { names: [w3] }, steps: [ " + OnZ + " ] }\nz: { workers: { names: [w2] }, steps: [ { run: make } ] }", "x u" },
        { "x: { workers: { names: [w2] }, steps: [ " + OnY + ", { run: make } ] }\ny: { workers: { names: [w2] }, steps: [ " + Gives("z") + ", { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { run: make } ] }", "x" },
        // Directories that are held over a trigger, or asked for in two orders.
        { $"x: {{ workers: {{ names: [w1, w2] }}, steps: [ {{ shared: {{ d: write }}, trigger: {{ scheduler: on-y, wait: true }} }} ] }}\ny: {{ workers: {{ names: [w1, w2] }}, steps: [ {Shares("d: write")} ] }}", "x" },
        { On1("x", "a", Shares("d: write")) + "\ny: { workers: { names: [w1] }, steps: [ { shared: { d: read }, trigger: { scheduler: on-z, wait: true } } ] }\n" + On1("z", "a", Step("")), "x y" },
        // Where a build is it stays: another worker's lock is no help to it.
        { On1("x", "a", OnY) + "\ny: { workers: { names: [w1, w2] }, steps: [ { run: make }, " + Step("cpu") + " ] }\n" + On1("z", "cpu", Step("a")), "x z" },
        // Here there is a slot, and there the lock: on neither is both.
        { On1("x", "a", OnY) + "\ny: { workers: { names: [w1, w2] }, locks: [cpu], steps: [ { run: make } ] }\n" + On1("z", "cpu", Step("a")) + "\nv: { workers: { names: [w2] }, steps: [ " + Step("a") + " ] }", "x z v" },
        { "x: { workers: { names: [w1] }, locks: [a], steps: [ " + OnY + " ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ " + Step("a") + " ] }", "x z" },
    };

    // Else the check would be too strict.
    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_check_refuses_can_come_to_a_stop(string builders, string requests)
    {
        var (_, problems) = Read(builders);
        Assert.NotEmpty(problems);
        Assert.All(problems, p => Assert.Matches("wait for (one another|each other) for ever|could wait", p.Message));

        var model = Unchecked(builders);
        var system = new SmallSystem(model);
        var walk = StateWalk.All(system, system.First(requests: requests.Split(' ')));

        Assert.StartsWith("nothing can go on", walk.Failure, StringComparison.Ordinal);
        // The engine sees it as well, and says where.
        var said = system.Standstill(walk.Stop!);
        Assert.NotNull(said);
        TestContext.Current.TestOutputHelper?.WriteLine($"{walk.Failure}\n→ {said}");
    }

    [Fact]
    public void H_holds_cpu_and_wants_db_while_W_waits_for_both_and_others_for_either()
    {
        var system = new SmallSystem(Good(On1("x", "a", Step("b")) + "\n" + On1("y", "a, b", Step("")) + "\n" + On1("z", "b", Step("")))) { HasOtherEngine = true };

        Assert.Null(StateWalk.All(system, system.First(requests: ["x", "y", "z", "z"])).Failure);
    }

    [Fact]
    public void A_waiter_whose_worker_is_away_blocks_nobody()
    {
        const string away = "y: { workers: { names: [w2] }, steps: [ { run: make, locks: [b] } ] }\nz: { workers: { names: [w2] }, locks: [b], steps: [ { run: make } ] }";
        var system = new SmallSystem(Good(On1("x", "", Step("b")) + "\n" + On1("u", "b", Step("")) + "\n" + away)) { NobodyComesBack = true };
        var walk = StateWalk.All(system, system.First(goes: 1, requests: ["x", "u", "y", "z"]));

        Assert.Null(walk.Failure);
        // It really happened: a build stands in the line, and its worker is not there.
        Assert.True(walk.Has(s => s.Gone == "w2" && s.Builds.Values.Any(b => b is { Builder: "y", Phase: ModelPhase.Asks })));
    }

    /// <summary>Who waits, and who keeps coming.</summary>
    public static TheoryData<string, string, string> Streams => new()
    {
        { "a request behind requests", On1("y", "{ name: c, mode: exclusive }", Step("")) + "\n" + On1("x", "c", Step("")), "x x x" },
        { "a request behind steps", On1("y", "{ name: c, units: 2 }", Step("")) + "\n" + On1("x", "", Step(""), Step("c")), "x x x" },
        { "a request behind steps while others pass", On1("u", "a", Step("")) + "\n" + On1("y", "{ name: c, units: 2 }", Step("")) + "\n" + On1("x", "", Step("c"), Step("")), "u x x" },
        { "a step behind requests", On1("y", "", Step(""), Step("{ name: c, units: 2 }")) + "\n" + On1("x", "c", Step("")), "x x x" },
        { "a step behind steps", On1("y", "", Step("{ name: c, mode: exclusive }")) + "\n" + On1("x", "", Step(""), Step("c")), "x x" },
        { "two of a pool behind one and one", On1("y", "{ name: p, quantity: 2 }", Step("")) + "\n" + On1("x", "p", Step("")), "x x x" },
        { "a labelled one behind any", On1("y", "", Step("{ name: p, labels: n }")) + "\n" + On1("x", "p", Step("")) + "\n" + On1("z", "p", Step("")), "x x z" },
        { "one that wants two locks", On1("y", "a, { name: c, units: 2 }", Step("")) + "\n" + On1("x", "c", Step("")) + "\n" + On1("u", "a", Step("")), "x x u u" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_wide_waiter_is_served_under_a_stream_of_narrow_ones(string what, string builders, string stream)
    {
        var coming = stream.Split(' ');
        var system = new SmallSystem(Good(builders)) { Streams = [.. coming.Distinct()], EnginesDie = false };
        var walk = StateWalk.All(system, system.First(requests: [.. coming, "y"]));

        Assert.Null(walk.Failure);
        var starves = walk.Starves(s => s.Requests.Values.Any(r => r.Builder == "y") || s.Builds.Values.Any(b => b is { Builder: "y", Phase: ModelPhase.Asks }));
        Assert.True(starves is null, $"{what}: {starves}");
        // The search does find who waits for ever: whoever has not come is never served.
        Assert.NotNull(walk.Starves(s => s.Coming.Any(r => r.Builder == "y")));
    }

    /// <summary>Two revisions, of which each is good, and whose builds could wait for one another.</summary>
    public static TheoryData<string, string, string> Pairs => new()
    {
        { On1("x", "a", Step(""), Step("b")), On1("x", "b", Step(""), Step("a")), "x x" },
        { On1("x", "a", Step(""), Step("b")) + "\n" + On1("y", "", Step("")), On1("x", "", Step("")) + "\n" + On1("y", "b", Step(""), Step("a")), "x y" },
        { On1("x", "a", OnY) + "\n" + On1("y", "", Step("")), On1("x", "", OnY) + "\n" + On1("y", "a", Step("")), "x y" },
        { On1("x", "a", OnY) + "\n" + On1("y", "", Step("b")), On1("x", "b", Step("a")) + "\n" + On1("y", "", Step("")), "x x" },
        { On1("u", "a", Step(""), Step("b")), On1("x", "b", Step("a")), "u x" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_revision_that_is_held_back_until_earlier_builds_cannot_meet_it_ends_whatever_happens(string before, string after, string requests)
    {
        var system = new SmallSystem(Good(before), Good(after));
        var walk = StateWalk.All(system, system.First(crashes: 1, requests: requests.Split(' ')));

        Assert.Null(walk.Failure);
        Assert.Null(walk.Standstill);
        Assert.True(walk.Has(s => s is { Revision: 1, IsOver: false }));
        Assert.True(walk.Has(s => s.HasRevisionToCome && system.Next(s).All(n => n.Next.HasRevisionToCome)));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Put_in_force_at_once_it_can_come_to_a_stop(string before, string after, string requests)
    {
        var system = new SmallSystem(Good(before), Good(after)) { MayComeInForce = (_, _) => true };
        var walk = StateWalk.All(system, system.First(requests: requests.Split(' ')));

        Assert.StartsWith("nothing can go on", walk.Failure, StringComparison.Ordinal);
    }

    // Random configurations: what is accepted ends, and of what is refused most can be seen to stop with no more than two builds of each builder.
    [Fact]
    public void Whatever_the_configuration_the_check_is_right()
    {
        var (accepted, refused, real) = (0, 0, 0);
        for (var seed = 1; seed <= (Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1" ? 600 : 25); seed++)
        {
            var builders = SmallConfigurations.Of(new Random(seed));
            var (model, problems) = Read(builders);
            Assert.All(problems, p => Assert.Contains("for ever", p.Message, StringComparison.Ordinal));
            var system = new SmallSystem(model ?? Unchecked(builders)) { EnginesDie = false };
            var walk = StateWalk.All(system, system.First(requests: model is null ? ["x", "y", "z", "x", "y"] : ["x", "y", "z", "x"]));
            Assert.True(model is null || (walk.Failure ?? walk.Standstill) is null, $"seed {seed}:\n{builders}\n{walk.Failure ?? walk.Standstill}");
            Assert.True(walk.Stop is not { } stop || system.Standstill(stop) is not null, $"seed {seed}:\n{builders}\n{walk.Failure}");
            (accepted, refused, real) = (accepted + (model is null ? 0 : 1), refused + (model is null ? 1 : 0), real + (model is null && walk.Failure is not null ? 1 : 0));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{accepted} accepted, {refused} refused, of which {real} came to a stop");
        Assert.True(accepted > 5 && refused > 5 && real > refused / 2, $"{accepted} accepted, {refused} refused, of which {real} came to a stop");
    }

    // What would be in force if nobody had looked for circles.
    private static WeirConfiguration Unchecked(string builders)
    {
        var problems = new Problems();
        var root = YamlReader.Read(Text(builders), problems);
        var model = Binding.Bind(new Sections([root!], problems));
        Assert.False(problems.Any);
        return model;
    }
}

using Weir.Engine.Configuration.Check;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Configurations with and without a circle of holdings; see invariant 7.</summary>
public sealed class LockOrderTests
{
    private const string Head = """
        weir: 1
        workers: { w1: { maxBuilds: 4 }, w2: { maxBuilds: 4 }, 'pool-*': {} }
        locks: { a: {}, b: {}, c: {}, wide: { capacity: 8 }, cpu: { scope: worker, capacity: 8 }, gpu: { scope: worker }, boards: { pool: { b1: [slow], b2: [fast] } } }
        sharedDirectories: { d: {}, e: {} }
        schedulers: { on-y: { type: triggerable, builders: [y] }, on-z: { type: triggerable, builders: [z] } }
        builders:

        """;

    /// <summary>What is written under builders, and what stands in the circle; null: there is none.</summary>
    public static TheoryData<string, string?> Cases => new()
    {
        // None.
        { "x: { locks: [a, b], steps: [ { run: make } ] }", null },
        { "x: { locks: [a, b], steps: [ { run: make } ] }\ny: { locks: [b, a], steps: [ { run: make } ] }", null },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }", null },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }\ny: { locks: [a], steps: [ { run: make, locks: [b, c] } ] }", null },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }\ny: { locks: [b], steps: [ { run: make, locks: [c] } ] }", null },
        { "x: { steps: [ { run: make, locks: [a, b] }, { run: check, locks: [b, a] } ] }", null },
        { "x: { steps: [ { run: make, locks: [a] }, { run: check, locks: [b] } ] }\ny: { steps: [ { run: make, locks: [b] }, { run: check, locks: [a] } ] }", null },
        { "x: { locks: [ { name: a, from: one, to: two } ], steps: [ { name: one, run: make }, { name: two, run: make, locks: [b] } ] }", null },
        { "x: { locks: [ { name: a, from: one, to: one } ], steps: [ { name: one, run: make }, { name: two, run: make, locks: [a] } ] }", null },
        { "x: { locks: [ { name: a, from: one, to: two }, { name: b, from: one, to: three } ], steps: [ { name: one, run: make }, { name: two, run: make }, { name: three, run: make } ] }\ny: { locks: [a], steps: [ { run: make, locks: [b] } ] }", null },
        { "x: { locks: [ { name: a, from: one, to: one }, { name: a, from: two, to: two } ], steps: [ { name: one, run: make }, { name: two, run: make } ] }", null },
        { "x: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [gpu] } ] }\ny: { workers: { names: [w2] }, locks: [gpu], steps: [ { run: make, locks: [cpu] } ] }", null },
        { "x: { locks: [ { name: wide, units: 8 } ], steps: [ { run: make, locks: [a] } ] }", null },
        { "x: { locks: [ { name: wide, mode: exclusive } ], steps: [ { run: make, locks: [a] } ] }\ny: { locks: [ { name: wide } ], steps: [ { run: make, locks: [a] } ] }", null },
        { "x: { locks: [ { name: b, from: two, to: three } ], steps: [ { name: one, run: make, locks: [a] }, { name: two, run: make }, { name: three, run: make } ] }\ny: { locks: [b], steps: [ { run: make, locks: [a] } ] }", null },

        // Builds that wait for builds. The schedulers on-y and on-z want both builders to be there.
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { steps: [ { run: make, locks: [b] } ] }\nz: { locks: [b], steps: [ { run: make } ] }", null },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y } } ] }\ny: { locks: [a], steps: [ { run: make } ] }\nz: { steps: [ { run: make } ] }", null },
        { "x: { locks: [ { name: a, from: one } ], steps: [ { name: one, run: make }, { trigger: { scheduler: on-y, wait: true } } ] }\ny: { locks: [a], steps: [ { run: make } ] }\nz: { steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { trigger: { scheduler: on-z, wait: true } } ] }\nz: { workers: { names: [w1, w2] }, steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w2, pool-7] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }", null },

        // Builds that let others use what they hold, and builds that give their slot up.
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: a } } ] }\ny: { locks: [a], steps: [ { run: make, locks: [b] } ] }", null },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: [a] } } ] }\ny: { locks: [a], steps: [ { trigger: { scheduler: on-z, wait: true, inherit: a } } ] }\nz: { steps: [ { run: make, locks: [a] } ] }", null },
        { "x: { locks: [ { name: a, from: one, to: two } ], steps: [ { name: one, run: make }, { name: two, trigger: { scheduler: on-y, wait: true, inherit: a } } ] }\ny: { locks: [a], steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, locks: [cpu], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: cpu } } ] }\ny: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [gpu] } ] }", null },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true, release: worker } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-u, wait: true } } ] }\nu: { workers: { names: [w1] }, steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, locks: [ { name: a, from: last, to: last } ], steps: [ { trigger: { scheduler: on-y, wait: true, release: worker } }, { name: last, run: make } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make, locks: [a] } ] }\nz: { workers: { names: [w2] }, locks: [a], steps: [ { run: make } ] }", null },
        { "x: { workers: { names: [w1] }, locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, locks: [cpu], steps: [ { run: make } ] }\nz: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }", null },
        { "x: { locks: [boards], steps: [ { run: make, locks: [a] } ] }\ny: { locks: [ { name: boards, labels: fast } ], steps: [ { run: make, locks: [a, b] } ] }", null },

        // Directories that builders share: all that use one are on its worker, whichever that is.
        { "x: { steps: [ { shared: { d: write }, trigger: { scheduler: on-y, wait: true, inherit: d } } ] }\ny: { steps: [ { run: make, shared: { d: write } } ] }", null },
        { "x: { steps: [ { run: make, shared: { d: write, e: read } } ] }\ny: { steps: [ { run: make, shared: { e: write, d: read } } ] }", null },
        { "x: { locks: [a], steps: [ { run: make, shared: { d: write } } ] }\ny: { steps: [ { run: make, locks: [a], shared: { d: read } } ] }", null },
        { "x: { workers: { names: [w1, w2] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: write } } ] }", null },
        { "x: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: write } }, { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: read } } ] }", null },
        { "x: { workers: { names: ['pool-*'] }, steps: [ { run: make, shared: { d: write } }, { trigger: { scheduler: on-y, wait: true } } ] }\ny: { steps: [ { trigger: { scheduler: on-z, wait: true } }, { run: make, shared: { e: write, d: read } } ] }\nz: { steps: [ { run: make, shared: { e: read } } ] }", null },
        { "x: { workers: { names: [w1, w2] }, steps: [ { trigger: { scheduler: on-y, wait: true, release: worker } }, { trigger: { scheduler: on-z, wait: true, release: worker } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: write } } ] }\nz: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { e: write } } ] }", null },
        { "x: { workers: { names: [w1] }, steps: [ { run: make, locks: [cpu], shared: { d: write } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make, locks: [cpu], shared: { e: write } } ] }", null },

        // Some.
        { "x: { locks: [a], steps: [ { run: make, locks: [a] } ] }", "A build of x holds a when its step make asks for more of it" },
        { "x: { locks: [ { name: wide } ], steps: [ { run: make, locks: [ { name: wide } ] } ] }", "A build of x holds wide" },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }\ny: { locks: [b], steps: [ { run: check, locks: [a] } ] }", "x holds a while its step make asks for b; y holds b while its step check asks for a" },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }\ny: { locks: [b], steps: [ { run: make, locks: [c] } ] }\nz: { locks: [c], steps: [ { run: make, locks: [a] } ] }", "x holds a while its step make asks for b; y holds b while its step make asks for c; z holds c while its step make asks for a" },
        { "x: { locks: [a], steps: [ { run: make, locks: [b] } ] }\ny: { locks: [b, c], steps: [ { run: make, locks: [a] } ] }", "x holds a" },
        { "x: { locks: [ { name: a, from: one, to: two } ], steps: [ { name: one, run: make }, { name: two, run: make, locks: [a] } ] }", "A build of x holds a when its step two" },
        { "x: { locks: [ { name: a, from: one } ], steps: [ { name: one, run: make, locks: [a] } ] }", "A build of x holds a when its step one" },
        { "x: { locks: [ { name: a, from: one, to: two } ], steps: [ { name: one, run: make }, { name: two, run: make, locks: [b] } ] }\ny: { locks: [b], steps: [ { run: make, locks: [a] } ] }", "x holds a while its step two asks for b" },
        { "x: { locks: [ { name: a, from: one, to: three }, { name: b, from: two, to: three } ], steps: [ { name: one, run: make }, { name: two, run: make }, { name: three, run: make } ] }\ny: { locks: [ { name: b, from: one, to: three }, { name: a, from: two, to: three } ], steps: [ { name: one, run: make }, { name: two, run: make }, { name: three, run: make } ] }", "x holds a while its step two asks for b" },
        { "x: { locks: [ { name: a, from: one, to: two }, { name: b, from: two, to: three }, { name: a, from: three, to: four } ], steps: [ { name: one, run: make }, { name: two, run: make }, { name: three, run: make }, { name: four, run: make } ] }", "x holds a while its step two asks for b; x holds b while its step three asks for a" },
        { "x: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [gpu] } ] }\ny: { locks: [gpu], steps: [ { run: make, locks: [cpu] } ] }", "x holds cpu on w1 while its step make asks for gpu on w1" },
        { "x: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }\ny: { workers: { names: [w1] }, locks: [a], steps: [ { run: make, locks: [cpu] } ] }", "y holds a while its step make asks for cpu on w1; x holds cpu on w1 while its step make asks for a" },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { locks: [a], steps: [ { run: make } ] }\nz: { steps: [ { run: make } ] }", "x holds a while its step trigger on-y waits for y, which needs a. Do not hold over a trigger" },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { steps: [ { trigger: { scheduler: on-z, wait: true } } ] }\nz: { steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for z, which needs a" },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { locks: [b], steps: [ { run: make } ] }\nz: { locks: [b], steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for y, which needs b; z holds b while its step make asks for a" },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-u, wait: true } } ] }\nu: { workers: { names: [w1] }, steps: [ { run: make } ] }", "x holds a slot on w1 while its step trigger on-y waits for y, which needs a slot on w2; z holds a slot on w2 while its step trigger on-u waits for u, which needs a slot on w1" },
        { "x: { workers: { names: [w1] }, locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for y, which needs a slot on w2; z holds a slot on w2 while its step make asks for a" },
        { "x: { workers: { names: [pool-1] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }\ny: { workers: { names: ['pool-*'] }, locks: [a], steps: [ { run: make, locks: [cpu] } ] }", "cpu on pool-*" },

        // The same with what others may use, and with slots that are given up; builds stay where they are, and need all at one place.
        { "x: { steps: [ { name: parts, shared: { d: write }, trigger: { scheduler: on-y, wait: true } } ] }\ny: { steps: [ { run: make, shared: { d: write } } ] }", "x holds the shared directory d while its step parts waits for y, which needs the shared directory d" },
        { "x: { steps: [ { shared: { d: read }, trigger: { scheduler: on-y, wait: true, inherit: d } } ] }\ny: { steps: [ { run: make, shared: { d: write } } ] }", "A build of y writes d, but x only reads it: that could never start." },
        { "x: { locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: a } } ] }\ny: { locks: [a], steps: [ { run: make, locks: [b] } ] }\nz: { locks: [b], steps: [ { run: make, locks: [a] } ] }", "holds b while its step make asks for a" },
        { "x: { locks: [a, c], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: a } } ] }\ny: { locks: [a], steps: [ { run: make, locks: [c] } ] }", "x holds c while its step trigger on-y waits for y, which needs c" },
        { "x: { locks: [ { name: wide, units: 4 } ], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: wide } } ] }\ny: { locks: [ { name: wide, units: 2 } ], steps: [ { run: make, locks: [ { name: wide, units: 2 } ] } ] }", "A build of y holds wide when its step make asks for more of it" },
        { "x: { workers: { names: [w1] }, locks: [a, cpu], steps: [ { trigger: { scheduler: on-y, wait: true, inherit: cpu } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, locks: [cpu] } ] }\nz: { workers: { names: [w2] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for y, which needs cpu on w2; z holds cpu on w2 while its step make asks for a" },
        { "x: { workers: { names: [w1] }, locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, locks: [cpu] } ] }\nz: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for y, which needs cpu on w1; z holds cpu on w1 while its step make asks for a" },
        { "x: { workers: { names: [w1] }, locks: [a], steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, locks: [cpu], steps: [ { run: make } ] }\nz: { workers: { names: [w1] }, locks: [cpu], steps: [ { run: make, locks: [a] } ] }\nv: { workers: { names: [w2] }, steps: [ { run: make, locks: [a] } ] }", "x holds a while its step trigger on-y waits for y, which needs" },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-z, wait: true, release: worker } }, { run: make } ] }\nz: { workers: { names: [w1] }, steps: [ { run: make } ] }", "x holds a slot on w1 while its step trigger on-y waits for z, which needs a slot on w1" },
        { "x: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-z, wait: true, release: worker } }, { run: make } ] }\nz: { workers: { names: [w1] }, steps: [ { run: make } ] }\nu: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-v, wait: true } } ] }\nv: { workers: { names: [w2] }, steps: [ { run: make } ] }", "u holds a slot on w1 while its step trigger on-v waits for v, which needs a slot on w2; x holds a slot on w2 while its step trigger on-y waits for y, which needs a slot on w1" },
        { "x: { workers: { names: [w1] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w2] }, steps: [ { run: make } ] }\nz: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-u, wait: true } } ] }\nu: { workers: { names: [w1] }, steps: [ { run: make } ] }", "Let those that wait give up their place on the worker meanwhile (`release: worker`)" },
        { "x: { locks: [boards], steps: [ { run: make, locks: [a] } ] }\ny: { locks: [a], steps: [ { run: make, locks: [ { name: boards, labels: fast } ] } ] }", "x holds boards while its step make asks for a" },

        // The same with directories. Two that nothing keeps together may be on two workers, also of one pattern.
        { "x: { steps: [ { trigger: { scheduler: on-y, wait: true }, shared: { d: write } } ] }\ny: { steps: [ { run: make, shared: { d: read } } ] }", "x holds the shared directory d while its step trigger on-y waits for y, which needs the shared directory d" },
        { "x: { steps: [ { trigger: { scheduler: on-y, wait: true }, shared: { d: read } } ] }\ny: { steps: [ { trigger: { scheduler: on-z, wait: true } } ] }\nz: { steps: [ { run: make, shared: { d: write } } ] }", "x holds the shared directory d while its step trigger on-y waits for z, which needs the shared directory d" },
        { "x: { locks: [a], steps: [ { run: make, shared: { d: write } } ] }\ny: { steps: [ { trigger: { scheduler: on-z, wait: true }, shared: { d: read } } ] }\nz: { locks: [a], steps: [ { run: make } ] }", "x holds a while its step make asks for the shared directory d; y holds the shared directory d while its step trigger on-z waits for z, which needs a" },
        { "x: { workers: { names: [w1, w2] }, steps: [ { trigger: { scheduler: on-y, wait: true } }, { trigger: { scheduler: on-z, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: write } } ] }\nz: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { e: write } } ] }", "x holds a slot on w1 while its step trigger on-z waits for z, which needs a slot on w2; x holds a slot on w2 while its step trigger on-y waits for y, which needs a slot on w1" },
        { "x: { workers: { names: ['pool-*'] }, steps: [ { trigger: { scheduler: on-y, wait: true } }, { trigger: { scheduler: on-z, wait: true } } ] }\ny: { workers: { names: ['pool-*'] }, steps: [ { run: make, shared: { d: write } } ] }\nz: { workers: { names: ['pool-*'] }, steps: [ { run: make, shared: { e: write } } ] }", "x holds a slot on pool-* while its step trigger on-" },
        { "x: { workers: { names: [w1, w2] }, steps: [ { trigger: { scheduler: on-y, wait: true } } ] }\ny: { workers: { names: [w1, w2] }, steps: [ { run: make, shared: { d: write } } ] }\nz: { workers: { names: [w2] }, steps: [ { trigger: { scheduler: on-u, wait: true } } ] }\nu: { workers: { names: [w1] }, steps: [ { run: make } ] }", "which needs a slot on w2; z holds a slot on w2 while its step trigger on-u waits for u, which needs a slot on w1" },
        { "x: { steps: [ { trigger: { scheduler: on-y, wait: true, release: worker }, shared: { d: read } } ] }", "x holds the shared directory d in this step: only who holds no lock and no shared directory may give up" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_configuration_with_a_circle_is_refused_and_the_circle_spelled_out(string builders, string? circle)
    {
        var head = Head;
        foreach (var more in new[] { "u", "v" }.Where(b => builders.Contains($"\n{b}:", StringComparison.Ordinal)))
            head = head.Replace("on-z:", $"on-{more}: {{ type: triggerable, builders: [{more}] }}, on-z:", StringComparison.Ordinal);
        foreach (var missing in new[] { "y", "z" }.Where(b => !builders.Contains($"{b}: {{", StringComparison.Ordinal)))
            builders += $"\n{missing}: {{ steps: [ {{ run: make }} ] }}";
        var text = head + string.Join('\n', builders.Split('\n').Select(l => "  " + l)) + "\n";
        var (_, problems) = ConfigurationReader.Read([new("weir.yaml", text)]);

        if (circle is null)
            Assert.Empty(problems);
        else
            Assert.Contains(circle, Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Nine directories, each of which may come to be on any of four workers: more possibilities than are looked at one by one. The groups beyond the limit count as being on all their workers at once.
    /// </summary>
    [Theory]
    [InlineData("y: { steps: [ { run: make, shared: { d9: read } } ] }", null)]
    [InlineData("y: { steps: [ { shared: { d9: write }, trigger: { scheduler: on-c, wait: true, inherit: d9 } } ] }\n  c: { steps: [ { run: make, shared: { d9: read } } ] }", null)]
    [InlineData("y: { steps: [ { shared: { d9: write }, trigger: { scheduler: on-b, wait: true } } ] }", "y holds the shared directory d9 while its step trigger on-b waits for b9, which needs")]
    [InlineData("y: { locks: [b], steps: [ { run: make, locks: [a] } ] }\n  z: { locks: [a], steps: [ { trigger: { scheduler: on-c, wait: true } } ] }\n  c: { steps: [ { run: make, shared: { d8: read }, locks: [b] } ] }", "y holds b while its step")]
    public void More_possibilities_than_are_looked_at_one_by_one_are_decided_on_the_safe_side(string builder, string? circle)
    {
        var directories = string.Join(", ", Enumerable.Range(1, 9).Select(i => $"d{i}: {{}}"));
        var builders = string.Concat(Enumerable.Range(1, 9).Select(i => $"  b{i}: {{ locks: [a], steps: [ {{ run: make, shared: {{ d{i}: write }} }} ] }}\n"));
        var (_, problems) = ConfigurationReader.Read([new("weir.yaml", $$"""
            weir: 1
            workers: { w1: { maxBuilds: 4 }, w2: { maxBuilds: 4 }, w3: { maxBuilds: 4 }, w4: { maxBuilds: 4 } }
            locks: { a: {}, b: {} }
            sharedDirectories: { {{directories}} }
            schedulers: { on-b: { type: triggerable, builders: [b9] }{{(builder.Contains("on-c", StringComparison.Ordinal) ? ", on-c: { type: triggerable, builders: [c] }" : "")}} }
            builders:
            {{builders}}  {{builder}}
            """)]);

        if (circle is null)
            Assert.Empty(problems);
        else
            Assert.Contains(circle, Assert.Single(problems).Message, StringComparison.Ordinal);
    }
}

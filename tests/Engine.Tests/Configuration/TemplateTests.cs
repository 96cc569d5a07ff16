using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Sources;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>Builders that take what templates say, and builders with a matrix.</summary>
public sealed class TemplateTests
{
    private const string Head = "weir: 1\nworkers: { w1: { tags: [linux, bsd] } }\n";

    private static WeirConfiguration Good(string text)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.Empty(problems);
        return model!;
    }

    private static IReadOnlyList<string> Problems(params string[] texts) =>
        [.. ConfigurationReader.Read([.. texts.Select((t, i) => new ConfigurationPart(i == 0 ? "weir.yaml" : $"more-{i}.yaml", t))]).Problems.Select(p => p.ToString())];

    [Fact]
    public void Maps_are_put_together_key_by_key_and_all_else_is_replaced()
    {
        var model = Good(Head + """
            templates:
              base: { env: { A: one, B: two }, tags: [x, y], keep: { builds: 5 }, steps: [ { run: base } ] }
              fast: { extends: base, priority: 7, env: { B: three, C: four } }
              quiet: { priority: 2, description: quiet }
            builders:
              one: { extends: [fast, quiet], tags: z, env: { D: five } }
              two: { extends: base, steps: [ { run: two } ], description: own }
            """);

        var (one, two) = (model.Builders[0], model.Builders[1]);
        Assert.Equal("A=one B=three C=four D=five", string.Join(' ', one.Env.OrderBy(e => e.Key).Select(e => $"{e.Key}={e.Value}")));
        Assert.Equal((2, "quiet", "z", 5), (one.Priority, one.Description, string.Join(' ', one.Tags), one.Keep.Builds!.Value));
        Assert.Equal("base", ((RunStepConfiguration)one.Steps[0]).Shell);
        Assert.Equal(("two", "x y", "own", 0), (((RunStepConfiguration)two.Steps[0]).Shell, string.Join(' ', two.Tags), two.Description, two.Priority));
    }

    [Fact]
    public void It_is_the_same_configuration_as_one_that_is_written_out()
    {
        var short_ = Good(Head + """
            schedulers: { all: { type: force, builders: lib } }
            templates: { base: { workers: { tags: ['${{ matrix.os }}'] }, properties: { who: { default: me } }, steps: [ { run: "make ${{ matrix.cc }} ${{ properties.who }}", maxTime: '${{ matrix.time }}', if: matrix.cc != 'tcc' }, { git: { codebase: lib, depth: '${{ matrix.n }}' } } ] } }
            codebases: { lib: { repository: /srv/lib.git } }
            builders:
              lib: { extends: base, env: { OS: "on ${{ matrix.os }}" }, matrix: { os: [linux, bsd], cc: [gcc, clang], time: 5m, n: [3] }, exclude: [ { os: bsd, cc: gcc } ], include: [ { os: linux, cc: "o'c", time: 1h, n: 4 } ] }
            """);

        var long_ = Good(Head + """
            schedulers: { all: { type: force, builders: [lib-linux-gcc-5m-3, lib-linux-clang-5m-3, lib-bsd-clang-5m-3, lib-linux-o-c-1h-4] } }
            codebases: { lib: { repository: /srv/lib.git } }
            builders:
              lib-linux-gcc-5m-3: { workers: { tags: [linux] }, properties: { who: { default: me } }, env: { OS: "on ${{ 'linux' }}" }, steps: [ { run: "make ${{ 'gcc' }} ${{ properties.who }}", maxTime: 5m, if: "'gcc' != 'tcc'" }, { git: { codebase: lib, depth: 3 } } ] }
              lib-linux-clang-5m-3: { workers: { tags: [linux] }, properties: { who: { default: me } }, env: { OS: "on ${{ 'linux' }}" }, steps: [ { run: "make ${{ 'clang' }} ${{ properties.who }}", maxTime: 5m, if: "'clang' != 'tcc'" }, { git: { codebase: lib, depth: 3 } } ] }
              lib-bsd-clang-5m-3: { workers: { tags: [bsd] }, properties: { who: { default: me } }, env: { OS: "on ${{ 'bsd' }}" }, steps: [ { run: "make ${{ 'clang' }} ${{ properties.who }}", maxTime: 5m, if: "'clang' != 'tcc'" }, { git: { codebase: lib, depth: 3 } } ] }
              lib-linux-o-c-1h-4: { workers: { tags: [linux] }, properties: { who: { default: me } }, env: { OS: "on ${{ 'linux' }}" }, steps: [ { run: "make ${{ 'o''c' }} ${{ properties.who }}", maxTime: 1h, if: "'o''c' != 'tcc'" }, { git: { codebase: lib, depth: 4 } } ] }
            """);

        Assert.Equal(Weir.Engine.Configuration.ConfigurationJson.Write(long_), Weir.Engine.Configuration.ConfigurationJson.Write(short_));
    }

    [Fact]
    public void What_only_some_combinations_have_is_nothing_in_the_others()
    {
        var model = Good(Head + """
            builders:
              lib: { matrix: { os: [linux, bsd] }, include: [ { os: bsd, flags: -O3 } ], description: 'x${{ matrix.flags }}', steps: [ { run: "make ${{ matrix.flags }}" } ] }
            """);

        Assert.Equal("lib-linux x make ${{ null }}, lib-bsd x-O3 make ${{ '-O3' }}", string.Join(", ", model.Builders.Select(b => $"{b.Name} {b.Description} {((RunStepConfiguration)b.Steps[0]).Shell}")));
    }

    [Theory]
    [InlineData("templates: { a: { extends: b, steps: [ { run: a } ] }, b: { extends: [c] }, c: { extends: a } }\nbuilders: { x: { extends: a } }", "weir.yaml:3:91: templates.c.extends: The template \"a\" would extend itself: a → b → c → a.")]
    [InlineData("templates: { base: { steps: [ { run: a } ] } }\nbuilders: { x: { extends: bass } }", "weir.yaml:4:27: builders.x.extends: There is no template \"bass\". Did you mean \"base\"?")]
    [InlineData("templates: { base: { steps: [ { rum: a } ] } }\nbuilders: { x: { extends: base }, y: { extends: base } }", "weir.yaml:3:31: builders.x.steps[0]: A step needs one of git, run, set, trigger. Did you mean \"run\"?")]
    [InlineData("templates: { base: { stepps: [ { run: a } ] } }\nbuilders: { x: { steps: [ { run: a } ] } }", "weir.yaml:3:22: templates.base.stepps: A template has no key \"stepps\". Did you mean \"steps\"?")]
    [InlineData("templates: { base: { priority: high } }\nbuilders: { x: { steps: [ { run: a } ] } }", "weir.yaml:3:32: templates.base.priority: A whole number from -1000000 to 1000000 was expected, not \"high\".")]
    [InlineData("templates: { base: { priority: 1 } }\nbuilders: { x: { extends: base } }", "weir.yaml:4:16: builders.x: The key \"steps\" is missing: What it does, in order.")]
    [InlineData("builders: { x: { matrix: { os: [linux, bsd] }, steps: [ { run: 'echo ${{ matrix.so }}' } ] } }", "weir.yaml:3:74: builders.x: The matrix of x has no \"so\". Did you mean \"os\"?")]
    [InlineData("builders: { x: { matrix: { os: [linux, Linux] }, steps: [ { run: a } ] } }", "weir.yaml:3:40: builders.x.matrix: Two combinations would be named \"x-linux\": os linux, and os Linux.")]
    [InlineData("builders: { x: { matrix: { os: [linux] }, exclude: [ { oss: linux } ], steps: [ { run: a } ] } }", "weir.yaml:3:56: builders.x.exclude[0].oss: The matrix has no axis \"oss\". Did you mean \"os\"?")]
    [InlineData("builders: { x: { matrix: { os: [linux] }, exclude: [ { os: bsd } ], steps: [ { run: a } ] } }", "weir.yaml:3:54: builders.x.exclude[0]: No combination is like this.")]
    [InlineData("builders: { x: { matrix: { os: [linux] }, exclude: [ { os: linux } ], steps: [ { run: a } ] } }", "weir.yaml:3:26: builders.x.matrix: No combination is left.")]
    [InlineData("builders: { x: { matrix: { os: [linux], cc: gcc }, include: [ { os: bsd } ], steps: [ { run: a } ] } }", "weir.yaml:3:63: builders.x.include[0]: A value for the axis \"cc\" is missing: a combination has one for each.")]
    [InlineData("builders: { x: { include: [ { os: bsd } ], steps: [ { run: a } ] } }", "weir.yaml:3:18: builders.x.include: \"include\" is about a \"matrix\", and there is none.")]
    [InlineData("builders: { x: { matrix: { os: [linux] }, steps: [ { run: a } ] }, x-linux: { steps: [ { run: a } ] } }", "weir.yaml:3:68: builders.x-linux: \"x-linux\" is defined twice, once by a matrix: here and at weir.yaml:3:13.")]
    [InlineData("builders: { x: { steps: [ { run: 'echo ${{ matrix.os }}' } ] } }", "weir.yaml:3:44: builders.x.steps[0].run: The context \"matrix\" has values in builders with a \"matrix\" only, as matrix.AXIS.")]
    [InlineData("builders: { x: { matrix: { a: [1,2,3,4,5,6,7,8,9], b: [1,2,3,4,5,6,7,8,9], c: [1,2,3,4] }, steps: [ { run: a } ] } }", "weir.yaml:3:26: builders.x.matrix: These are 324 combinations; at most 256 are allowed.")]
    public void What_is_wrong_is_said_where_it_is_written(string text, string problem) => Assert.Equal([problem], Problems("weir: 1\nworkers: { w1: {} }\n" + text));

    [Fact]
    public void Many_builders_of_much_are_refused_in_time()
    {
        var steps = string.Join(", ", Enumerable.Range(0, 1500).Select(i => $"{{ run: \"echo {i}\" }}"));
        var matrices = string.Join('\n', Enumerable.Range(0, 20).Select(i => $"  b{i}: {{ extends: base, matrix: {{ a: [{string.Join(',', Enumerable.Range(0, 16))}], b: [{string.Join(',', Enumerable.Range(0, 16))}] }} }}"));
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var problems = Problems($"weir: 1\nworkers: {{ w1: {{}} }}\ntemplates: {{ base: {{ steps: [{steps}] }} }}\nbuilders:\n{matrices}\n");

        Assert.Contains(problems, p => p.EndsWith("With what templates and matrices stand for the builders have more than 400,000 values.", StringComparison.Ordinal));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void A_team_extends_its_own_templates_and_the_admins_and_may_no_more_by_them()
    {
        const string admin = "weir: 1\nworkers: { w1: {} }\nsecrets: [ { from: env } ]\nparts:\n  a: { repository: /srv/a.git, prefix: a-, may: { workers: ['*'] } }\n  b: { repository: /srv/b.git, prefix: b-, may: { workers: ['*'] } }\ntemplates: { base: { env: { T: '${{ secrets.TOKEN }}' }, steps: [ { run: x } ] }, plain: { steps: [ { run: x } ] } }\n";
        IReadOnlyList<string> Of(string a, string b = "weir: 1\n") =>
            [.. ConfigurationReader.Read([new("weir.yaml", admin), new("a.yaml", a) { Origin = PartOrigin.Repository, From = "a" }, new("b.yaml", b) { Origin = PartOrigin.Repository, From = "b" }]).Problems.Select(p => p.ToString())];

        Assert.Empty(Of("weir: 1\nbuilders: { a-x: { extends: [plain, a-own] } }\ntemplates: { a-own: { priority: 3 } }\n"));
        Assert.Equal(["a.yaml:2:33: builders.a-x.extends: The template \"b-own\" belongs to the part \"b\": only that part extends it."], Of("weir: 1\nbuilders: { a-x: { extends: [plain, b-own] } }\n", "weir: 1\ntemplates: { b-own: { priority: 3 } }\n").Select(p => p.Replace("2:37", "2:33", StringComparison.Ordinal)));
        Assert.Contains("The part \"a\" may not use the secret \"TOKEN\"", Assert.Single(Of("weir: 1\nbuilders: { a-x: { extends: base } }\n")), StringComparison.Ordinal);
        Assert.Contains("Names of the part \"a\" begin with \"a-\": call it \"a-own\".", Assert.Single(Of("weir: 1\ntemplates: { own: { priority: 3 } }\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_name_builders_and_the_export_reads_back_equal()
    {
        const string text = Head + "templates: { base: { priority: 3, steps: [ { run: x } ] } }\nbuilders: { lib: { extends: base, matrix: { os: [linux, bsd] } }, own: { extends: base, priority: 4 } }\n";
        var (before, after) = (Good(text), Good(text.Replace("priority: 3", "priority: 5", StringComparison.Ordinal)));

        Assert.Equal("builder lib-linux, builder lib-bsd", string.Join(", ", ModelDifference.Between(before, after).Select(d => $"{d.Section} {d.Name}")));
        var exported = ConfigurationExport.Of([.. Samples.Part(text), new("more.yaml", "weir: 1\ntemplates: { other: { priority: 9 } }\nbuilders: { z: { extends: [base, other] } }\n")]);
        Assert.Equal(Weir.Engine.Configuration.ConfigurationJson.Write(ConfigurationReader.Read([.. Samples.Part(text), new("more.yaml", "weir: 1\ntemplates: { other: { priority: 9 } }\nbuilders: { z: { extends: [base, other] } }\n")]).Model), Weir.Engine.Configuration.ConfigurationJson.Write(Good(exported)));
    }
}

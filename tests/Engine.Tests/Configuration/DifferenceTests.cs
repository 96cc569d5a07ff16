using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Revisions;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Configuration;

/// <summary>The difference between two configurations as people say it.</summary>
public sealed class DifferenceTests
{
    [Theory]
    [InlineData("title: GStreamer CI", "title: Other", "~ configuration: ~ title GStreamer CI -> Other")]
    [InlineData("jobs: { type: int, default: 4 }", "jobs: { type: int, default: 8 }", "~ builder lib-linux: ~ [property jobs] default 4 -> 8")]
    [InlineData("    timeout: 20m", "    timeout: 30m", "~ builder lib-linux: ~ [step configure] timeout 20m -> 30m")]
    [InlineData("    timeout: never", "    timeout: 90m", "~ builder lib-linux: ~ [step set] timeout never -> 90m")]
    [InlineData("        maxTime: 1h\n", "", "~ builder lib-linux: ~ [step configure] maxTime 1h -> never")]
    [InlineData("run: make check", "run: make check-all", "~ builder lib-linux: ~ [step make-2] run make check -> make check-all")]
    [InlineData("tags: [linux, release]", "tags: [release, arm]", "~ builder lib-linux: + tags arm; - tags linux")]
    [InlineData("tags: [linux, release]", "tags: [release, linux]", "~ builder lib-linux: reordered tags linux, release -> release, linux")]
    [InlineData("keep: { builds: 500, days: 90, logs: 30d }", "keep: { builds: 500, days: 60, logs: 7d }", "~ builder lib-linux: ~ keep.days 90 -> 60; ~ keep.logs 30d -> 7d")]
    [InlineData("CFLAGS: -O2", "CFLAGS: -O3", "~ builder lib-linux: ~ env.CFLAGS -O2 -> -O3")]
    [InlineData("env: { DB: test }", "env: { DB: test, LANG: C }", "~ builder lib-linux: + [step make-2] env.LANG C")]
    [InlineData("exitCodes: { 0: success, 77: skipped }", "exitCodes: { 0: success, 77: warnings }", "~ builder lib-linux: ~ [step make-2] exitCodes.77 skipped -> warnings")]
    [InlineData("treeStable: 5s", "treeStable: 1m", "~ scheduler on-lib: ~ treeStable 5s -> 1m")]
    [InlineData("branch: main, files", "branch: next, files", "~ scheduler on-lib: + changes.branches next; - changes.branches main")]
    [InlineData("hourly: { type: periodic, every: 1h, builders: [pyg-linux], enabled: false }", "hourly: { type: force, builders: [pyg-linux], enabled: false }", "~ scheduler hourly: ~ type periodic -> force; ~ every 1h -> not set")]
    [InlineData("volunteer-*: { tags: volunteer }", "", "- worker volunteer-*")]
    [InlineData("properties: { cores: 8 }", "properties: { cores: 8, gpu: { b: 1, a: [1, 2] } }", "~ worker attic: + properties.gpu {a: [1, 2], b: 1}")]
    [InlineData("from: '19:00', to: '07:00'", "from: '20:00', to: '07:00'", "~ worker attic: + availability.windows mon-fri 20:00-07:00; - availability.windows mon-fri 19:00-07:00")]
    [InlineData("until: 2026-12-26, open: false }", "open: false }", "~ worker attic: + availability.exceptions 2026-12-24 closed; - availability.exceptions 2026-12-24 to 2026-12-26 closed")]
    [InlineData("atClose: interrupt", "atClose: finish", "~ worker attic: ~ availability.atClose interrupt -> finish")]
    [InlineData("volunteer-*: { tags: volunteer }", "volunteer-*: { tags: volunteer, availability: { windows: [ days: sat-mon ] } }", "~ worker volunteer-*: ~ availability not set -> mon, sat-sun (UTC)")]
    [InlineData("  pyg-linux:\n", "  pyg-debian:\n", "+ builder pyg-debian|- builder pyg-linux|~ scheduler hourly: + builders pyg-debian; - builders pyg-linux|~ scheduler release: + builders pyg-debian; - builders pyg-linux", "pyg-linux]", "pyg-debian]")]
    [InlineData("  pyg-linux:\n", "  pyg-debian:\n    was: pyg-linux\n", "builder pyg-linux is now pyg-debian|~ scheduler hourly: + builders pyg-debian; - builders pyg-linux|~ scheduler release: + builders pyg-debian; - builders pyg-linux", "pyg-linux]", "pyg-debian]")]
    [InlineData("pyg-poll: {", "pyg-watch: {", "+ change source pyg-watch|- change source pyg-poll")]
    [InlineData("pyg-poll: {", "pyg-watch: { was: pyg-poll,", "change source pyg-poll is now pyg-watch")]
    [InlineData("channel, type: choice", "track, type: choice", "~ scheduler release: is now [parameter] channel -> track")]
    [InlineData("- git: { codebase: pyg }", "- git: { codebase: pyg }\n      - run: [pytest, -q]", "~ builder pyg-linux: + step pytest pytest -q")]
    [InlineData("# none", "# a comment", "")]
    public void Two_configurations_differ_as_people_say_it(string old, string current, string said, string? alsoOld = null, string? alsoCurrent = null)
    {
        var before = Model(Samples.Whole);
        var text = Samples.Whole.Replace(old, current, StringComparison.Ordinal);
        if (alsoOld is not null)
            text = text.Replace(alsoOld, alsoCurrent, StringComparison.Ordinal);
        var things = ModelDifference.Between(before, Model(text));

        Assert.Equal(said.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), things.Select(Said).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("nothing but text: comments, order of keys, or how it is written")]
    [InlineData("builder a changed", "~builder a")]
    [InlineData("builder a is now b, worker w added", "=builder b a", "+worker w")]
    [InlineData("3 builders added, worker w removed", "+builder a", "+builder b", "+builder c", "-worker w")]
    [InlineData("order of builders", "^builder ")]
    public void A_revision_is_summed_up_in_a_line(string line, params string[] things) =>
        Assert.Equal(line, DifferenceWords.Summary([.. things.Select(Thing)], isFirst: false));

    [Fact]
    public void The_first_revision_says_what_there_is() =>
        Assert.Equal("the first configuration: 2 builders, 1 worker", DifferenceWords.Summary([Thing("+builder a"), Thing("+builder b"), Thing("+worker w")], isFirst: true));

    [Fact]
    public void A_long_text_is_cut_where_it_begins_to_differ()
    {
        var same = new string('x', 400);

        var (before, after) = DifferenceWords.Shortened(same + "old" + same, same + "new" + same);

        Assert.StartsWith("…" + new string('x', 40) + "old", before, StringComparison.Ordinal);
        Assert.StartsWith("…" + new string('x', 40) + "new", after, StringComparison.Ordinal);
        Assert.True(before!.Length < 250);
    }

    [Fact]
    public void A_thing_with_very_many_differences_tells_the_first_ones_and_how_many()
    {
        WeirConfiguration Tagged(string prefix) => new() { Builders = [new() { Name = "b", Steps = [], Tags = [.. Enumerable.Range(0, 500).Select(i => $"{prefix}{i}")] }] };

        var thing = Assert.Single(ModelDifference.Between(Tagged("a"), Tagged("b")));

        Assert.Equal(ModelDifference.MostSettings + 1, thing.Settings.Count);
        Assert.Equal("and 800 more", thing.Settings[^1].Setting);
    }

    [Fact]
    public void Steps_of_the_same_kind_at_the_same_place_are_the_same_step_under_another_name()
    {
        BuilderConfiguration With(params string[] commands) => new() { Name = "b", Steps = [.. commands.Select(c => new RunStepConfiguration { Name = c, Shell = c })] };

        var thing = Assert.Single(ModelDifference.Between(new() { Builders = [With("a", "make", "z")] }, new() { Builders = [With("a", "make all", "lint", "z")] }));

        Assert.Equal("~ builder b: is now [step] make -> make all; ~ [step make all] run make -> make all; + step lint lint", Said(thing));
    }

    internal static string Said(ConfigurationDifference thing)
    {
        var head = thing.Kind switch
        {
            DifferenceKind.Renamed => $"{thing.Section} {thing.FormerName} is now {thing.Name}",
            DifferenceKind.Added => $"+ {thing.Section} {thing.Name}",
            DifferenceKind.Removed => $"- {thing.Section} {thing.Name}",
            DifferenceKind.Reordered => $"reordered {thing.Section}",
            _ => $"~ {thing.Section} {thing.Name}".TrimEnd(),
        };
        return thing.Settings.Count == 0 ? head : $"{head}: {string.Join("; ", thing.Settings.Select(Said))}";
    }

    private static string Said(SettingDifference s)
    {
        var within = s.Within is null ? "" : $"[{s.Within}] ";
        return s.Kind switch
        {
            DifferenceKind.Added => $"+ {within}{s.Setting} {s.After}",
            DifferenceKind.Removed => $"- {within}{s.Setting} {s.Before}",
            DifferenceKind.Renamed => $"is now {within}[{s.Setting}] {s.Before} -> {s.After}",
            DifferenceKind.Reordered => $"reordered {within}{s.Setting} {s.Before} -> {s.After}",
            _ => $"~ {within}{s.Setting} {s.Before ?? "not set"} -> {s.After ?? "not set"}",
        };
    }

    private static ConfigurationDifference Thing(string text)
    {
        var words = text[1..].Split(' ');
        return new(text[0] switch { '+' => DifferenceKind.Added, '-' => DifferenceKind.Removed, '=' => DifferenceKind.Renamed, '^' => DifferenceKind.Reordered, _ => DifferenceKind.Changed }, words[0], words[1], words.ElementAtOrDefault(2), []);
    }

    private static WeirConfiguration Model(string text)
    {
        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));
        Assert.True(model is not null, string.Join('\n', problems));
        return model;
    }
}

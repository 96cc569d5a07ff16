using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Things;
using Weir.Engine.Configuration.Writing;
using Weir.Engine.Tests.Configuration.Writing;

namespace Weir.Engine.Tests.Configuration.Things;

/// <summary>One thing changes in the text; everything else stays as somebody wrote it.</summary>
public sealed class PartTextTests
{
    private const string Text = """
        weir: 1          # the format
        # All our builders.
        builders:
          # The library.
          lib:
            description: The library   # seen on pages
            env: { CC: gcc, CFLAGS: '-O2' }  # flags
            steps:
              - git: { codebase: lib }
              # It takes long.
              - run: make
                timeout: 20m   # long
              - run: |
                  make check
                name: check

          # The bindings.
          pyg:
            steps: [ { run: make } ]
        x-env: &env { A: b }
        workers: { w1: {}, w2: { maxBuilds: 2 } }
        locks:
          cpu:

        """;

    private static readonly string Unix = Text.ReplaceLineEndings("\n");

    [Theory]
    [InlineData("""{"description":"The library","env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"30m"},{"run":"make check\n","name":"check"}]}""", "timeout: 20m ", "timeout: 30m ")]
    [InlineData("""{"description":"The library","env":{"CC":"clang: 1","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"},{"run":"make check\n","name":"check"}]}""", "CC: gcc", "CC: 'clang: 1'")]
    [InlineData("""{"description":"The library","env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"}]}""", "      - run: |\n          make check\n        name: check\n", "")]
    [InlineData("""{"description":"The library","env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"},{"run":"ls"},{"run":"make check\n","name":"check"}]}""", "timeout: 20m   # long\n", "timeout: 20m   # long\n      - run: ls\n")]
    [InlineData("""{"env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"},{"run":"make check\n","name":"check"}]}""", "    description: The library   # seen on pages\n", "")]
    [InlineData("""{"description":"The library","priority":3,"env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"},{"run":"make check\n","name":"check"}]}""", "# seen on pages\n", "# seen on pages\n    priority: 3\n")]
    [InlineData("""{"description":"The library","env":{"CC":"gcc","CFLAGS":"-O2"},"steps":[{"git":{"codebase":"lib"}},{"run":"make","timeout":"20m"},{"run":["make","-j4"],"name":"check"}]}""", "run: |\n          make check\n", "run: [make, -j4]\n")]
    public void Only_the_lines_that_say_something_else_change(string value, string gone, string come)
    {
        var changed = PartText.Change(new("weir.yaml", Unix), "builders", "lib", "lib", JsonNode.Parse(value));

        Assert.Null(changed.Why);
        Assert.Equal(Unix.Replace(gone, come, StringComparison.Ordinal), changed.Text);
    }

    [Fact]
    public void A_new_thing_stands_at_the_end_of_its_section_and_a_new_section_at_the_end()
    {
        var step = JsonNode.Parse("""{"steps":[{"run":"x"}]}""");

        Assert.Contains("    steps: [ { run: make } ]\n  new:\n    steps:\n      - run: x\nx-env:", Changed("builders", "new", step), StringComparison.Ordinal);
        Assert.EndsWith("locks:\n  cpu:\nprojects:\n  gst:\n    title: GStreamer\n", Changed("projects", "gst", JsonNode.Parse("""{"title":"GStreamer"}""")), StringComparison.Ordinal);
        Assert.Contains("workers: { w1: {}, w2: { maxBuilds: 3 } }", Changed("workers", "w2", JsonNode.Parse("""{"maxBuilds":3}""")), StringComparison.Ordinal);
        Assert.Contains("  cpu:\n    capacity: 4\n", Changed("locks", "cpu", JsonNode.Parse("""{"capacity":4}""")), StringComparison.Ordinal);
        Assert.Equal("weir: 1\nlocks:\n  cpu: {}\n", PartText.Change(new("forms", PartText.Empty), "locks", "cpu", "cpu", new JsonObject()).Text);
    }

    [Fact]
    public void What_is_removed_takes_its_lines_and_no_others()
    {
        Assert.Equal(Unix[..Unix.IndexOf("  lib:", StringComparison.Ordinal)] + Unix[Unix.IndexOf("\n  # The bindings", StringComparison.Ordinal)..], Changed("builders", "lib", null));
        Assert.DoesNotContain("locks", Changed("locks", "cpu", null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_name_changes_the_name()
    {
        var value = JsonScalar.Read(YamlReader.Read(new("x", Unix), new())!)!["builders"]!["lib"]!.DeepClone();

        Assert.Equal(Unix.Replace("  lib:\n", "  libgst:\n", StringComparison.Ordinal), PartText.Change(new("weir.yaml", Unix), "builders", "lib", "libgst", value).Text);
    }

    [Fact]
    public void Lines_end_as_they_did()
    {
        var changed = PartText.Change(new("weir.yaml", "weir: 1\r\nlocks:\r\n  a: {}\r\n  b: {}\r\n"), "locks", "c", "c", JsonNode.Parse("""{"capacity":2}""")).Text;

        Assert.Equal("weir: 1\r\nlocks:\r\n  a: {}\r\n  b: {}\r\n  c:\r\n    capacity: 2\r\n", changed);
    }

    [Theory]
    [InlineData("weir: 1\nlocks:\n  a: &base { capacity: 2 }\n  b: *base\n", "a", """{"capacity":3}""")]
    [InlineData("weir: 1\nlocks:\n  a: &base { capacity: 2 }\n  b: *base\n", "a", null)]
    [InlineData("weir: 1\nlocks: { a: {}, # the first\n  b: {} }\n", "c", """{}""")]
    public void Where_others_would_be_touched_it_is_refused_in_words(string text, string name, string? value)
    {
        var changed = PartText.Change(new("weir.yaml", text), "locks", name, name, value is null ? null : JsonNode.Parse(value));

        Assert.Null(changed.Text);
        Assert.Contains("without touching others", changed.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_alias_stands_for_is_written_out_where_it_changes()
    {
        var changed = PartText.Change(new("weir.yaml", "weir: 1\nlocks:\n  a: &base { capacity: 2 }\n  b: *base\n  c:\n    <<: *base\n    scope: all\n"), "locks", "b", "b", JsonNode.Parse("""{"capacity":3}""")).Text;

        Assert.Equal("weir: 1\nlocks:\n  a: &base { capacity: 2 }\n  b:\n    capacity: 3\n  c:\n    <<: *base\n    scope: all\n", changed);
    }

    [Fact]
    public void The_lines_of_a_thing_are_its_own()
    {
        Assert.Equal("pyg:\n  steps: [ { run: make } ]\n", PartText.Lines(new("weir.yaml", Unix), "builders", "pyg"));
        Assert.EndsWith("        make check\n      name: check\n", PartText.Lines(new("weir.yaml", Unix), "builders", "lib"), StringComparison.Ordinal);
        Assert.Equal("w2: { maxBuilds: 2 }\n", PartText.Lines(new("weir.yaml", Unix), "workers", "w2"));
    }

    [Fact]
    public void Whatever_becomes_of_one_thing_the_others_stay_equal_and_in_their_words() => Prop.ForAll((
        from things in Gen.ListOf(Trees.Map(3), 3)
        from value in Trees.Map(3)
        from removed in Gen.Elements(true, false)
        from at in Gen.Choose(0, 3)
        select (things.ToList(), value, removed, at)).ToArbitrary(), given =>
    {
        var (things, value, removed, at) = given;
        var root = new JsonObject { ["weir"] = 1, ["locks"] = new JsonObject(things.Select((t, i) => KeyValuePair.Create($"t{i}", (JsonNode?)t.DeepClone()))) };
        var text = "# at the top\n" + YamlWriter.Document(root) + "# at the end\n";
        var changed = PartText.Change(new("x", text), "locks", $"t{at}", $"t{at}", removed && at < 3 ? null : value.DeepClone());
        if (changed.Text is null)
            return false;
        for (var i = 0; i < 3; i++)
        {
            if (i != at && !changed.Text.Contains(YamlWriter.Entry($"t{i}", root["locks"]![$"t{i}"], 2) + "\n", StringComparison.Ordinal))
                return false;
        }
        return changed.Text.StartsWith("# at the top\n", StringComparison.Ordinal) && changed.Text.Contains("# at the end", StringComparison.Ordinal);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static string Changed(string section, string name, JsonNode? value) => PartText.Change(new("weir.yaml", Unix), section, name, name, value) is { Text: { } text } ? text : throw new InvalidOperationException("refused");
}

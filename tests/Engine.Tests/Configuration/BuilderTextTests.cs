using Weir.Engine.Configuration;

namespace Weir.Engine.Tests.Configuration;

public sealed class BuilderTextTests
{
    private const string Part = """
        weir: 1
        schedulers:
          builders: { type: periodic, every: 1h, builders: [lib] }
        builders:
          # the first
          lib:
            steps:                # as they come
              - git: { codebase: lib }

              # and then
              - run: |
                  make
                  make check
          # the second
          'py-g': { steps: [ { run: "a: b" } ] }
          flow: {
            steps: [] }
          scalar: text
          last:
            workers: { tags: [linux] }

        # the end
        workers:
          lib: {}
        """;

    [Theory]
    [InlineData("lib", "lib:\n  steps:                # as they come\n    - git: { codebase: lib }\n\n    # and then\n    - run: |\n        make\n        make check\n")]
    [InlineData("py-g", "'py-g': { steps: [ { run: \"a: b\" } ] }\n")]
    [InlineData("flow", "flow: {\n  steps: [] }\n")]
    [InlineData("scalar", "scalar: text\n")]
    [InlineData("last", "last:\n  workers: { tags: [linux] }\n")]
    [InlineData("none", null)]
    [InlineData("builders", null)]
    public void A_builders_lines_are_cut_out_as_they_were_written(string builder, string? expected) => Assert.Equal(expected, BuilderText.Find(Part.ReplaceLineEndings("\n"), builder));

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("builders: [")]
    [InlineData("builders:\n  lib: &a [*a")]
    [InlineData("builders: [lib]")]
    [InlineData("builders:")]
    [InlineData("- builders")]
    public void A_part_that_does_not_define_it_gives_nothing(string part) => Assert.Null(BuilderText.Find(part, "lib"));

    [Fact]
    public void Windows_line_ends_and_a_part_without_a_last_newline_do_no_harm()
    {
        Assert.Equal("lib:\n  steps: []\n", BuilderText.Find("builders:\r\n  lib:\r\n    steps: []", "lib"));
        Assert.Equal("lib:\n  steps: []\n", BuilderText.Find("# title\nbuilders:\n  lib:\n    steps: []\n", "lib"));
        Assert.Equal("lib: { steps: [] }\n", BuilderText.Find("{ builders: { lib: { steps: [] }, other: {} } }", "lib"));
    }
}

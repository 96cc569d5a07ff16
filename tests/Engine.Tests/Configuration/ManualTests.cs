using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Format;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

/// <summary>The manual says what the program does. With WEIR_WRITE_DOCS=1 the reference is written anew.</summary>
public sealed partial class ManualTests
{
    private const string Begin = "<!-- The reference: written from the program's own table of keys. -->\n\n";

    private static string Manual => Path.Combine(RepositoryRoot.Path, "docs", "configuration.md");

    [Fact]
    public void The_reference_is_the_table_of_keys()
    {
        var text = File.ReadAllText(Manual).Replace("\r\n", "\n", StringComparison.Ordinal);
        var wanted = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + FormatReference.Markdown();
        if (Environment.GetEnvironmentVariable("WEIR_WRITE_DOCS") == "1")
            File.WriteAllText(Manual, text = wanted);

        Assert.Equal(wanted, text);
    }

    [Fact]
    public void Every_map_of_the_format_is_in_the_reference()
    {
        var reference = FormatReference.Markdown();
        var shapes = new HashSet<Shape>(ReferenceEqualityComparer.Instance);
        Collect(new ShapeKind(ConfigurationFormat.Root));

        // A template has the keys of a builder, which are told there; a value from a command has one key, which is told where it may stand.
        Assert.Equal(["a template", "a value from a command"], shapes.Where(s => !reference.Contains(s.Description, StringComparison.Ordinal)).Select(s => s.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.True(shapes.Count > 30);

        static IEnumerable<Shape> Of(Kind? kind) => kind switch { ShapeKind shape => [shape.Shape], TypedKind typed => typed.Shapes.Values, StepKind steps => steps.Shapes.Values, _ => [] };

        void Collect(Kind? kind)
        {
            foreach (var shape in Of(kind).Where(shapes.Add))
            {
                foreach (var key in shape.Keys)
                    Collect(key.Kind);
            }
            if (kind switch { ListKind list => list.Item, MapKind map => map.Value, EitherKind either => either.Other, _ => null } is { } inner)
                Collect(inner);
        }
    }

    [Fact]
    public void Every_whole_example_is_accepted()
    {
        var examples = Yaml().Matches(File.ReadAllText(Manual).Replace("\r\n", "\n", StringComparison.Ordinal)).Select(m => m.Groups[1].Value).Where(e => e.StartsWith("weir: 1", StringComparison.Ordinal)).ToList();

        Assert.True(examples.Count >= 2);
        Assert.All(examples, e => Assert.Empty(ConfigurationReader.Read(Samples.Part(e)).Problems));
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}

using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration.Format;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Writing;

namespace Weir.Engine.Tests.Configuration.Writing;

public sealed class YamlWriterTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("20m", "20m")]
    [InlineData("a/b c.txt", "a/b c.txt")]
    [InlineData("https://example.org/x", "https://example.org/x")]
    [InlineData("-j4", "-j4")]
    [InlineData("", "''")]
    [InlineData("no", "'no'")]
    [InlineData("true", "'true'")]
    [InlineData("null", "'null'")]
    [InlineData("19:00", "'19:00'")]
    [InlineData("1.10", "'1.10'")]
    [InlineData("5", "'5'")]
    [InlineData("- x", "'- x'")]
    [InlineData("*", "'*'")]
    [InlineData("it's: so", "'it''s: so'")]
    [InlineData("a #b", "'a #b'")]
    [InlineData(" x ", "' x '")]
    [InlineData("${{ properties.x }}", "${{ properties.x }}")]
    [InlineData("tab\there", "\"tab\\there\"")]
    [InlineData("\u2028", "\"\\u2028\"")]
    [InlineData("😀", "\"\\U0001F600\"")]
    [InlineData("Zoë", "Zoë")]
    public void A_text_has_quotes_where_it_needs_them(string text, string written) => Assert.Equal(written, YamlScalar.Write(text, flow: false));

    [Fact]
    public void A_tree_is_written_as_people_write_it()
    {
        var tree = JsonNode.Parse("""
            { "weir": 1, "builders": { "lib": { "workers": { "tags": ["linux", "x64"] }, "env": {}, "steps": [ { "run": "set -e\nmake\n", "timeout": "20m" }, { "git": { "codebase": "lib" } } ] } } }
            """)!;

        Assert.Equal("""
            weir: 1

            builders:
              lib:
                workers:
                  tags: [linux, x64]
                env: {}
                steps:
                  - run: |
                      set -e
                      make
                    timeout: 20m
                  - git:
                      codebase: lib

            """.ReplaceLineEndings("\n"), YamlWriter.Document(tree.AsObject()));
    }

    [Fact]
    public void What_is_written_reads_back_equal() => Prop.ForAll(Trees.Map(4).ToArbitrary(), tree =>
    {
        var text = YamlWriter.Document(tree.AsObject());
        var problems = new Problems();
        var back = YamlReader.Read(new("x", text), problems);
        return !problems.Any && (tree.AsObject().Count == 0 ? back is null : JsonNode.DeepEquals(JsonScalar.Read(back!), tree)) ? true : throw new InvalidOperationException($"{string.Join(' ', problems.All)}\n{text}\n{tree.ToJsonString()}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void On_one_line_too() => Prop.ForAll(Trees.Map(4).ToArbitrary(), tree =>
    {
        var text = "x: " + YamlWriter.Flow(tree) + "\n";
        var problems = new Problems();
        return JsonNode.DeepEquals(JsonScalar.Read(YamlReader.Read(new("x", text), problems)!), new JsonObject { ["x"] = tree.DeepClone() }) ? true : throw new InvalidOperationException($"{string.Join(' ', problems.All)}\n{text}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
}

/// <summary>Random trees of JSON with the texts that readers of YAML stumble over.</summary>
internal static class Trees
{
    private static readonly string[] Hard =
        ["", " ", "a", "no", "true", "1", "1.10", "0x1f", "~", "null", "- a", "-", "--- x", "...", "? a", "a: b", "a:", ":a", "#a", "a #b", "[a", "{a}", "a, b", "&a", "*a", "!a", "|", "> x", "%a", "@a", "`a`", "'", "\"", "\\", "a\nb", "a\nb\n",
         "a\n\n", "\na", " a\nb", "a\n \nb", "a\n\nb", "a\tb", "\t", "a\r\nb", "Zoë", "😀", "\u0085", "\u2028", "\ufeff", "${{ x }}", "<<", "=", "2026-12-24", "12:30", "x  y", "trailing ", "a\n  b\n    c\nd", "key: |\n  x\n"];

    private static readonly string[] Keys = ["a", "b", "key", "0", "-1", "x y", "no", "true", "a-b", "~", "q'q", "ä"];

    private static Gen<JsonNode?> Scalar => Gen.OneOf(
        Gen.Elements(Hard).Select(t => (JsonNode?)JsonValue.Create(t)),
        Gen.Choose(-1000, 1000).Select(n => (JsonNode?)JsonValue.Create(n)),
        Gen.Elements(0.5, 1.25, -3.5, 1e3, 1e-3).Select(n => (JsonNode?)JsonNode.Parse(n.ToString("R", System.Globalization.CultureInfo.InvariantCulture))),
        Gen.Elements(true, false).Select(b => (JsonNode?)JsonValue.Create(b)),
        Gen.Constant((JsonNode?)null));

    public static Gen<JsonNode> Map(int depth) =>
        from keys in Gen.SubListOf(Keys)
        from values in Gen.ListOf(Any(depth - 1), keys.Count)
        select (JsonNode)new JsonObject(keys.Zip(values, (k, v) => KeyValuePair.Create(k, v?.DeepClone())));

    public static Gen<JsonNode?> Any(int depth) => depth <= 0 ? Scalar : Gen.Frequency((4, Scalar), (2, Map(depth).Select(m => (JsonNode?)m)), (2, List(depth)));

    private static Gen<JsonNode?> List(int depth) =>
        from count in Gen.Choose(0, 4)
        from items in Gen.ListOf(Any(depth - 1), count)
        select (JsonNode?)new JsonArray([.. items.Select(i => i?.DeepClone())]);
}

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
    public void Every_whole_example_is_accepted()
    {
        var examples = Yaml().Matches(File.ReadAllText(Manual).Replace("\r\n", "\n", StringComparison.Ordinal)).Select(m => m.Groups[1].Value).Where(e => e.StartsWith("weir: 1", StringComparison.Ordinal)).ToList();

        Assert.True(examples.Count >= 2);
        Assert.All(examples, e => Assert.Empty(ConfigurationReader.Read(Samples.Part(e)).Problems));
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}

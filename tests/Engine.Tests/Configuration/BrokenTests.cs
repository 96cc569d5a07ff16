using System.Text;
using Weir.Engine.Configuration.Check;

namespace Weir.Engine.Tests.Configuration;

/// <summary>
/// Broken configurations, each with all that is said of it: <c>Broken.txt</c>. A case is a title (<c>===</c>), a text, and the expected problems (<c>&gt;&gt;</c>).
/// Characters that an editor would not keep are written as their pictures.
/// </summary>
public sealed class BrokenTests
{
    private const string Mark = "    >> ";

    public static TheoryData<string> Titles => [.. Cases().Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_broken_configuration_is_refused_with_every_place(string title)
    {
        var (text, expected) = Cases()[title];

        var (model, problems) = ConfigurationReader.Read(Samples.Part(text));

        Assert.Equal(string.Join('\n', expected), string.Join('\n', problems.Select(p => p.ToString()["weir.yaml:".Length..])));
        Assert.Null(model);
    }

    private static Dictionary<string, (string Text, List<string> Expected)> Cases()
    {
        using var stream = typeof(BrokenTests).Assembly.GetManifestResourceStream("Weir.Engine.Tests.Configuration.Broken.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split("=== ", StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split('\n')).ToDictionary(
            lines => lines[0],
            lines => (Pictures(string.Join('\n', lines.Skip(1).Where(l => !l.StartsWith(Mark, StringComparison.Ordinal)))), lines.Where(l => l.StartsWith(Mark, StringComparison.Ordinal)).Select(l => l[Mark.Length..]).ToList()));
    }

    private static string Pictures(string text) =>
        text.Replace('⇥', '\t').Replace('␀', '\0').Replace('␇', '\a').Replace('␍', '\r').Replace('␊', '\u2028');
}

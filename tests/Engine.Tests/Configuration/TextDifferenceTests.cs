using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Weir.Engine.Configuration.Revisions;

namespace Weir.Engine.Tests.Configuration;

/// <summary>The difference of two texts is one that other programs can read: git makes the later text of the former.</summary>
public sealed class TextDifferenceTests
{
    [Theory]
    [InlineData("a\n", "a\nb\n", "@@ -1,1 +1,2 @@\n a\n+b\n")]
    [InlineData("a\nb\n", "a\n", "@@ -1,2 +1,1 @@\n a\n-b\n")]
    [InlineData("", "a\n", "@@ -0,0 +1,1 @@\n+a\n")]
    [InlineData("a", "a\n", "@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n")]
    [InlineData("a\nb", "x\nb", "@@ -1,2 +1,2 @@\n-a\n+x\n b\n\\ No newline at end of file\n")]
    [InlineData("a\r\n", "a\n", "@@ -1,1 +1,1 @@\n-a\r\n+a\n")]
    public void Lines_that_differ_are_told_and_no_others(string old, string current, string expected) =>
        Assert.Equal("--- weir.yaml\n+++ weir.yaml\n" + expected, Difference.Between([new("weir.yaml", old)], [new("weir.yaml", current)]));

    [Fact]
    public void Git_makes_the_later_text_of_the_former()
    {
        var folder = Directory.CreateTempSubdirectory("weir-difference-").FullName;
        try
        {
            Prop.ForAll(Texts().ToArbitrary(), pair =>
            {
                // An empty file that comes or goes is no text that differs.
                if (pair.Old.Length == 0 || pair.Current.Length == 0 || pair.Old == pair.Current)
                    return true;
                File.WriteAllText(Path.Combine(folder, "t"), pair.Old);
                File.WriteAllText(Path.Combine(folder, "p"), Difference.Between([new("t", pair.Old)], [new("t", pair.Current)]));
                Git(folder);
                return File.ReadAllText(Path.Combine(folder, "t")) == pair.Current;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Gen<(string Old, string Current)> Texts() => from old in Text() from current in Text() select (old, current);

    private static Gen<string> Text() =>
        from count in Gen.Choose(0, 14)
        from lines in Gen.CollectToArray(Enumerable.Repeat(Gen.Elements("a", "b", "c", "- x", "", "--- d"), count))
        from end in Gen.Elements("", "\n")
        select string.Join('\n', lines) + (count > 0 ? end : "");

    // Names as they are, without the letters that git puts before them; hunks without context too.
    private static void Git(string folder)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["apply", "-p0", "--unidiff-zero", "--whitespace=nowarn", "p"]) { WorkingDirectory = folder, RedirectStandardError = true })!;
        var said = git.StandardError.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, said);
    }
}

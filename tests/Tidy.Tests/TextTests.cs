using System.Text.RegularExpressions;
using Weir.Support;

namespace Weir.Tidy.Tests;

/// <summary>Words that must not stand in the repository, and documents that must be true.</summary>
public sealed partial class TextTests
{
    // Written in two halves, so that this file does not hold what it forbids.
    private static readonly string[] Hosts = ["nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "pypi" + ".org", "docker" + ".io", "gh" + "cr.io", "unpkg" + ".com", "jsdelivr" + ".net"];

    [Fact]
    public void No_file_names_the_host_of_a_package_registry() =>
        Assert.Empty(Found(line => Hosts.Any(h => line.Contains(h, StringComparison.OrdinalIgnoreCase))));

    [Fact]
    public void Nothing_is_left_for_later_in_a_comment() => Assert.Empty(Found(line => LeftForLater().IsMatch(line)));

    [Fact]
    public void No_file_names_a_folder_of_somebodys_machine() => Assert.Empty(Found(line => SomebodysFolder().IsMatch(line)));

    [Fact]
    public void SQL_asks_the_stores_clock_and_no_other()
    {
        var complaints = Repository.Sources("Engine", "App.Server").SelectMany(file => Repository.Lines(file)
            .Where(l => OtherClock().IsMatch(Comment().Replace(l.Text, "")) && !l.Text.Contains("FUNCTION weir_now()", StringComparison.Ordinal) && !l.Text.Contains("schema_migrations", StringComparison.Ordinal))
            .Select(l => $"{file}:{l.Number}: {l.Text.Trim()}"));

        Assert.Empty(complaints);
    }

    [Fact]
    public void Documents_name_only_files_that_are_there()
    {
        var complaints = new List<string>();
        foreach (var document in Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match link in Link().Matches(Repository.Read(document)))
            {
                var target = link.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(RepositoryRoot.Path, Path.GetDirectoryName(document)!, target)))
                    complaints.Add($"{document}: {target}");
            }
        }
        foreach (var file in Repository.Sources().Where(f => !f.StartsWith("tests/", StringComparison.Ordinal)))
            complaints.AddRange(DocumentInCode().Matches(Repository.Read(file)).Select(m => m.Value).Where(d => !Repository.Files.Contains(d)).Select(d => $"{file}: {d}"));
        Assert.Empty(complaints);
    }

    [Fact]
    public void Every_document_is_reached_from_the_first_page()
    {
        var reached = new HashSet<string>();
        var ahead = new Queue<string>(["README.md"]);
        while (ahead.TryDequeue(out var document))
        {
            if (!reached.Add(document))
                continue;
            foreach (Match link in Link().Matches(Repository.Read(document)))
            {
                var target = Path.GetRelativePath(RepositoryRoot.Path, Path.GetFullPath(Path.Combine(RepositoryRoot.Path, Path.GetDirectoryName(document)!, link.Groups[1].Value.Split('#')[0]))).Replace('\\', '/');
                // A link to a folder leads to the documents in it.
                foreach (var found in Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal) && (f == target || Path.GetDirectoryName(f) == target)))
                    ahead.Enqueue(found);
            }
        }

        Assert.Empty(Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal)).Except(reached));
    }

    [Fact]
    public void A_decision_has_its_number_once_its_status_and_the_three_parts()
    {
        var decisions = Repository.Files.Where(f => f.StartsWith("docs/decisions/", StringComparison.Ordinal)).ToArray();

        Assert.Equal(decisions.Length, decisions.Select(d => Path.GetFileName(d)[..4]).Distinct().Count());
        Assert.All(decisions, d =>
        {
            var text = Repository.Read(d);
            Assert.All([$"# {int.Parse(Path.GetFileName(d)[..4])}. ", "\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"], heading => Assert.Contains(heading, text));
        });
    }

    private static IEnumerable<string> Found(Func<string, bool> bad) => Repository.TextFiles
        .SelectMany(file => Repository.Lines(file).Where(l => bad(l.Text)).Select(l => $"{file}:{l.Number}: {l.Text.Trim()}"));

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|XX" + @"X|HA" + @"CK)\b")]
    private static partial Regex LeftForLater();

    [GeneratedRegex(@"(?<![\w.])/wo" + @"rk/(shared|main|h/)|/tmp/" + @"h/|/home/\w+/")]
    private static partial Regex SomebodysFolder();

    [GeneratedRegex(@"(?<!weir_)\bnow\(\)|\bcurrent_timestamp\b|\bclock_timestamp\(\)|\blocaltimestamp\b", RegexOptions.IgnoreCase)]
    private static partial Regex OtherClock();

    [GeneratedRegex(@"(///?|--|\*).*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"docs/[\w./-]+\.md")]
    private static partial Regex DocumentInCode();
}

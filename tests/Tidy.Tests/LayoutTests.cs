using System.Text.RegularExpressions;
using Weir.Support;

namespace Weir.Tidy.Tests;

/// <summary>The tree says where a thing lives; these keep it true.</summary>
public sealed partial class LayoutTests
{
    // Inside Engine a folder uses those before it, and its own; those of one line do not know one another.
    private static readonly string[][] EngineOrder =
    [
        ["Storage"], ["Identity"], ["Configuration"], ["Masters"], ["Pauses"], ["Logs", "Locks", "Workers", "Changes"], ["Queue"], ["Schedulers"], ["Steps"], ["Builds"],
    ];

    // These two learn from rows what happened.
    private static readonly Dictionary<string, string[]> OutsideTheOrder = new() { ["Reporting"] = ["Storage", "Configuration", "Masters"], ["Retention"] = ["Storage", "Configuration", "Masters"] };

    private static readonly string[] AtTheRoot =
    [
        "App.Client", "App.Server", "Cli", "Engine", "Shared", "Worker", "bench", "docs", "samples", "tests", "wwwroot", ".ci",
        "Weir.csproj", "Weir.slnx", "appsettings.json", "Directory.Build.props", "Directory.Packages.props", ".editorconfig", ".gitignore", "BannedSymbols.txt", "global.json",
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "run", "test", "publish",
    ];

    private static readonly string[] EmptyWords = ["Services", "Models", "Helpers", "Helper", "Utils", "Common", "Interfaces", "Managers", "Manager"];

    [Fact]
    public void Nothing_lies_at_the_root_that_does_not_belong_there() =>
        Assert.Empty(Repository.Files.Select(f => f.Split('/')[0]).Distinct().Except(AtTheRoot));

    [Fact]
    public void Inside_Engine_a_folder_uses_those_before_it_only()
    {
        var complaints = new List<string>();
        foreach (var file in Repository.Sources("Engine").Where(f => f.Count(c => c == '/') > 1))
        {
            var folder = file.Split('/')[1];
            var may = May(folder);
            complaints.AddRange(EngineUse().Matches(Repository.Read(file)).Select(m => m.Groups[1].Value).Distinct().Where(used => used != folder && !may.Contains(used)).Select(used => $"{file} uses {used}"));
        }
        Assert.Empty(complaints);
    }

    [Fact]
    public void Engine_knows_no_HTTP_and_pages_know_no_engine()
    {
        Assert.DoesNotContain(Repository.Sources("Engine"), f => Repository.Read(f).Contains("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain(Repository.Sources("App.Client"), f => ForeignToPages().IsMatch(Repository.Read(f)));
        Assert.DoesNotContain(Repository.Sources("Shared"), f => Repository.Read(f).Contains("Weir.Engine", StringComparison.Ordinal));
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        var complaints = new List<string>();
        foreach (var file in Repository.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)))
        {
            var declared = Namespace().Match(Repository.Read(file));
            var folders = file.Split('/')[..^1].SkipWhile(f => f == "tests").Select(f => f == "bench" ? "Bench" : f);
            var expected = "Weir." + string.Join('.', folders);
            if (declared.Success && declared.Groups[1].Value != expected && !(declared.Groups[1].Value + ".").StartsWith(expected + ".", StringComparison.Ordinal))
                complaints.Add($"{file}: {declared.Groups[1].Value} is not {expected}");
        }
        Assert.Empty(complaints);
    }

    [Fact]
    public void No_folder_or_type_has_a_name_that_says_nothing()
    {
        Assert.DoesNotContain(Repository.Files.SelectMany(f => f.Split('/')[..^1]).Distinct(), d => EmptyWords.Any(w => d.EndsWith(w, StringComparison.Ordinal)));
        Assert.DoesNotContain(Repository.Sources(), f => EmptyWords.Any(w => Path.GetFileNameWithoutExtension(f).EndsWith(w, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("test")]
    [InlineData("publish")]
    [InlineData(".ci/run")]
    [InlineData("samples/demo/make-repositories")]
    public void Scripts_can_be_started(string script)
    {
        Assert.StartsWith("#!/usr/bin/env bash\n", Repository.Read(script), StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(RepositoryRoot.Below(script)).HasFlag(UnixFileMode.UserExecute));
    }

    private static HashSet<string> May(string folder)
    {
        if (OutsideTheOrder.TryGetValue(folder, out var few))
            return [.. few];
        var line = Array.FindIndex(EngineOrder, l => l.Contains(folder));
        Assert.True(line >= 0, $"Engine/{folder} has no place in the order of folders.");
        return [.. EngineOrder[..line].SelectMany(l => l)];
    }

    [GeneratedRegex(@"Weir\.Engine\.([A-Z]\w*)")]
    private static partial Regex EngineUse();

    [GeneratedRegex(@"Weir\.(Engine|App\.Server|Worker|Cli)\b|Npgsql|Dapper")]
    private static partial Regex ForeignToPages();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}

using System.Xml.Linq;
using Weir.Support;

namespace Weir.Tidy.Tests;

/// <summary>Who may refer to whom, and which packages belong to whom.</summary>
public sealed class ProjectTests
{
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["Shared"] = ([], []),
        ["Engine"] = (["Shared"], ["Npgsql", "Dapper", "Quartz", "YamlDotNet", "DotNet.Glob", "DiffPlex"]),
        ["App.Client"] = (["Shared"], []),
        ["Weir"] = (["Shared", "Engine", "App.Client"], ["Microsoft.AspNetCore.OpenApi"]),
        ["Worker"] = (["Shared"], ["Microsoft.AspNetCore.SignalR.Client.Core", "System.CommandLine"]),
        ["Cli"] = (["Shared"], ["System.CommandLine", "Spectre.Console"]),
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_it_may(string project)
    {
        var file = XDocument.Load(RepositoryRoot.Below(project == "Weir" ? "Weir.csproj" : $"{project}/{project}.csproj"));

        Assert.Subset(Allowed[project].Projects.ToHashSet(), Names(file, "ProjectReference").Select(p => Path.GetFileNameWithoutExtension(p)!).ToHashSet());
        Assert.Subset(Allowed[project].Packages.ToHashSet(), Names(file, "PackageReference").ToHashSet());
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_has_a_rule()
    {
        var projects = Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)).ToArray();
        var solution = XDocument.Load(RepositoryRoot.Below("Weir.slnx")).Descendants("Project").Select(p => p.Attribute("Path")!.Value);

        Assert.Equal(projects.Order(StringComparer.Ordinal), solution.Order(StringComparer.Ordinal));
        Assert.All(projects.Where(p => !p.StartsWith("tests/", StringComparison.Ordinal) && !p.StartsWith("bench/", StringComparison.Ordinal)), p => Assert.Contains(Path.GetFileNameWithoutExtension(p), Allowed.Keys));
    }

    [Fact]
    public void Versions_of_packages_stand_in_one_place()
    {
        foreach (var project in Repository.Files.Where(f => f.EndsWith(".csproj", StringComparison.Ordinal)))
        {
            var versions = XDocument.Load(RepositoryRoot.Below(project)).Descendants("PackageReference").Where(p => p.Attribute("Version") is not null);
            Assert.Empty(versions.Select(v => $"{project}: {v}"));
        }
    }

    private static IEnumerable<string> Names(XDocument project, string element) => project.Descendants(element).Select(e => e.Attribute("Include")!.Value);
}

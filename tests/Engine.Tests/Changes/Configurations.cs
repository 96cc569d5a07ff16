using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Tests.Changes;

/// <summary>Small configurations for tests.</summary>
internal static class Configurations
{
    public static WeirConfiguration Of(params SchedulerConfiguration[] schedulers) => new()
    {
        Projects = [new() { Name = "gst" }],
        Codebases = [new() { Name = "lib", Repository = "https://example.org/lib.git", Project = "gst" }, new() { Name = "app", Repository = "https://example.org/app.git" }],
        Builders = [Builder("lib-linux", "lib"), Builder("app-linux", "lib", "app")],
        Schedulers = schedulers,
    };

    public static BuilderConfiguration Builder(string name, params string[] codebases) => new()
    {
        Name = name,
        Priority = name == "app-linux" ? 3 : 0,
        Steps = [.. codebases.Select(c => new GitStepConfiguration { Name = $"git {c}", Codebase = c, Into = c })],
    };

    public static SingleBranchConfiguration OnLib(TimeSpan? stable = null, string name = "on-lib", string branch = "main", params string[] important) => new()
    {
        Name = name,
        Builders = ["lib-linux"],
        Changes = new() { Codebases = ["lib"], Branches = [branch] },
        TreeStable = stable,
        Important = important,
    };

    public static PeriodicConfiguration Every(TimeSpan every, string name = "hourly") => new() { Name = name, Builders = ["lib-linux"], Every = every };

    public static ForceConfiguration Release(params ForceParameter[] parameters) => new()
    {
        Name = "release",
        Label = "Make a release",
        Builders = ["lib-linux", "app-linux"],
        Parameters = parameters.Length > 0 ? parameters :
        [
            new() { Name = "version", Kind = "string", Required = true, Pattern = @"^\d+\.\d+\.\d+$" },
            new() { Name = "channel", Kind = "choice", Choices = ["stable", "beta"], Default = "beta" },
            new() { Name = "dry-run", Kind = "boolean", Default = "true" },
            new() { Name = "jobs", Kind = "int" },
            new() { Name = "notes", Kind = "text" },
        ],
    };
}

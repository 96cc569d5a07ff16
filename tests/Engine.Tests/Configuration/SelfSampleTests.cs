using System.Diagnostics;
using Weir.Engine.Configuration.Check;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Configuration;

public sealed class SelfSampleTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("https://example.org/it's&mine|\\1.git")]
    public async Task The_configuration_with_which_Weir_builds_Weir_is_good(string? repository)
    {
        var folder = Directory.CreateTempSubdirectory("weir self ").FullName;
        try
        {
            await Make(folder, repository, "topic/a&b");

            var (model, problems) = ConfigurationReader.Read([new("weir.yaml", await File.ReadAllTextAsync(Path.Combine(folder, "weir.yaml")))]);

            Assert.Empty(problems);
            var codebase = Assert.Single(model!.Codebases);
            Assert.Equal(("topic/a&b", repository ?? RepositoryRoot.Path), (codebase.Branch, codebase.Repository));
            Assert.Contains(model.Builders.Single(b => b.Name == "weir-linux").Steps.OfType<RunStepConfiguration>(), s => s.Shell == "./test");
            Assert.Contains(model.Schedulers, s => s is NightlyConfiguration { OnlyIfChanged: true });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_demo_has_a_nightly_builder()
    {
        var (model, problems) = ConfigurationReader.Read([new("weir.yaml", (await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "samples", "demo", "weir.yaml"))).Replace("@repositories@", "/srv", StringComparison.Ordinal))]);

        Assert.Empty(problems);
        var nightly = Assert.Single(model!.Schedulers.OfType<NightlyConfiguration>());
        Assert.Contains(model.Builders, b => nightly.Builders.Contains(b.Name) && b.Tags.Contains("nightly"));
    }

    private static async Task Make(string folder, string? repository, string branch)
    {
        string[] arguments = [Path.Combine(RepositoryRoot.Path, "samples", "self", "make-configuration"), folder, repository ?? RepositoryRoot.Path, branch];
        using var process = Process.Start(new ProcessStartInfo("bash", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
    }
}

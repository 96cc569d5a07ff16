using System.Diagnostics;
using Weir.Engine.Changes.Sources;
using Weir.Engine.Configuration.Check;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Changes;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_is_made_once_its_configuration_is_good_and_its_repositories_can_be_polled()
    {
        using var folder = new TemporaryFolder("a b'%ü");
        await Make(folder.Path);
        var head = await File.ReadAllTextAsync(Path.Combine(folder.Path, "hull", ".git", "refs", "heads", "main"));
        await Make(folder.Path);
        Assert.Equal(head, await File.ReadAllTextAsync(Path.Combine(folder.Path, "hull", ".git", "refs", "heads", "main")));

        var (model, problems) = ConfigurationReader.Read([new("weir.yaml", await File.ReadAllTextAsync(Path.Combine(folder.Path, "weir.yaml")))]);

        Assert.Empty(problems);
        foreach (var poller in model!.ChangeSources.OfType<GitPollerConfiguration>())
        {
            var codebase = model.Codebases.First(c => c.Name == poller.Codebase);
            Assert.Null(GitAddress.ProblemOf(codebase.Repository));
            var mirror = new GitMirror(new GitCommand(folder.Path, TimeProvider.System), Path.Combine(folder.Path, "mirror", poller.Name), codebase.Repository);
            var found = await new GitLook(mirror, poller, codebase).Find(new KnownBranches(new Dictionary<string, string>(), true), CancellationToken.None);
            Assert.Equal(["main", "release/1.0"], found.Moved.Keys.Order());
            Assert.Equal("main", Assert.Single(found.Changes).Branch);
        }
    }

    private static async Task Make(string target)
    {
        var script = Path.Combine(Root(), "samples", "demo", "make-repositories");
        using var process = Process.Start(new ProcessStartInfo("bash", [script, target]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal((0, ""), (process.ExitCode, errors));
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Weir.slnx")))
            folder = Path.GetDirectoryName(folder.TrimEnd(Path.DirectorySeparatorChar))!;
        return folder;
    }

    private sealed class TemporaryFolder(string name) : IDisposable
    {
        private readonly string parent = Directory.CreateTempSubdirectory("weir-demo-").FullName;

        public string Path => System.IO.Path.Combine(parent, name);

        public void Dispose() => Directory.Delete(parent, recursive: true);
    }
}

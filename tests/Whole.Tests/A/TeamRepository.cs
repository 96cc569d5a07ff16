using System.Diagnostics;

namespace Weir.Whole.Tests.A;

/// <summary>A team's git repository with one file of configuration.</summary>
internal sealed class TeamRepository
{
    public TeamRepository(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
        Git("init", "-q", "-b", "main");
    }

    public string Path { get; }

    /// <summary>Answers the commit's id.</summary>
    public string Commit(string text)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "ci.yaml"), text);
        Git("add", "--all");
        Git("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "commit", "-q", "-m", "a commit");
        return Git("rev-parse", "HEAD").Trim();
    }

    private string Git(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = Path, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}

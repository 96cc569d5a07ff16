using System.Diagnostics;

namespace Weir.Engine.Tests.Changes.Sources;

/// <summary>A real git repository in a folder of its own, with a clone beside it in which commits are made.</summary>
internal sealed class GitRepository : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("weir-git-").FullName;
    private int counter;

    public GitRepository()
    {
        Directory.CreateDirectory(Work);
        Git("init", "-q", "--bare", "-b", "main", Bare);
        Git("--git-dir=" + Bare, "config", "receive.denyDeleteCurrent", "ignore");
        Git("init", "-q", "-b", "main", ".");
        Git("remote", "add", "origin", Bare);
    }

    public string Bare => Path.Combine(folder, "server.git");
    public string Url => "file://" + Bare;
    public string Cache => Path.Combine(folder, "cache");

    /// <summary>Where commits are made.</summary>
    public string Work => Path.Combine(folder, "work");

    /// <summary>Commits on the branch that is checked out; answers the commit's id.</summary>
    public string Commit(string message = "a commit", string? file = null, string author = "Ann <ann@example.org>")
    {
        var path = Path.Combine(Work, file ?? "file.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, $"{++counter}\n");
        Git("add", "--all");
        Git("commit", "-q", "-m", message, "--author", author);
        return Head();
    }

    public string Head() => Git("rev-parse", "HEAD").Trim();

    public void Push(params string[] refs) => Git(["push", "-q", "--force", "origin", .. refs.Length > 0 ? refs : ["HEAD"]]);

    public string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Work, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new[] { ("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.org"), ("GIT_COMMITTER_NAME", "Weir"), ("GIT_COMMITTER_EMAIL", "weir@example.org"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", folder) })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

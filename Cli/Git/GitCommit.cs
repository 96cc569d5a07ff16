using System.Diagnostics;
using System.Globalization;
using Weir.Cli.Connection;

namespace Weir.Cli.Git;

/// <summary>A commit of a git repository on this machine, with what a change says of it.</summary>
internal sealed record GitCommit
{
    public required string Revision { get; init; }
    public required string Author { get; init; }
    public required string Committer { get; init; }
    public required string Comments { get; init; }
    public required long When { get; init; }

    /// <summary>The branch that is checked out; null: none is, or another commit was asked for.</summary>
    public string? Branch { get; init; }

    /// <summary>Where the branch is fetched from, else <c>origin</c>.</summary>
    public string? Repository { get; init; }
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Null: the folder is in no git repository.</summary>
    /// <exception cref="CommandException">It is, but has no such commit; or there is no git.</exception>
    public static async Task<GitCommit?> Read(string folder, string? revision, CancellationToken cancellation)
    {
        if (await Git(folder, cancellation, "rev-parse", "--is-inside-work-tree") is not { } inside || inside.Trim() != "true")
            return null;
        var wanted = revision ?? "HEAD";
        // In one call: what the fields hold may be anything but NUL.
        if (await Git(folder, cancellation, "log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%H%x00%an <%ae>%x00%cn <%ce>%x00%ct%x00%B", "--end-of-options", wanted) is not { } text || text.Split('\0', 5) is not [var hash, var author, var committer, var when, var comments])
            throw new CommandException(ExitCode.Usage, revision is null ? $"The git repository {folder} has no commit yet." : $"The git repository {folder} has no commit {revision}; name --author and the other attributes to report one that is elsewhere.");
        var branch = (await Git(folder, cancellation, "symbolic-ref", "--quiet", "--short", "HEAD"))?.Trim();
        var head = (await Git(folder, cancellation, "rev-parse", "HEAD"))?.Trim();
        var remote = branch is null ? null : (await Git(folder, cancellation, "config", "--get", $"branch.{branch}.remote"))?.Trim();
        var files = await Git(folder, cancellation, "log", "-1", "-m", "--first-parent", "--name-only", "--format=", "-z", hash) ?? "";
        return new()
        {
            Revision = hash,
            Author = author,
            Committer = committer,
            When = long.Parse(when, CultureInfo.InvariantCulture),
            Comments = comments.TrimEnd(),
            Branch = hash == head && branch is { Length: > 0 } ? branch : null,
            Repository = (await Git(folder, cancellation, "config", "--get", $"remote.{(remote is { Length: > 0 } and not "." ? remote : "origin")}.url"))?.Trim() is { Length: > 0 } url ? url : null,
            Files = [.. files.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(f => f.TrimStart('\n')).Where(f => f.Length > 0)],
        };
    }

    // Null: git said no.
    private static async Task<string?> Git(string folder, CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = new System.Text.UTF8Encoding(false) };
        foreach (var argument in (string[])["-C", folder, .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await errors;
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

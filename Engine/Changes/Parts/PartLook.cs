using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Weir.Engine.Changes.Sources;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Configuration.Sources;
using Weir.Engine.Masters;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Changes.Parts;

/// <summary>Looks at the repository of one part, once, under its lease and outside any transaction, and offers what its branch holds now (invariant 12).</summary>
internal sealed partial class PartLook(PartStore store, RevisionActions revisions, ConfigurationInForce configuration, StoredSecrets secrets, Leases leases, MasterOptions master, TimeProvider time, ILogger<PartLook> logger)
{
    // Longer than git may take for everything.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Fetching = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Unfinished = TimeSpan.FromMinutes(1);
    private readonly string cache = Path.Combine(Path.GetFullPath(master.CacheDirectory), "parts");

    /// <summary>False if it was not due, or another engine looks.</summary>
    public async Task<bool> Look(PartConfiguration part, CancellationToken cancellation)
    {
        if (await leases.Take($"part {part.Name}", Lease, cancellation) is not { } lease)
            return false;
        if (!await store.Begin(part.Name, part.Every < Unfinished ? part.Every : Unfinished, cancellation))
        {
            await leases.Release(lease, null, cancellation);
            return false;
        }
        string? trouble = null;
        try
        {
            await Take(lease, part, cancellation);
        }
        catch (Exception e) when (e is GitException or IOException or UnauthorizedAccessException)
        {
            trouble = ChangeText.Fit(GitAddress.WithoutCredentials(e.Message), 1000);
            LogTrouble(part.Name, trouble);
        }
        await store.Looked(lease, part, trouble, cancellation);
        await leases.Release(lease, trouble, cancellation);
        return true;
    }

    private async Task Take(Leases.Lease lease, PartConfiguration part, CancellationToken cancellation)
    {
        if (GitAddress.ProblemOf(part.Repository) is { } problem)
            throw new GitException(problem);
        var (git, folder) = Mirror(part, await Token(part, cancellation));
        var mirror = new GitMirror(git, folder, part.Repository);
        await mirror.Ensure(cancellation);
        if (!(await mirror.RemoteHeads(cancellation)).TryGetValue(part.Branch, out var head))
            throw new GitException($"the repository has no branch {part.Branch}");
        var known = await store.Known(part.Name, cancellation);
        if (known?.Place == part.Place && known.Given == Given(part, head))
            return;
        // The newest commit is enough; whatever the history is, it is not brought here.
        await git.Text(folder, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--depth=1", "--", part.Repository, $"+refs/heads/{part.Branch}:refs/fetched/part"], null, 1024 * 1024, Fetching, cancellation);
        var commit = (await git.Text(folder, ["rev-parse", "--verify", "refs/fetched/part^{commit}"], null, 1024, Unfinished, cancellation)).Trim();
        await Offer(lease, part, known, await new PartFiles(git, folder, part).Read(commit, cancellation), cancellation);
    }

    private async Task Offer(Leases.Lease lease, PartConfiguration part, SourceRow? known, CommittedFiles files, CancellationToken cancellation)
    {
        var stands = true;
        var draft = new Draft([new Offer(part.Name, PartOrigin.Repository, files.Parts) { Commit = files.Commit, Author = files.Author, Place = part.Place, Given = Given(part, files.Commit) }], files.Problems)
        {
            Guard = async unit => stands = await Leases.StillStands(unit, lease),
        };
        // Whoever has taken over, or taken another commit meanwhile, has the last word.
        var result = await revisions.Apply(
            sources => stands && sources.Find(part.Name)?.Given == known?.Given ? draft : null,
            $"commit {files.Commit[..Math.Min(12, files.Commit.Length)]} of {part.Place}", Actor.Weir($"part {part.Name}"), "config.apply", cancellation);
        if (result is null)
            LogLost(part.Name);
        else if (!result.Accepted)
            LogBroken(part.Name, files.Commit, result.Problems.Count, result.Problems[0]);
        else if (result.Changed)
            LogTaken(part.Name, files.Commit, result.RevisionId ?? 0);
    }

    // The same commit read from another folder is something else.
    private static string Given(PartConfiguration part, string commit) => $"{commit} {part.Path}";

    private async Task<GitToken?> Token(PartConfiguration part, CancellationToken cancellation)
    {
        if (part.Token is not { } name)
            return null;
        var sources = (await configuration.Read(cancellation))?.Model.Secrets ?? [];
        return SecretReader.Find(sources, name, await secrets.ForPart(sources, name, part.Name, cancellation)) switch
        {
            SecretAnswer.Found found => new(part.Repository, part.TokenUser, found.Value.Reveal()),
            SecretAnswer.Missing missing => throw new GitException(missing.Why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private (GitCommand Git, string Folder) Mirror(PartConfiguration part, GitToken? token)
    {
        var home = Path.Combine(cache, "home");
        var settings = Path.Combine(home, ".gitconfig");
        if (!File.Exists(settings))
        {
            Directory.CreateDirectory(home);
            // A repository on this machine may belong to another account; it is only read.
            File.WriteAllText(settings, "[safe]\n\tdirectory = *\n");
        }
        return (new(home, time, token), Path.Combine(cache, $"{part.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(part.Repository)))[..12]}.git"));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The part {Part} is at {Commit}: revision {Revision}.")]
    private partial void LogTaken(string part, string commit, long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The part {Part} is not good at {Commit} ({Count} problems); its last good content stays. The first: {Problem}")]
    private partial void LogBroken(string part, string commit, int count, ConfigurationProblem problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The repository of the part {Part} could not be read: {Trouble}. Its last good content stays.")]
    private partial void LogTrouble(string part, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "The part {Part}: another engine has taken over; what was found is left to it.")]
    private partial void LogLost(string part);
}

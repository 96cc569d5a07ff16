using System.Security.Cryptography;
using System.Text;

namespace Weir.Engine.Changes.Sources;

/// <summary>
/// A bare copy of a repository's polled branches: a mere cache. It may vanish or be damaged at any time and is then made again. What it has fetched stands under
/// <c>refs/fetched</c>, what is stored as changes under <c>refs/seen</c>; names of branches are hashed, so no name can be strange and none be in another's way.
/// </summary>
internal sealed class GitMirror(GitCommand git, string path, string repository)
{
    private const int MaxListing = 64 * 1024 * 1024;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Listing = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(20);

    /// <summary>Makes it if it is not there or is no repository any more, and removes what a killed git left locked.</summary>
    public async Task Ensure(CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            try
            {
                await git.Text(path, ["rev-parse", "--is-bare-repository"], null, 1024, Short, cancellation);
                foreach (var left in Directory.EnumerateFiles(path, "*.lock", SearchOption.AllDirectories).ToArray())
                    File.Delete(left);
                return;
            }
            catch (GitException)
            {
                Discard();
            }
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await git.Text(path, ["init", "--quiet", "--bare"], null, 1024, Short, cancellation);
    }

    public void Discard()
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>True if every object that its branches need is there.</summary>
    public async Task<bool> IsWhole(CancellationToken cancellation)
    {
        try
        {
            await git.Text(path, ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"], null, MaxListing, Long, cancellation);
            return true;
        }
        catch (GitException)
        {
            return false;
        }
    }

    /// <summary>The server's branches with their heads. Names that git itself would refuse are left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RemoteHeads(CancellationToken cancellation)
    {
        var listing = await List(cancellation);
        var heads = new Dictionary<string, string>();
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t', 2) is [var id, var reference] && reference.StartsWith("refs/heads/", StringComparison.Ordinal)
                && reference["refs/heads/".Length..] is var branch && GitNames.IsBranch(branch) && GitNames.IsCommit(id))
                heads[branch] = id;
        }
        return heads;
    }

    private async Task<string> List(CancellationToken cancellation)
    {
        try
        {
            return await git.Text(path, ["ls-remote", "--heads", "--", repository], null, MaxListing, Listing, cancellation);
        }
        catch (GitException e)
        {
            throw new GitException(e.Message, ofServer: true);
        }
    }

    /// <summary>Fetches these branches; answers what their heads are now.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Fetch(IReadOnlyCollection<string> branches, CancellationToken cancellation)
    {
        var wanted = string.Concat(branches.Select(b => $"+refs/heads/{b}:refs/fetched/{Hash(b)}\n"));
        await git.Text(path, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--stdin", "--", repository], wanted, MaxListing, Long, cancellation);
        var refs = await git.Text(path, ["for-each-ref", "--format=%(refname) %(objectname)", "refs/fetched/"], null, MaxListing, Short, cancellation);
        var byHash = refs.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')).ToDictionary(l => l[0]["refs/fetched/".Length..], l => l[1]);
        return branches.Where(b => byHash.ContainsKey(Hash(b))).ToDictionary(b => b, b => byHash[Hash(b)]);
    }

    /// <summary>Which of these commits are here.</summary>
    public async Task<IReadOnlySet<string>> Present(IReadOnlyCollection<string> commits, CancellationToken cancellation)
    {
        if (commits.Count == 0)
            return new HashSet<string>();
        var answer = await git.Text(path, ["cat-file", "--batch-check=%(objecttype) %(objectname)"], string.Concat(commits.Select(c => c + "\n")), MaxListing, Short, cancellation);
        return answer.Split('\n').Where(l => l.StartsWith("commit ", StringComparison.Ordinal)).Select(l => l["commit ".Length..]).ToHashSet();
    }

    /// <summary>Has the head any commit in common with one of the known?</summary>
    public async Task<bool> IsRelated(string head, IReadOnlyCollection<string> known, CancellationToken cancellation)
    {
        try
        {
            return (await git.Text(path, ["merge-base", head, .. known.Take(1000)], null, 4096, Long, cancellation)).Length > 0;
        }
        catch (GitException)
        {
            return false;
        }
    }

    /// <summary>The commits that the head leads to and none of the known ones, parents first, at most the newest so many. What was seen before counts as known.</summary>
    public async Task<IReadOnlyList<string>> NewCommits(string head, IReadOnlyCollection<string> known, int atMost, CancellationToken cancellation)
    {
        var seen = await git.Text(path, ["for-each-ref", "--format=^%(objectname)", "refs/seen/"], null, MaxListing, Short, cancellation);
        var input = head + "\n" + string.Concat(known.Select(k => $"^{k}\n")) + seen;
        var listing = await git.Text(path, ["rev-list", "--reverse", "--topo-order", "--ignore-missing", FormattableString.Invariant($"--max-count={atMost}"), "--stdin"], input, MaxListing, Long, cancellation);
        return listing.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>These commits in this order, each with the files that it changed against its first parent.</summary>
    public async Task<IReadOnlyList<Commit>> Read(IReadOnlyList<string> commits, CancellationToken cancellation)
    {
        var reader = new CommitReader();
        return await git.Run(
            path,
            ["log", "--no-walk=unsorted", "--stdin", "-m", "--first-parent", "--no-renames", "--name-only", "-z", "--encoding=UTF-8", "--no-show-signature", "--no-color", "--no-notes", "--no-ext-diff", reader.Format],
            string.Concat(commits.Select(c => c + "\n")), reader.Read, Long, cancellation);
    }

    /// <summary>From now on these heads count as known, also when their branch is deleted or rewritten.</summary>
    public Task MarkSeen(IReadOnlyDictionary<string, string> heads, CancellationToken cancellation) =>
        git.Text(path, ["update-ref", "--stdin"], string.Concat(heads.Select(h => $"update refs/seen/{Hash(h.Key)} {h.Value}\n")), 1024, Short, cancellation);

    private static string Hash(string branch) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(branch)))[..32];
}

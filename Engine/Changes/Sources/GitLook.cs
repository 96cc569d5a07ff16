using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Sources;

/// <summary>What a poll knew before it looked: the stored heads. Empty with <see cref="FirstLook"/> before the first poll that succeeded.</summary>
internal sealed record KnownBranches(IReadOnlyDictionary<string, string> Heads, bool FirstLook);

/// <summary>What a poll found: the new heads of branches that moved, those that are gone, and the changes, in order.</summary>
internal sealed record Findings
{
    public IReadOnlyDictionary<string, string> Moved { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> Gone { get; init; } = [];
    public IReadOnlyList<NewChange> Changes { get; init; } = [];

    /// <summary>What the log should say.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>
/// Looks at a repository and says what is new, without touching the store. The first look takes heads only: one change for each branch that is named, none for those that
/// only match a pattern (two hundred release branches start no two hundred builds). Later each commit that no known head leads to is one change, the oldest first; a branch
/// that moved to commits which are known already is one change, for its head.
/// </summary>
internal sealed class GitLook(GitMirror mirror, GitPollerConfiguration poller, CodebaseConfiguration codebase)
{
    public const int MostOfABranch = 1000;
    private const int MostInAll = 5000;
    private readonly Glob[] patterns = [.. (poller.Branches.Count > 0 ? poller.Branches : [codebase.Branch]).Select(b => new Glob(b))];
    private readonly List<string> notes = [];

    public async Task<Findings> Find(KnownBranches known, CancellationToken cancellation)
    {
        await mirror.Ensure(cancellation);
        var remote = (await mirror.RemoteHeads(cancellation)).Where(h => patterns.Any(p => p.Matches(h.Key))).ToDictionary(h => h.Key, h => h.Value);
        var moved = remote.Where(h => known.Heads.GetValueOrDefault(h.Key) != h.Value).Select(h => h.Key).Order(StringComparer.Ordinal).ToArray();
        var gone = known.Heads.Keys.Where(b => !remote.ContainsKey(b)).ToArray();
        if (moved.Length == 0)
            return new() { Gone = gone };
        // A mirror that is new, or was not used for a while, needs the branches that stand still too: what they lead to is not new.
        var here = await mirror.Present([.. known.Heads.Values], cancellation);
        var heads = await mirror.Fetch([.. moved.Concat(remote.Where(h => !moved.Contains(h.Key) && !here.Contains(h.Value)).Select(h => h.Key))], cancellation);
        here = await mirror.Present([.. known.Heads.Values], cancellation);
        var changes = new List<NewChange>();
        foreach (var branch in moved.Where(heads.ContainsKey))
        {
            if (!known.FirstLook || IsNamed(branch))
                changes.AddRange(await Changes(branch, heads[branch], known.Heads, here, MostInAll - changes.Count, cancellation));
        }
        return new() { Moved = moved.Where(heads.ContainsKey).ToDictionary(b => b, b => heads[b]), Gone = gone, Changes = changes, Notes = notes };
    }

    private bool IsNamed(string branch) => branch == codebase.Branch || patterns.Any(p => p.IsLiteral && p.Matches(branch));

    private async Task<IEnumerable<NewChange>> Changes(
        string branch, string head, IReadOnlyDictionary<string, string> known, IReadOnlySet<string> here, int room, CancellationToken cancellation)
    {
        var commits = await mirror.Read(await NewCommits(branch, head, known, here, Math.Clamp(room, 1, MostOfABranch), cancellation), cancellation);
        return commits.Select(c => new NewChange
        {
            Key = ChangeCheck.GitKey(codebase.Name, branch, c.Id),
            Author = c.Author,
            Committer = c.Committer,
            Codebase = codebase.Name,
            Project = codebase.Project,
            Repository = GitAddress.WithoutCredentials(codebase.Repository),
            Branch = branch,
            Revision = c.Id,
            Comments = c.Message,
            Files = c.Files,
            FilesCut = c.FilesCut,
            When = c.AuthoredAt,
            ParentRevisions = c.Parents,
        });
    }

    private async Task<IReadOnlyList<string>> NewCommits(
        string branch, string head, IReadOnlyDictionary<string, string> known, IReadOnlySet<string> here, int atMost, CancellationToken cancellation)
    {
        var old = known.GetValueOrDefault(branch);
        if (known.Count == 0)
            return [head];
        if (old is not null && !here.Contains(old))
        {
            notes.Add($"{branch} was {old}, which the repository does not have any more; only its new head {head} is taken");
            return [head];
        }
        if (old is null && !await mirror.IsRelated(head, here, cancellation))
        {
            notes.Add($"{branch} is new and has nothing in common with the known branches; only its head is taken");
            return [head];
        }
        var commits = await mirror.NewCommits(head, here, atMost + 1, cancellation);
        if (commits.Count > atMost)
        {
            notes.Add($"{branch} has more than {atMost} new commits; the newest {atMost} are taken");
            return [.. commits.TakeLast(atMost)];
        }
        return commits.Count == 0 ? [head] : commits;
    }
}

using Weir.Shared.Protocol;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>Gets the commit to check out into the clone: with as little as possible, and with more where that is not enough.</summary>
internal sealed class Fetching(CheckoutSpec spec, CommandSession session, Git git, string directory)
{
    /// <summary>The commit, fetched if it was not there; null if it cannot be had or somebody stopped us.</summary>
    public string? Find() => spec switch
    {
        { Revision: { Length: > 0 } revision } => Revision(revision),
        { Branch: { Length: > 0 } branch } => Branch(branch) is { } head ? Resolve(head) : null,
        _ => Fetch("HEAD") ? Resolve("FETCH_HEAD") : null,
    };

    private string? Revision(string revision)
    {
        var exact = CheckoutNames.IsFullHash(revision);
        if (exact && Resolve(revision) is { } here && (!spec.Tags || Fetch("+refs/tags/*:refs/tags/*")))
            return here;
        if (spec.Branch is { Length: > 0 } branch && Branch(branch) is not null && Resolve(revision) is { } onBranch)
            return onBranch;
        if (IsHopeless)
            return null;
        // Not on the branch (any more), or older than what a shallow clone has: ask for it by itself.
        if (Fetch(revision))
            return Resolve(exact ? revision : "FETCH_HEAD");
        if (IsHopeless)
            return null;
        session.Log.Header(spec.Depth > 0
            ? $"The server does not give out {revision} by itself, and it is not among the last {spec.Depth} commits: fetching everything."
            : $"The server does not give out {revision} by itself: fetching all branches and tags.");
        return Everything() ? Resolve(revision) : null;
    }

    // Nothing that is asked differently would be answered differently.
    private bool IsHopeless => git.Stopped || git.Trouble is GitTrouble.Network or GitTrouble.Denied or GitTrouble.UnknownHost;

    /// <summary>Fetches a branch (or a tag of that name, or any ref by its whole name) and says how it is called here.</summary>
    private string? Branch(string branch)
    {
        if (branch.StartsWith("refs/", StringComparison.Ordinal))
        {
            var name = branch.StartsWith("refs/heads/", StringComparison.Ordinal) ? $"refs/remotes/origin/{branch["refs/heads/".Length..]}" : $"refs/remotes/weir/{branch["refs/".Length..]}";
            return Fetch($"+{branch}:{name}") ? name : null;
        }
        if (Fetch($"+refs/heads/{branch}:refs/remotes/origin/{branch}"))
            return $"refs/remotes/origin/{branch}";
        return !git.Stopped && git.Trouble == GitTrouble.NoSuchRef && Fetch($"+refs/tags/{branch}:refs/tags/{branch}") ? $"refs/tags/{branch}" : null;
    }

    private bool Fetch(params IReadOnlyList<string> what) => Fetch(spec.Depth, what);

    private bool Everything() => Fetch(0, ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]);

    private bool Fetch(int depth, IReadOnlyList<string> what)
    {
        List<string> arguments = ["fetch", "--force", "--no-recurse-submodules"];
        if (depth > 0)
            arguments.Add(FormattableString.Invariant($"--depth={depth}"));
        else if (File.Exists(Path.Combine(directory, ".git", "shallow")))
            arguments.Add("--unshallow");
        if (spec.Tags)
            arguments.Add("--tags");
        return git.DoOverNetwork([.. arguments, "--", "origin", .. what]);
    }

    private string? Resolve(string name) =>
        git.Ask(out var commit, "rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}") ? commit : null;
}

using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>Brings a directory to a revision of a git repository and says which one it got. A damaged clone is thrown away and made again, once.</summary>
internal sealed class Checkout
{
    private const int Failed = 128; // what git itself says when it cannot go on
    private readonly CheckoutSpec _spec;
    private readonly CommandSession _session;
    private readonly string _directory;
    private readonly Git _git;

    private Checkout(CheckoutSpec spec, CommandSession session)
    {
        _spec = spec;
        _session = session;
        _directory = session.Work.Below(spec.Directory, spec.Into);
        _git = new(session, _directory, spec.Repository);
    }

    public static EndedFrame Run(CheckoutSpec spec, CommandSession session)
    {
        CheckoutNames.Check(spec);
        var checkout = new Checkout(spec, session);
        CheckoutNames.CheckNoLinks(session.Work.Root, checkout._directory);
        WorkDirectory.Make(checkout._directory);
        try
        {
            return checkout.Run();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new CannotStartException($"The clone cannot be changed: {e.Message}");
        }
    }

    private EndedFrame Run()
    {
        var existed = Directory.Exists(Path.Combine(_directory, ".git")) || File.Exists(Path.Combine(_directory, ".git"));
        var end = existed ? Continue() : Begin();
        if (end.Kind != EndKind.Exited || end.ExitCode == 0 || !existed || !IsDamaged())
            return end;
        _session.Log.Header("The clone is damaged; throwing it away and cloning again.");
        Discard();
        return Begin();
    }

    private EndedFrame Begin()
    {
        if (!_git.Do("init", "--quiet", "--template=", "."))
            return _git.Failure("git cannot make a repository here.");
        return _git.Do("config", "remote.origin.url", _spec.Repository) ? Update() : _git.Failure("git cannot note the repository's address.");
    }

    private EndedFrame Continue()
    {
        RemoveStaleLocks();
        // Also refuses a .git that is none: without the ceiling git would look for a repository above.
        if (!_git.Ask(out var before, "config", "--get", "remote.origin.url") && !_git.Do("rev-parse", "--git-dir"))
            return _git.Failure("The clone cannot be read.");
        if (before != _spec.Repository)
        {
            _session.Log.Header($"The repository was {(before.Length == 0 ? "not named" : before)}; now it is {_spec.Repository}.");
            if (!_git.Do("config", "--replace-all", "remote.origin.url", _spec.Repository))
                return _git.Failure("git cannot note the repository's address.");
        }
        return Update();
    }

    private EndedFrame Update()
    {
        if (Find() is not { } commit)
            return _git.Failure(Missing());
        if (!_git.Do("checkout", "--force", "--detach", commit))
            return _git.Failure($"git cannot check out {commit}.");
        var fresh = _spec.Mode == "fresh";
        if (fresh && !_git.Do("clean", "-dffx"))
            return _git.Failure("git cannot remove what does not belong to the revision.");
        if (_spec.Submodules && !UpdateSubmodules(fresh))
            return _git.Failure("The submodules could not be brought to their revisions.");
        if (!_git.Ask(out var got, "rev-parse", "--verify", "HEAD"))
            return _git.Failure("git does not say which revision it checked out.");
        _session.Log.Header($"Got revision {got}.");
        return new() { Kind = EndKind.Exited, ExitCode = 0, Outputs = new Dictionary<string, string> { ["revision"] = got } };
    }

    /// <summary>The commit to check out, fetched if it was not there; null if it cannot be had or somebody stopped us.</summary>
    private string? Find()
    {
        if (_spec.Revision is { Length: > 0 } revision)
        {
            var exact = CheckoutNames.IsFullHash(revision);
            if (exact && Resolve(revision) is { } here)
                return here;
            if (_spec.Branch is { Length: > 0 } branch && FetchBranch(branch) && Resolve(revision) is { } onBranch)
                return onBranch;
            if (_git.Stopped)
                return null;
            // Not on the branch (any more): ask for it by itself, and at last for everything.
            if (Fetch(revision))
                return Resolve(exact ? revision : "FETCH_HEAD");
            if (_git.Stopped)
                return null;
            if (exact && _spec.Branch is { Length: > 0 } tag) // a webhook's tag stands where else a branch does
                return Fetch($"+refs/tags/{tag}:refs/tags/{tag}") ? Resolve(revision) : null;
            return Fetch("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*") ? Resolve(revision) : null;
        }
        if (_spec.Branch is { Length: > 0 } head)
            return FetchBranch(head) ? Resolve($"refs/remotes/origin/{head}") : null;
        return Fetch("HEAD") ? Resolve("FETCH_HEAD") : null;
    }

    // A branch; or a ref by its whole name, as forges keep pull requests: refs/pull/7/head.
    private bool FetchBranch(string branch) => Fetch($"+{(branch.StartsWith("refs/", StringComparison.Ordinal) ? branch : $"refs/heads/{branch}")}:refs/remotes/origin/{branch}");

    private bool Fetch(params ReadOnlySpan<string> what)
    {
        List<string> arguments = ["fetch", "--force", "--no-recurse-submodules"];
        if (_spec.Depth > 0)
            arguments.Add(FormattableString.Invariant($"--depth={_spec.Depth}"));
        else if (File.Exists(Path.Combine(_directory, ".git", "shallow")))
            arguments.Add("--unshallow");
        return _git.Do([.. arguments, "--", "origin", .. what]);
    }

    private string? Resolve(string name) =>
        _git.Ask(out var commit, "rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}") ? commit : null;

    private bool UpdateSubmodules(bool fresh) =>
        _git.Do("submodule", "sync", "--recursive")
        && _git.Do("submodule", "update", "--init", "--recursive", "--force")
        && (!fresh || _git.Do("submodule", "foreach", "--recursive", "git clean -dffx"));

    private string Missing() => _spec switch
    {
        { Revision: { Length: > 0 } revision, Branch: { Length: > 0 } branch } =>
            $"The revision {revision} cannot be had from {_spec.Repository}: it is neither on the branch {branch} nor given out by itself. Was it replaced by a forced push, or never pushed?",
        { Revision: { Length: > 0 } revision } => $"The revision {revision} cannot be had from {_spec.Repository}. Was it never pushed?",
        { Branch: { Length: > 0 } branch } => $"The branch {branch} cannot be had from {_spec.Repository}.",
        _ => $"The head of {_spec.Repository} cannot be had.",
    };

    // A failed fetch is mostly the network's fault; only a clone that fails git's own examination is thrown away.
    private bool IsDamaged()
    {
        if (_git.Stopped)
            return false;
        _session.Log.Header("Looking whether the clone is damaged.");
        return !_git.Do("rev-parse", "--git-dir") || !_git.Do("fsck", "--connectivity-only", "--no-dangling", "--no-progress");
    }

    private void Discard()
    {
        foreach (var entry in new DirectoryInfo(_directory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    // Two commands never work in one directory at once, so whoever held these locks is gone.
    private void RemoveStaleLocks()
    {
        var folder = Path.Combine(_directory, ".git");
        if (!Directory.Exists(folder))
            return;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var stale in Directory.EnumerateFiles(folder, "*.lock", options))
        {
            _session.Log.Header($"Removing {Path.GetRelativePath(_directory, stale)}, left behind by a git that was ended.");
            File.Delete(stale);
        }
    }
}

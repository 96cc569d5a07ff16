using Weir.Shared.Protocol;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands.Checkouts;

/// <summary>Brings a directory to a revision of a git repository and says which one it got. A damaged clone is thrown away and made again, once.</summary>
internal sealed class Checkout
{
    private readonly CheckoutSpec _spec;
    private readonly CommandSession _session;

    // Where the build wants it, and where the clone is: the same, unless it is copied.
    private readonly string _wanted;
    private readonly string _directory;
    private readonly Git _git;
    private readonly Fetching _fetching;

    private Checkout(CheckoutSpec spec, CommandSession session)
    {
        _spec = spec;
        _session = session;
        _wanted = session.Work.Below(spec.Directory, spec.Into);
        _directory = spec.Mode == "copy" ? session.Work.Below(spec.Directory + "~source", spec.Into is "." ? "root" : "in-" + spec.Into.Replace('/', '~')) : _wanted;
        _git = new(session, _directory, spec);
        _fetching = new(spec, session, _git, _directory);
    }

    public static EndedFrame Run(CheckoutSpec spec, CommandSession session)
    {
        CheckoutNames.Check(spec);
        var checkout = new Checkout(spec, session);
        foreach (var directory in new[] { checkout._wanted, checkout._directory }.Distinct())
        {
            CheckoutNames.CheckNoLinks(session.Work.Root, directory);
            WorkDirectory.Make(directory);
        }
        using var access = new GitAccess(session, spec, checkout._git);
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
        UseLargeFiles();
        if (_spec.Mode == "clobber")
        {
            _session.Log.Header($"Removing all that is in {_directory}.");
            Removal.Empty(_directory);
        }
        var existed = Directory.Exists(Path.Combine(_directory, ".git")) || File.Exists(Path.Combine(_directory, ".git"));
        var end = existed ? Continue() : Begin();
        if (end.Kind == EndKind.Exited && end.ExitCode != 0 && existed && IsDamaged())
        {
            _session.Log.Header("The clone is damaged; throwing it away and cloning again.");
            Removal.Empty(_directory);
            end = Begin();
        }
        return _directory != _wanted && end is { Kind: EndKind.Exited, ExitCode: 0 } ? Copy(end) : end;
    }

    private EndedFrame Copy(EndedFrame end)
    {
        _session.Log.Header($"Copying it to {_wanted}, after removing all that is there.");
        Removal.Empty(_wanted);
        return _git.RunOther("cp", "-a", "--", $"{_directory}/.", _wanted) ? end : _git.Failure($"The copy in {_wanted} could not be made.");
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
        if (_fetching.Find() is not { } commit)
            return _git.Failure(Missing() + GitTroubles.Hint(_git.Trouble));
        if (_spec.Lfs && !_git.Has("git-lfs") && _git.Do("grep", "--quiet", "-e", "filter=lfs", commit, "--", ".gitattributes", "*/.gitattributes"))
            return _git.Failure("The repository keeps large files with git-lfs, and this worker has no git-lfs. Install it there, or give the git step \"lfs: false\" to go on with pointers in place of the files.");
        if (!_git.DoOverNetwork("checkout", "--force", "--detach", commit))
            return _git.Failure($"git cannot check out {commit}." + GitTroubles.Hint(_git.Trouble));
        if (Cleaning is { } flags && !_git.Do("clean", flags))
            return _git.Failure("git cannot remove what does not belong to the revision.");
        if (HasPointers && !_git.DoOverNetwork("lfs", "pull"))
            return _git.Failure("The large files (LFS) could not be had." + GitTroubles.Hint(_git.Trouble));
        if (_spec.Submodules && !UpdateSubmodules())
            return _git.Failure("The submodules could not be brought to their revisions." + GitTroubles.Hint(_git.Trouble));
        if (!_git.Ask(out var got, "rev-parse", "--verify", "HEAD"))
            return _git.Failure("git does not say which revision it checked out.");
        _session.Log.Header($"Got revision {got}.");
        return new() { Kind = EndKind.Exited, ExitCode = 0, Outputs = new Dictionary<string, string> { ["revision"] = got } };
    }

    private string? Cleaning => _spec.Mode switch
    {
        "clean" => "-dff",
        "fresh" => "-dffx",
        _ => null,
    };

    private bool UpdateSubmodules() =>
        _git.Do("submodule", "sync", "--recursive")
        && _git.DoOverNetwork("submodule", "update", "--init", "--recursive", "--force")
        && (Cleaning is not { } flags || _git.Do("submodule", "foreach", "--recursive", $"git clean {flags}"));

    // With the filter a checkout brings the files themselves, whether or not the worker's user has installed it.
    private void UseLargeFiles()
    {
        if (!_spec.Lfs)
            _git.Set("GIT_LFS_SKIP_SMUDGE", "1");
        if (!_git.Has("git-lfs"))
            return;
        _git.Configure("filter.lfs.process", "git-lfs filter-process");
        _git.Configure("filter.lfs.smudge", "git-lfs smudge -- %f");
        _git.Configure("filter.lfs.clean", "git-lfs clean -- %f");
        _git.Configure("filter.lfs.required", "true");
    }

    // An earlier checkout may have been made without git-lfs: git sees no difference between a pointer and its file.
    private bool HasPointers
    {
        get
        {
            var attributes = Path.Combine(_directory, ".gitattributes");
            return _spec.Lfs && File.Exists(attributes) && File.ReadAllText(attributes).Contains("filter=lfs", StringComparison.Ordinal);
        }
    }

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
        if (_git.Stopped || _git.Trouble is GitTrouble.Network or GitTrouble.Denied or GitTrouble.UnknownHost)
            return false;
        if (_git.Trouble == GitTrouble.Names)
            return true; // a branch a became a/b: nothing less helps
        _session.Log.Header("Looking whether the clone is damaged.");
        return !_git.Do("rev-parse", "--git-dir") || !_git.Do("fsck", "--connectivity-only", "--no-dangling", "--no-progress");
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

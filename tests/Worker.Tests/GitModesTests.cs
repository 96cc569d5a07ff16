using System.Diagnostics;
using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

/// <summary>The modes of a checkout, shallow clones, tags, large files, and clones that are broken.</summary>
public sealed class GitModesTests(Running running) : IClassFixture<Running>, IDisposable
{
    private readonly Repository _repository = new();
    private readonly string _directory = $"modes-{Guid.NewGuid():N}";

    public void Dispose() => _repository.Dispose();

    private string Tree => Path.Combine(running.Worker.Work, _directory);

    private string Url => "file://" + _repository.Path;

    private CheckoutSpec Spec(string mode = "incremental", string? revision = null, string? branch = "main") =>
        new() { Directory = _directory, Repository = Url, Branch = branch, Revision = revision, Mode = mode };

    private async Task<StoredCommand> Good(CheckoutSpec spec, string revision)
    {
        var command = running.Engine.Order(spec);
        var end = await command.End();
        Assert.True(end is { Kind: EndKind.Exited, ExitCode: 0 }, end.Reason + "\n" + string.Join('\n', command.Lines.Select(l => l.Text)));
        Assert.Equal(revision, end.Outputs["revision"]);
        Assert.Equal(revision, Repository.GitIn(Tree, "rev-parse", "HEAD"));
        return command;
    }

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Tree, path))!);
        File.WriteAllText(Path.Combine(Tree, path), text);
    }

    private string There(params string[] paths) => string.Join(' ', paths.Where(p => File.Exists(Path.Combine(Tree, p)) || Directory.Exists(Path.Combine(Tree, p))));

    private string Head => _repository.Git("rev-parse", "HEAD");

    [Theory]
    [InlineData("incremental", "made.o new/file nested .git/mine")]
    [InlineData("clean", "made.o .git/mine")]
    [InlineData("fresh", ".git/mine")]
    [InlineData("clobber", "")]
    [InlineData("copy", "")]
    public async Task What_a_build_made_stays_or_goes_by_the_mode(string mode, string stays)
    {
        var revision = _repository.Commit("ignore", (".gitignore", "*.o\n"), ("sub/file", "1\n"));
        await Good(Spec(mode), revision);
        Write("made.o", "object");
        Write("new/file", "text");
        Write(".git/mine", "");
        Repository.GitIn(Tree, "init", "--quiet", "nested");
        Write("readme", "changed\n");
        // As module caches are: nobody may write there.
        Write("locked/deep/file", "");
        File.SetUnixFileMode(Path.Combine(Tree, "locked", "deep"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        if (mode is "incremental" or "clean" or "fresh")
        {
            File.SetUnixFileMode(Path.Combine(Tree, "locked", "deep"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.Delete(Path.Combine(Tree, "locked"), recursive: true);
        }
        await Good(Spec(mode), revision);

        Assert.Equal(stays, There("made.o", "new/file", "nested", "locked", ".git/mine"));
        Assert.Equal("one\n", await File.ReadAllTextAsync(Path.Combine(Tree, "readme"), TestContext.Current.CancellationToken));
        Assert.Equal("readme sub/file", There("readme", "sub/file"));
    }

    [Fact]
    public async Task Copy_keeps_a_clone_beside_the_builds_directory_and_fetches_only_what_is_new()
    {
        await Good(Spec("copy"), Head);
        var second = _repository.Commit("second", ("readme", "two\n"));
        var command = await Good(Spec("copy"), second);

        Assert.True(Directory.Exists(Path.Combine(running.Worker.Work, _directory + "~source", "root", ".git")));
        Assert.DoesNotContain("git init", command.Headers, StringComparison.Ordinal);
        Assert.Contains($"Copying it to {Tree}, after removing all that is there.", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shallow_clone_gets_an_older_revision_by_itself()
    {
        var old = _repository.Commit("old", ("readme", "old\n"));
        for (var i = 0; i < 5; i++)
            _repository.Commit($"newer {i}", ("readme", $"{i}\n"));
        await Good(Spec() with { Depth = 1 }, Head);
        Assert.Equal("1", Repository.GitIn(Tree, "rev-list", "--count", "HEAD"));

        await Good(Spec(revision: old) with { Depth = 1 }, old);
        await Good(Spec() with { Depth = 0 }, Head);
        Assert.Equal("7", Repository.GitIn(Tree, "rev-list", "--count", "HEAD"));
    }

    [Fact]
    public async Task Where_the_server_gives_out_no_single_revisions_a_shallow_clone_falls_back_to_everything()
    {
        var old = _repository.Commit("old", ("readme", "old\n"));
        for (var i = 0; i < 3; i++)
            _repository.Commit($"newer {i}", ("readme", $"{i}\n"));
        await using var server = await GitOverHttp.Start(_repository.Path);
        // The first protocol does not give out what no name leads to.
        var spec = Spec(revision: old) with { Repository = server.Address + ".git", Depth = 1, Env = new Dictionary<string, string?> { ["GIT_PROTOCOL_FROM_USER"] = "1", ["GIT_CONFIG_PARAMETERS"] = "'protocol.version=0'" } };
        var command = await Good(spec, old);

        Assert.Contains("The server does not give out", command.Headers, StringComparison.Ordinal);
        Assert.Contains("is not among the last 1 commits: fetching everything.", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_a_ref_by_its_whole_name_and_an_abbreviated_revision()
    {
        var tagged = Head;
        _repository.Git("tag", "-a", "v1.0", "-m", "one");
        var pull = _repository.Commit("pull request", ("readme", "pull\n"));
        _repository.Git("update-ref", "refs/pull/7/head", pull);
        _repository.Git("reset", "--quiet", "--hard", "HEAD~1");
        var main = _repository.Commit("main", ("readme", "main\n"));

        await Good(Spec(branch: "v1.0"), tagged);
        await Good(Spec(branch: "refs/tags/v1.0"), tagged);
        await Good(Spec(branch: "refs/pull/7/head"), pull);
        await Good(Spec(branch: "refs/pull/7/head", revision: pull), pull);
        await Good(Spec(branch: null, revision: main[..10]), main);
        await Good(Spec(branch: null, revision: "v1.0"), tagged);
    }

    [Fact]
    public async Task All_tags_come_when_they_are_asked_for()
    {
        _repository.Git("checkout", "--quiet", "-b", "side");
        _repository.Commit("side", ("side", "1\n"));
        _repository.Git("tag", "side-tag");
        _repository.Git("checkout", "--quiet", "main");
        await Good(Spec(), Head);
        Assert.Equal("", Repository.GitIn(Tree, "tag"));

        await Good(Spec(revision: Head) with { Tags = true }, Head);
        Assert.Equal("side-tag", Repository.GitIn(Tree, "tag"));
    }

    [Fact]
    public async Task A_branch_that_became_a_folder_of_branches_heals()
    {
        _repository.Git("branch", "topic");
        await Good(Spec(branch: "topic"), Head);
        _repository.Git("branch", "-D", "topic");
        _repository.Git("branch", "topic/one");

        var command = await Good(Spec(branch: "topic/one"), Head);
        Assert.Contains("throwing it away and cloning again", command.Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".git/index")]
    [InlineData(".git/HEAD")]
    public async Task A_broken_clone_heals(string broken)
    {
        await Good(Spec(), Head);
        Write(broken, "broken\n");
        Write("readme", "changed\n");

        var command = await Good(Spec(), Head);
        Assert.Contains("The clone is damaged; throwing it away and cloning again.", command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_files_come_and_pointers_stay_when_that_is_wished()
    {
        if (!HasLfs())
            Assert.Skip("git-lfs is not installed");
        _repository.Git("lfs", "install", "--local");
        _repository.Git("lfs", "track", "*.bin");
        var revision = _repository.Commit("large", ("big.bin", new string('x', 100_000)));

        await Good(Spec() with { Lfs = false }, revision);
        Assert.StartsWith("version https://git-lfs", await File.ReadAllTextAsync(Path.Combine(Tree, "big.bin"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Good(Spec(), revision);
        Assert.Equal(100_000, new FileInfo(Path.Combine(Tree, "big.bin")).Length);
        await Good(Spec("clobber"), revision);
        Assert.Equal(100_000, new FileInfo(Path.Combine(Tree, "big.bin")).Length);
    }

    [Fact]
    public async Task Large_files_without_git_lfs_are_a_clear_failure()
    {
        _repository.Commit("uses lfs", (".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"));
        var tools = Directory.CreateDirectory(Path.Combine(running.Worker.Work, _directory + "-tools")).FullName;
        foreach (var program in new[] { "git", "sh", "ssh" })
            File.CreateSymbolicLink(Path.Combine(tools, program), $"/usr/bin/{program}");
        var end = await running.Engine.Order(Spec() with { Env = new Dictionary<string, string?> { ["PATH"] = tools } }).End();

        Assert.Equal(EndKind.Exited, end.Kind);
        Assert.Contains("this worker has no git-lfs. Install it there, or give the git step \"lfs: false\"", end.Reason, StringComparison.Ordinal);
    }

    private static bool HasLfs()
    {
        using var lfs = Process.Start(new ProcessStartInfo("git", ["lfs", "version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        lfs.WaitForExit();
        return lfs.ExitCode == 0;
    }
}

using Weir.Shared.Protocol;
using Weir.Worker.Tests.Support;

namespace Weir.Worker.Tests;

public sealed class CheckoutTests(Running running) : IClassFixture<Running>, IDisposable
{
    private readonly Repository _repository = new();
    private readonly string _directory = $"checkout-{Guid.NewGuid():N}";

    public void Dispose() => _repository.Dispose();

    private string Tree => Path.Combine(running.Worker.Work, _directory);

    private string Read(string path) => File.ReadAllText(Path.Combine(Tree, path));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Tree, path))!);
        File.WriteAllText(Path.Combine(Tree, path), text);
    }

    private bool There(string path) => File.Exists(Path.Combine(Tree, path));

    private CheckoutSpec Spec(string? revision = null, string? branch = "main") => new() { Directory = _directory, Repository = _repository.Path, Branch = branch, Revision = revision };

    private async Task<(EndedFrame End, StoredCommand Command)> Run(CheckoutSpec spec)
    {
        var command = running.Engine.Order(spec);
        return (await command.End(), command);
    }

    private async Task<StoredCommand> Good(CheckoutSpec spec, string revision)
    {
        var (end, command) = await Run(spec);
        Assert.True(end is { Kind: EndKind.Exited, ExitCode: 0 }, string.Join('\n', command.Lines.Select(l => l.Text)));
        Assert.Equal(revision, end.Outputs["revision"]);
        Assert.Equal(revision, Repository.GitIn(Tree, "rev-parse", "HEAD"));
        Assert.Contains($"Got revision {revision}.", command.Headers, StringComparison.Ordinal);
        return command;
    }

    [Fact]
    public async Task The_head_of_a_branch_the_head_of_all_and_an_exact_revision()
    {
        var first = _repository.Git("rev-parse", "HEAD");
        var second = _repository.Commit("second", ("readme", "two\n"));

        await Good(Spec(), second);
        await Good(Spec(first), first);
        Assert.Equal("one\n", Read("readme"));
        await Good(Spec(branch: null), second);
        await Good(Spec(second, branch: null), second);
        await Good(Spec("main"), second);
    }

    [Fact]
    public async Task New_commits_are_fetched_and_changed_files_replaced()
    {
        var first = _repository.Git("rev-parse", "HEAD");
        await Good(Spec(), first);
        Write("readme", "changed by the build\n");
        var second = _repository.Commit("second", ("other", "2\n"));
        await Good(Spec(second), second);

        Assert.Equal("one\n", Read("readme"));
        Assert.Equal("2\n", Read("other"));
    }

    [Fact]
    public async Task Incremental_keeps_what_a_build_made_and_fresh_removes_it()
    {
        var revision = _repository.Commit("ignore", (".gitignore", "*.o\n"));
        await Good(Spec(), revision);
        Write("made.o", "object");
        Write("new/file", "text");
        Repository.GitIn(Tree, "init", "--quiet", "nested");
        await Good(Spec(), revision);
        Assert.True(There("made.o") && There("new/file"));

        await Good(Spec() with { Mode = "fresh" }, revision);
        Assert.False(There("made.o") || There("new/file") || Directory.Exists(Path.Combine(Tree, "nested")));
        Assert.True(There("readme"));
    }

    [Fact]
    public async Task A_revision_that_a_forced_push_removed_from_its_branch_is_fetched_by_itself()
    {
        var old = _repository.Commit("will vanish", ("readme", "old\n"));
        _repository.Git("reset", "--quiet", "--hard", "HEAD~1");
        _repository.Commit("replacement", ("readme", "new\n"));

        await Good(Spec(old), old);
        Assert.Equal("old\n", Read("readme"));
    }

    [Fact]
    public async Task A_branch_that_was_deleted_does_not_hide_its_revision()
    {
        _repository.Git("checkout", "--quiet", "-b", "topic/grüße");
        var topic = _repository.Commit("topic", ("readme", "topic\n"));
        await Good(Spec(topic, "topic/grüße"), topic);
        _repository.Git("checkout", "--quiet", "main");
        _repository.Git("branch", "-D", "topic/grüße");

        await Good(Spec(topic, "topic/grüße"), topic);
    }

    [Fact]
    public async Task A_pull_requests_ref_or_a_tag_may_stand_where_a_branch_does()
    {
        var first = _repository.Git("rev-parse", "HEAD");
        var pull = _repository.Commit("of a stranger", ("readme", "faster\n"));
        _repository.Git("update-ref", "refs/pull/7/head", pull);
        _repository.Git("reset", "--hard", first);
        var tagged = _repository.Commit("to be released", ("readme", "released\n"));
        _repository.Git("tag", "v1.0");
        _repository.Git("reset", "--hard", first);

        await Good(Spec(pull, "refs/pull/7/head"), pull);
        await Good(Spec(branch: "refs/pull/7/head"), pull);
        await Good(Spec(tagged, "v1.0"), tagged);
        await Good(Spec(), first);
    }

    [Fact]
    public async Task An_unknown_revision_is_a_clear_message()
    {
        var (end, command) = await Run(Spec("1234567890123456789012345678901234567890"));

        Assert.Equal(EndKind.Exited, end.Kind);
        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("The revision 1234567890123456789012345678901234567890 cannot be had", end.Reason, StringComparison.Ordinal);
        Assert.Contains(end.Reason!, command.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_branch_and_an_unknown_repository_are_too()
    {
        var (end, _) = await Run(Spec(branch: "nowhere"));
        Assert.Contains("The branch nowhere cannot be had", end.Reason, StringComparison.Ordinal);

        (end, _) = await Run(Spec() with { Repository = "/nowhere/at/all" });
        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("/nowhere/at/all", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_repository_takes_the_place_of_the_old_one()
    {
        await Good(Spec(), _repository.Git("rev-parse", "HEAD"));
        using var other = new Repository();
        var revision = other.Commit("other", ("other", "yes\n"));
        var command = await Good(Spec() with { Repository = other.Path }, revision);

        Assert.Contains($"now it is {other.Path}", command.Headers, StringComparison.Ordinal);
        Assert.True(There("other"));
    }

    [Fact]
    public async Task Submodules_follow_to_their_revisions()
    {
        using var library = new Repository();
        library.Commit("library", ("lib.c", "1\n"));
        _repository.Git("submodule", "--quiet", "add", library.Path, "lib");
        var revision = _repository.Commit("with a submodule");
        await Good(Spec() with { Submodules = true }, revision);
        Assert.Equal("1\n", Read("lib/lib.c"));

        library.Commit("library again", ("lib.c", "2\n"));
        _repository.Git("-C", "lib", "pull", "--quiet", library.Path, "main");
        revision = _repository.Commit("newer submodule");
        Write("lib/untracked", "x");
        await Good(Spec() with { Submodules = true, Mode = "fresh" }, revision);
        Assert.Equal("2\n", Read("lib/lib.c"));
        Assert.False(There("lib/untracked"));
    }

    [Fact]
    public async Task A_shallow_clone_gets_what_it_needs_and_can_be_deepened()
    {
        var first = _repository.Git("rev-parse", "HEAD");
        for (var i = 0; i < 5; i++)
            _repository.Commit($"more {i}", ("readme", $"{i}\n"));
        var last = _repository.Git("rev-parse", "HEAD");
        var url = "file://" + _repository.Path;
        await Good(Spec() with { Repository = url, Depth = 1 }, last);
        Assert.Equal("1", Repository.GitIn(Tree, "rev-list", "--count", "HEAD"));

        await Good(Spec(first) with { Repository = url, Depth = 1 }, first);
        var newest = _repository.Commit("newest", ("readme", "n\n"));
        await Good(Spec() with { Repository = url }, newest);
        Assert.Equal("7", Repository.GitIn(Tree, "rev-list", "--count", "HEAD"));
    }

    [Fact]
    public async Task Stale_locks_of_a_git_that_was_killed_are_removed()
    {
        var revision = _repository.Git("rev-parse", "HEAD");
        await Good(Spec(), revision);
        Write(".git/index.lock", "");
        Write(".git/refs/remotes/origin/main.lock", "");
        revision = _repository.Commit("next", ("readme", "next\n"));
        var command = await Good(Spec(), revision);

        Assert.Contains("Removing .git/index.lock", command.Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("empty HEAD")]
    [InlineData("no objects")]
    [InlineData("garbage index")]
    [InlineData("file instead of folder")]
    public async Task A_damaged_clone_is_thrown_away_and_made_again(string damage)
    {
        var revision = _repository.Commit("more", ("a/b", "b\n"));
        await Good(Spec(), revision);
        switch (damage)
        {
            case "empty HEAD":
                Write(".git/HEAD", "");
                break;
            case "no objects":
                Directory.Delete(Path.Combine(Tree, ".git", "objects"), recursive: true);
                Directory.CreateDirectory(Path.Combine(Tree, ".git", "objects"));
                break;
            case "garbage index":
                Write(".git/index", "garbage");
                break;
            default:
                Directory.Delete(Path.Combine(Tree, ".git"), recursive: true);
                Write(".git", "nonsense");
                break;
        }
        await Good(Spec(), revision);
    }

    [Fact]
    public async Task A_clone_is_not_thrown_away_because_the_repository_does_not_answer()
    {
        await Good(Spec(), _repository.Git("rev-parse", "HEAD"));
        Write("kept", "yes");
        var revision = _repository.Commit("not seen yet");
        Directory.Move(_repository.Path, _repository.Path + ".away");
        var (end, command) = await Run(Spec());
        Directory.Move(_repository.Path + ".away", _repository.Path);

        Assert.NotEqual(0, end.ExitCode);
        Assert.DoesNotContain("throwing it away", command.Headers, StringComparison.Ordinal);
        Assert.True(There("kept"));
        await Good(Spec(), revision);
    }

    [Theory]
    [InlineData("--upload-pack=touch /tmp/weir-hostile", "main", null)]
    [InlineData("-x", "main", null)]
    [InlineData("", "main", null)]
    [InlineData(null, "--output=x", null)]
    [InlineData(null, "-b", null)]
    [InlineData(null, "a..b", null)]
    [InlineData(null, "main:refs/heads/x", null)]
    [InlineData(null, "main\nx", null)]
    [InlineData(null, "main", "--force")]
    [InlineData(null, "main", "HEAD~1")]
    [InlineData(null, "main", "+main:main")]
    [InlineData("ext::sh -c touch% /tmp/weir-hostile", "main", null)]
    public async Task Hostile_names_are_refused(string? repository, string branch, string? revision)
    {
        var (end, _) = await Run(Spec(revision, branch) with { Repository = repository ?? _repository.Path });

        Assert.False(end is { Kind: EndKind.Exited, ExitCode: 0 });
        Assert.False(File.Exists("/tmp/weir-hostile"));
    }

    [Fact]
    public async Task A_link_in_the_directorys_place_is_not_followed()
    {
        var outside = Directory.CreateTempSubdirectory("weir-outside-").FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "precious"), "x", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Tree);
        Directory.CreateSymbolicLink(Path.Combine(Tree, "src"), outside);
        var (end, _) = await Run(Spec() with { Into = "src", Mode = "fresh" });

        Assert.Equal(EndKind.CouldNotStart, end.Kind);
        Assert.Contains("is a link to", end.Reason, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(outside, "precious")));
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public async Task Hooks_of_the_clone_do_not_run_and_the_repository_above_is_never_touched()
    {
        // The work directory stands inside somebody's repository, and the clone is broken: git would look above.
        Repository.GitIn(running.Worker.Work, "init", "--quiet", ".");
        var revision = _repository.Git("rev-parse", "HEAD");
        await Good(Spec(), revision);
        Write(".git/hooks/post-checkout", "#!/bin/sh\ntouch hook-ran\n");
        File.SetUnixFileMode(Path.Combine(Tree, ".git/hooks/post-checkout"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write(".git/HEAD", "");
        await File.WriteAllTextAsync(Path.Combine(running.Worker.Work, "precious"), "x", TestContext.Current.CancellationToken);
        await Good(Spec() with { Mode = "fresh" }, revision);

        Assert.False(There("hook-ran"));
        Assert.True(File.Exists(Path.Combine(running.Worker.Work, "precious")));
        Directory.Delete(Path.Combine(running.Worker.Work, ".git"), recursive: true);
    }

    [Fact]
    public async Task A_checkout_can_be_interrupted()
    {
        var seen = new TaskCompletionSource();
        var slow = running.Engine.Order(Spec() with { Env = new Dictionary<string, string?> { ["GIT_SSH_COMMAND"] = "sleep 30;" }, Repository = "ssh://127.0.0.1/nowhere", KillGraceMs = 500 });
        slow.OnLine = line => { if (line.Text.Contains("$ git fetch", StringComparison.Ordinal)) seen.TrySetResult(); };
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await running.Engine.Interrupt(slow, "enough");
        var end = await slow.End();

        Assert.Equal((EndKind.Interrupted, "enough"), (end.Kind, end.Reason));
        Assert.Empty(running.Worker.Marked(slow.Id));
    }

    [Fact]
    public async Task What_hangs_is_ended_by_the_time_out()
    {
        var (end, _) = await Run(Spec() with { Env = new Dictionary<string, string?> { ["GIT_SSH_COMMAND"] = "sleep 30;" }, Repository = "ssh://127.0.0.1/nowhere", TimeoutMs = 500, KillGraceMs = 500 });

        Assert.Equal(EndKind.TimedOut, end.Kind);
    }

    [Fact]
    public async Task A_directory_with_other_files_becomes_a_clone()
    {
        Write("left/over", "x");
        Write("readme", "in the way");
        await Good(Spec(), _repository.Git("rev-parse", "HEAD"));

        Assert.Equal("one\n", Read("readme"));
    }
}

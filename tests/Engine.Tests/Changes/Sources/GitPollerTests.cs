using Weir.Engine.Changes.Sources;

namespace Weir.Engine.Tests.Changes.Sources;

public sealed class GitPollerTests
{
    [Fact]
    public async Task The_first_look_takes_the_head_of_each_named_branch_and_only_remembers_those_of_a_pattern()
    {
        await using var polled = await PolledWorks.Of(["main", "release/*"]);
        polled.Git.Commit("one");
        var head = polled.Git.Commit("two");
        polled.Git.Push("HEAD:main", "HEAD:release/1.0", "HEAD:feature");

        var changes = await polled.Poll();

        Assert.Equal([("main", head)], changes.Select(c => (c.Branch, c.Revision)));
        Assert.Equal($"main {head},release/1.0 {head}", await polled.Heads());
        Assert.Empty(await polled.Poll());
        var shown = await polled.Shown();
        Assert.Equal((0, (string?)null), (shown.Failures, shown.LastError));
        Assert.NotNull(shown.LastPollAt);
        Assert.NotNull(shown.NextPollAt);
    }

    [Fact]
    public async Task Several_commits_come_in_order_with_all_they_say()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        var first = polled.Git.Commit("Größe prüfen\n\nmit „Anführung“ und\n日本語\u0001", "src/naïve file.c", "Zoë Ærøskøbing <zoe@example.org>");
        var second = polled.Git.Commit("two", "a\nb\tc.txt");
        polled.Git.Push("HEAD:main");

        var changes = await polled.Poll();

        Assert.Equal([first, second], changes.Select(c => c.Revision));
        var change = changes[0];
        Assert.Equal("Größe prüfen\n\nmit „Anführung“ und\n日本語\u0001", change.Comments);
        Assert.Equal(("Zoë Ærøskøbing <zoe@example.org>", "Weir <weir@example.org>"), (change.Author, change.Committer));
        Assert.Equal(["src/naïve file.c"], change.Files);
        Assert.Equal(["a\nb\tc.txt"], changes[1].Files);
        Assert.Equal(("lib", "gst", "main", polled.Git.Url), (change.Codebase, change.Project, change.Branch, change.Repository));
        Assert.Equal([change.Id], changes[1].ParentIds);
        Assert.InRange(change.When, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Equal(3, await polled.Works.Count("change_work"));
    }

    [Fact]
    public async Task A_merge_brings_its_commits_and_itself_with_what_it_changed_on_the_branch()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        polled.Git.Git("checkout", "-q", "-b", "side");
        var side = polled.Git.Commit("side", "side.txt");
        polled.Git.Git("checkout", "-q", "main");
        var own = polled.Git.Commit("own", "own.txt");
        polled.Git.Git("merge", "-q", "--no-ff", "-m", "merge side", "side");
        polled.Git.Git("commit", "-q", "--allow-empty", "-m", "nothing");
        polled.Git.Push("HEAD:main");

        var changes = await polled.Poll();

        Assert.Equal(["merge side", "nothing"], changes.TakeLast(2).Select(c => c.Comments));
        Assert.Equal(new HashSet<string?> { side, own }, changes.Take(2).Select(c => c.Revision).ToHashSet());
        Assert.Equal(["side.txt"], changes[2].Files);
        Assert.Equal(2, changes[2].ParentIds.Count);
        Assert.Empty(changes[3].Files);
    }

    [Fact]
    public async Task Rewritten_history_is_its_new_commits()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        var root = polled.Git.Commit("root");
        polled.Git.Commit("old");
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        polled.Git.Git("reset", "-q", "--hard", root);
        var first = polled.Git.Commit("new 1");
        var second = polled.Git.Commit("new 2");
        polled.Git.Push("HEAD:main");

        Assert.Equal([first, second], (await polled.Poll()).Select(c => c.Revision));

        polled.Git.Git("reset", "-q", "--hard", root);
        polled.Git.Push("HEAD:main");
        Assert.Equal([root], (await polled.Poll()).Select(c => c.Revision));
        polled.Git.Git("checkout", "-q", "--orphan", "unrelated");
        var orphan = polled.Git.Commit("orphan");
        polled.Git.Push("HEAD:main");
        Assert.Equal([orphan], (await polled.Poll()).Select(c => c.Revision));
        Assert.Empty(await polled.Poll());
    }

    [Fact]
    public async Task A_new_branch_with_known_commits_is_one_change_and_one_with_new_commits_is_those()
    {
        await using var polled = await PolledWorks.Of(["*", "release/*"]);
        polled.Git.Commit("one");
        var head = polled.Git.Commit("two");
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        polled.Git.Push("HEAD:release/1.0");
        Assert.Equal([("release/1.0", head)], (await polled.Poll()).Select(c => (c.Branch, c.Revision)));

        polled.Git.Git("checkout", "-q", "-b", "feature");
        var first = polled.Git.Commit("three");
        var second = polled.Git.Commit("four");
        polled.Git.Push("HEAD:feature");
        Assert.Equal([("feature", first), ("feature", second)], (await polled.Poll()).Select(c => (c.Branch, c.Revision)));

        polled.Git.Push("HEAD:main"); // fast-forward to commits that feature has shown already
        Assert.Equal([("main", second)], (await polled.Poll()).Select(c => (c.Branch, c.Revision)));

        polled.Git.Git("checkout", "-q", "--orphan", "pages");
        polled.Git.Commit("page 1");
        var page = polled.Git.Commit("page 2");
        polled.Git.Push("HEAD:pages"); // nothing in common with the others: its head is enough
        Assert.Equal([("pages", page)], (await polled.Poll()).Select(c => (c.Branch, c.Revision)));
    }

    [Fact]
    public async Task A_deleted_branch_is_forgotten_and_a_recreated_one_brings_what_is_new()
    {
        await using var polled = await PolledWorks.Of(["**"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main", "HEAD:topic");
        await polled.Poll();
        polled.Git.Git("push", "-q", "origin", ":topic");
        Assert.Empty(await polled.Poll());
        Assert.DoesNotContain("topic", await polled.Heads());

        var first = polled.Git.Commit("again 1");
        var second = polled.Git.Commit("again 2");
        polled.Git.Push("HEAD:topic/sub"); // a name that topic stood in the way of

        Assert.Equal([first, second], (await polled.Poll()).Select(c => c.Revision));
        polled.Git.Git("push", "-q", "origin", ":topic/sub", ":main");
        await polled.Poll();
        Assert.Null(await polled.Heads());
        var third = polled.Git.Commit("again 3");
        polled.Git.Push("HEAD:main");
        Assert.Equal([third], (await polled.Poll()).Select(c => c.Revision));
    }

    [Fact]
    public async Task An_empty_repository_is_no_error_and_its_first_branch_is_found()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        Assert.Empty(await polled.Poll());
        Assert.Null((await polled.Shown()).LastError);

        var head = polled.Git.Commit();
        polled.Git.Push("HEAD:main");

        Assert.Equal([head], (await polled.Poll()).Select(c => c.Revision));
    }

    [Theory]
    [InlineData("vanished")]
    [InlineData("emptied")]
    [InlineData("objects lost")]
    [InlineData("pack damaged")]
    [InlineData("locked")]
    public async Task The_mirror_may_be_lost_or_damaged_at_any_time(string harm)
    {
        await using var polled = await PolledWorks.Of(["*"]);
        polled.Git.Commit("one");
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        polled.Git.Git("checkout", "-q", "-b", "side");
        polled.Git.Commit("two", "two.txt");
        polled.Git.Push("HEAD:side");
        await polled.Poll();
        Harm(Assert.Single(Directory.GetDirectories(Path.Combine(polled.Git.Cache, "engine1", "git"), "*.git")), harm);
        polled.Git.Git("checkout", "-q", "-b", "other", "main");
        var three = polled.Git.Commit("three", "three.txt");
        polled.Git.Git("merge", "-q", "-m", "merge", "side");
        polled.Git.Push("HEAD:main");

        Assert.Equal([three, polled.Git.Head()], (await polled.Poll()).Select(c => c.Revision));
        Assert.Null((await polled.Shown()).LastError);
    }

    private static void Harm(string mirror, string harm)
    {
        var objects = Path.Combine(mirror, "objects");
        switch (harm)
        {
            case "vanished":
                Directory.Delete(mirror, recursive: true);
                break;
            case "emptied":
                File.WriteAllText(Path.Combine(mirror, "HEAD"), "");
                break;
            case "objects lost":
                Directory.Delete(objects, recursive: true);
                Directory.CreateDirectory(objects);
                break;
            case "pack damaged":
                foreach (var file in Directory.GetFiles(objects, "*", SearchOption.AllDirectories))
                {
                    File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                    File.WriteAllText(file, "rubbish");
                }
                break;
            default:
                File.WriteAllText(Path.Combine(mirror, "packed-refs.lock"), "");
                Directory.CreateDirectory(Path.Combine(mirror, "refs", "fetched"));
                foreach (var file in Directory.GetFiles(Path.Combine(mirror, "refs", "fetched")))
                    File.WriteAllText(file + ".lock", "");
                break;
        }
    }

    [Fact]
    public async Task What_is_too_much_for_one_poll_is_cut_to_the_newest()
    {
        await using var polled = await PolledWorks.Of(["main"]);
        polled.Git.Commit();
        polled.Git.Push("HEAD:main");
        await polled.Poll();
        var script = string.Concat(Enumerable.Range(1, GitLook.MostOfABranch + 5).Select(n => $"commit refs/heads/main\ncommitter A <a@b> {1_700_000_000 + n} +0000\ndata {n.ToString().Length}\n{n}\n{(n == 1 ? "from refs/heads/main^0\n" : "")}\n"));
        var file = Path.Combine(polled.Git.Bare, "import");
        File.WriteAllText(file, script);
        polled.Git.Git("-c", $"alias.import=!git --git-dir='{polled.Git.Bare}' fast-import --quiet < '{file}'", "import");

        Assert.Equal(GitLook.MostOfABranch, (await polled.Poll()).Count);

        Assert.Equal("6", await polled.Works.Store.Scalar<string>("SELECT comments FROM changes WHERE id = (SELECT min(id) FROM changes WHERE comments ~ '^[0-9]+$')"));
        Assert.Empty(await polled.Poll());
    }

    [Fact]
    public async Task Strange_branches_are_left_alone()
    {
        await using var polled = await PolledWorks.Of(["**"]);
        var head = polled.Git.Commit();
        polled.Git.Push("HEAD:main", "HEAD:$(touch${IFS}x);&", "HEAD:ünï/çødé");
        // git itself would not push these
        File.AppendAllText(Path.Combine(polled.Git.Bare, "packed-refs"), $"# pack-refs with: peeled fully-peeled sorted \n{head} refs/heads/--upload-pack=touch\n");
        await polled.Poll();

        Assert.Equal($"main {head},ünï/çødé {head},$(touch${{IFS}}x);& {head}".Split(',').Order(StringComparer.Ordinal), (await polled.Heads())!.Split(',').Order(StringComparer.Ordinal));
    }
}

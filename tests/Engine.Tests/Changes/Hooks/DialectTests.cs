using System.Text;
using Weir.Engine.Changes.Hooks;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Changes.Hooks;

/// <summary>What becomes of the payloads of the forges.</summary>
public sealed class DialectTests
{
    private const string Json = "application/json";

    private static WeirConfiguration Model(string repository) => new()
    {
        Codebases = [new() { Name = "lib", Repository = repository }, new() { Name = "other", Repository = "https://example.org/other.git" }],
    };

    private static (IReadOnlyList<NewChange> Changes, string Remarks) Read(string dialect, string? kind, string file, string repository = "https://github.com/acme/lib.git", WebhookConfiguration? source = null)
    {
        source ??= new() { Name = "forge", Dialect = dialect };
        var (changes, remarks) = HookSelection.Decide(Model(repository), source, HookDialects.Read(dialect, kind, Json, Payloads.Of(file)));
        return (changes, string.Join("; ", remarks));
    }

    [Theory]
    [InlineData("github", "push", "github-push", "https://github.com/acme/lib.git")]
    [InlineData("gitlab", "Push Hook", "gitlab-push", "git@gitlab.example.org:acme/lib")]
    [InlineData("gitea", "push", "gitea-push", "ssh://git@gitea.example.org:2222/acme/lib.git")]
    [InlineData("bitbucket", "repo:push", "bitbucket-push", "https://zoe@bitbucket.org/acme/lib.git")]
    public void A_push_is_a_change_for_each_commit_oldest_first(string dialect, string kind, string file, string repository)
    {
        var (changes, _) = Read(dialect, kind, file, repository);

        var pushed = changes.Where(c => c.Category is null).ToArray();
        Assert.Equal([Payloads.B, Payloads.C], pushed.Select(c => c.Revision));
        Assert.All(pushed, c => Assert.Equal(("lib", "main", "acme/lib", repository.Replace("zoe@", "", StringComparison.Ordinal)), (c.Codebase, c.Branch, c.Project, c.Repository)));
        Assert.All(pushed, c => Assert.Equal($"git:lib:main:{c.Revision}", c.Key)); // as a poller would say it
        Assert.Equal("Zoë Á <zoe@example.org>", pushed[0].Author);
        Assert.StartsWith("First", pushed[0].Comments, StringComparison.Ordinal);
        Assert.Equal(2026, pushed[0].When!.Value.Year);
        Assert.Contains(Payloads.B, pushed[0].RevisionLink, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_those_added_changed_and_removed()
    {
        var (changes, _) = Read("github", "push", "github-push");

        Assert.Equal(["src/b.c", "src/a.c"], changes[0].Files);
        Assert.Equal(["src/a.c", "old.txt"], changes[1].Files);
        Assert.Equal("GitHub <noreply@github.com>", changes[1].Committer);
    }

    [Theory]
    [InlineData("github", "push", "github-tag", "https://github.com/acme/lib")]
    [InlineData("gitlab", "Tag Push Hook", "gitlab-tag", "https://gitlab.example.org/acme/lib.git")]
    [InlineData("bitbucket", "repo:push", "bitbucket-push", "git@bitbucket.org:acme/lib.git")]
    public void A_tag_is_one_change_of_its_commit_in_a_category_of_its_own(string dialect, string kind, string file, string repository)
    {
        var (changes, _) = Read(dialect, kind, file, repository);

        var tag = Assert.Single(changes, c => c.Category == "tag");
        Assert.Equal(("v1.2.0", Payloads.C, $"tag:lib:v1.2.0:{Payloads.C}"), (tag.Branch, tag.Revision, tag.Key));
    }

    [Theory]
    [InlineData("github", "pull_request", "github-pull-request", "https://github.com/acme/lib", "refs/pull/7/head", "7")]
    [InlineData("gitlab", "Merge Request Hook", "gitlab-merge-request", "https://gitlab.example.org/acme/lib.git", "refs/merge-requests/5/head", "5")]
    [InlineData("gitea", "pull_request", "gitea-pull-request", "https://gitea.example.org/acme/lib.git", "refs/pull/3/head", "3")]
    [InlineData("bitbucket", "pr:opened", "bitbucket-server-pull-request", "ssh://git@git.example.org:7999/acme/lib.git", "refs/pull-requests/11/from", "11")]
    public void A_pull_request_is_one_change_under_the_ref_that_the_forge_keeps_for_it(string dialect, string kind, string file, string repository, string branch, string number)
    {
        var (changes, remarks) = Read(dialect, kind, file, repository);

        var change = Assert.Single(changes);
        Assert.Equal("", remarks);
        Assert.Equal((branch, Payloads.B, "pull", "lib"), (change.Branch, change.Revision, change.Category, change.Codebase));
        Assert.Equal($"pull:{number}:lib:{branch}:{Payloads.B}", change.Key);
        Assert.StartsWith($"#{number} Make it faster", change.Comments, StringComparison.Ordinal);
        Assert.Equal(("faster", "main", number), (Property("source_branch"), Property("target_branch"), Property("number")));

        string? Property(string name) => change.Properties[name].GetString();
    }

    [Fact]
    public void Bitbucket_Cloud_keeps_no_ref_for_requests_from_elsewhere()
    {
        var (changes, _) = Read("bitbucket", "pullrequest:created", "bitbucket-pull-request", "https://bitbucket.org/acme/lib");
        var (none, remarks) = Read("bitbucket", "pullrequest:created", "bitbucket-pull-request-fork", "https://bitbucket.org/acme/lib");

        Assert.Equal(("faster", new string('b', 12)), (changes[0].Branch, changes[0].Revision));
        Assert.Empty(none);
        Assert.Contains("bob/lib", remarks, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bitbucket", "repo:refs_changed", "bitbucket-server-push", "https://git.example.org/scm/acme/lib.git", "ccc")]
    [InlineData("gogs", "push", "gogs-push", "https://gogs.example.org/acme/lib.git", "bbb")]
    [InlineData("github", "push", "github-force", "https://github.com/acme/lib.git", "bbb")]
    [InlineData("gitlab", "Merge Request Hook", "gitlab-merge-request-update", "https://gitlab.example.org/acme/lib.git", "ccc")]
    public void What_names_one_new_head_is_one_change(string dialect, string kind, string file, string repository, string revision)
    {
        var (changes, _) = Read(dialect, kind, file, repository);

        Assert.StartsWith(revision, Assert.Single(changes).Revision, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github", "ping", "github-ping", "ping")]
    [InlineData("github", "push", "github-delete", "the branch topic was deleted")]
    [InlineData("github", "pull_request", "github-pull-request-closed", "pull request 7 was closed")]
    [InlineData("github", "issues", "github-push", "the event issues makes no change")]
    [InlineData("github", null, "github-push", "the header that says which event it is is missing")]
    [InlineData("gitlab", "Push Hook", "gitlab-delete", "the branch topic was deleted")]
    [InlineData("gitlab", "Note Hook", "gitlab-note", "the event note makes no change")]
    [InlineData("gitlab", "Merge Request Hook", "gitlab-merge-request-words", "no new commits")]
    [InlineData("github", "push", "gitlab-note", "neither a branch nor a tag")]
    public void What_makes_no_change_is_said_in_words(string dialect, string? kind, string file, string remark)
    {
        var (changes, remarks) = Read(dialect, kind, file, "https://gitlab.example.org/acme/lib.git");

        Assert.Empty(changes);
        Assert.Contains(remark, remarks, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("branches", "takes nothing of the branch main")]
    [InlineData("events", "makes no changes of events of the kind push")]
    [InlineData("skip", "is to be skipped")]
    [InlineData("codebase", "other has not the repository")]
    public void A_source_takes_what_it_is_for(string which, string remark)
    {
        var all = new WebhookConfiguration { Name = "forge", Dialect = "github" };
        var source = which switch
        {
            "branches" => all with { Branches = ["release/*"] },
            "events" => all with { Events = ["tag"] },
            "skip" => all with { Skip = "^Sec.nd$" },
            _ => all with { Codebases = ["other"] },
        };

        var (changes, remarks) = Read("github", "push", "github-push", source: source);

        Assert.Empty(changes);
        Assert.Contains(remark, remarks, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repository_that_is_no_codebase_makes_no_change_and_a_mirror_is_meant_by_name()
    {
        var (none, remarks) = Read("github", "push", "github-push", "https://mirror.internal/acme/lib.git");
        var (changes, _) = Read("github", "push", "github-push", "https://mirror.internal/acme/lib.git", new() { Name = "forge", Dialect = "github", Codebases = ["lib"] });

        Assert.Empty(none);
        Assert.Equal("no codebase has the repository https://github.com/acme/lib.git", remarks);
        Assert.Equal(2, changes.Count);
    }

    [Fact]
    public void A_cut_list_of_commits_is_said_and_the_head_is_never_missing()
    {
        var (changes, remarks) = Read("gitlab", "Push Hook", "gitlab-push", "https://gitlab.example.org/acme/lib.git");

        Assert.Equal(Payloads.C, changes[^1].Revision);
        Assert.Contains("listed 2 commits of 4", remarks, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refs/heads/--upload-pack=x")]
    [InlineData("refs/heads/a\\nb")]
    [InlineData("refs/heads/a..b")]
    [InlineData("refs/heads/$(id) x")]
    [InlineData("refs/heads/\\u0000")]
    [InlineData("refs/heads/\\ud800")]
    public void A_ref_that_git_would_not_take_makes_no_change(string name)
    {
        var body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Payloads.Of("github-push")).Replace("\"refs/heads/main\"", $"\"{name}\"", StringComparison.Ordinal));

        var (changes, remarks) = HookSelection.Decide(Model("https://github.com/acme/lib"), new() { Name = "forge", Dialect = "github" }, HookDialects.Read("github", "push", Json, body));

        Assert.Empty(changes);
        Assert.Contains("branch", string.Join("; ", remarks), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"ref\": \"a\", \"ref\": \"b\"}", "not JSON")]
    [InlineData("{\"ref\"", "not JSON")]
    [InlineData("[]", "a JSON object was expected")]
    [InlineData("null", "a JSON object was expected")]
    public void A_body_that_cannot_be_read_is_answered_in_words(string body, string complaint)
    {
        foreach (var dialect in new[] { "github", "gitlab", "gitea", "gogs", "bitbucket" })
            Assert.Contains(complaint, Assert.Throws<FormatException>(() => HookDialects.Read(dialect, "push", Json, Encoding.UTF8.GetBytes(body))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_mutilated_payload_is_an_answer_and_no_accident()
    {
        var random = new Random(7);
        var events = new[] { "push", "pull_request", "repo:push", "repo:refs_changed", "pr:opened", "pullrequest:created" };
        foreach (var file in Directory.GetFiles(Path.Combine(Weir.Support.RepositoryRoot.Path, "tests", "Engine.Tests", "Changes", "Hooks", "Payloads"), "*.json"))
        {
            for (var round = 0; round < 60; round++)
            {
                var node = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
                for (var cuts = random.Next(1, 4); cuts > 0; cuts--)
                    Mutilate(node, random);
                var body = Encoding.UTF8.GetBytes(node.ToJsonString());
                foreach (var dialect in new[] { "github", "gitlab", "gitea", "bitbucket" })
                    HookSelection.Decide(Model("https://github.com/acme/lib"), new() { Name = "forge", Dialect = dialect }, HookDialects.Read(dialect, events[random.Next(events.Length)], Json, body));
            }
        }
    }

    private static void Mutilate(System.Text.Json.Nodes.JsonNode node, Random random)
    {
        while (node is System.Text.Json.Nodes.JsonObject { Count: > 0 } map)
        {
            var (key, child) = map.ElementAt(random.Next(map.Count));
            if (child is not System.Text.Json.Nodes.JsonObject || random.Next(4) == 0)
            {
                map[key] = random.Next(5) switch { 0 => null, 1 => 17, 2 => new System.Text.Json.Nodes.JsonArray(1, null, "x"), 3 => "\u0000", _ => new System.Text.Json.Nodes.JsonObject() };
                return;
            }
            node = child;
        }
    }
}

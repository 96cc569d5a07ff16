using Weir.Shared.Changes;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Reads what GitHub posts, and Gitea, Forgejo and Gogs, who speak nearly the same. Pure.</summary>
internal static class GitHubDialect
{
    private static readonly string[] Worth = ["opened", "reopened", "synchronize", "synchronized"];

    public static HookContent Read(string? kind, Payload body) => kind switch
    {
        "ping" => HookContent.Nothing("ping: the forge can reach this webhook"),
        "push" => Push(body),
        "pull_request" or "pull_request_sync" => PullRequest(body),
        null => HookContent.Nothing("the header that says which event it is is missing"),
        // Gitea says of a new or deleted branch or tag twice: the push says it too.
        _ => HookContent.Nothing($"the event {ChangeText.Fit(kind, 100)} makes no change"),
    };

    private static HookContent Push(Payload body)
    {
        if (HookWords.Ref(body["ref"].Text) is not { } what)
            return HookContent.Nothing($"{ChangeText.Fit(body["ref"].Text ?? "nothing", 200)} is neither a branch nor a tag");
        if (body["deleted"].Flag == true || HookWords.IsNothing(body["after"].Text))
            return HookContent.Nothing(HookWords.Deleted(what));
        var repository = body["repository"];
        var changes = Commits(body, what).Select(commit => Change(commit, body, what)).ToArray();
        return new([new()
        {
            Kind = what.Kind,
            Addresses = Addresses(repository),
            Target = what.Name,
            KeyPrefix = what.Kind == HookKind.Tag ? "tag" : null,
            Changes = changes,
            CommitsInAll = body["total_commits"].Number is { } all && all > body["commits"].Items.Count ? all : null,
        }], []);
    }

    // Of commits that are elsewhere already only the head says something new: the branch is there now.
    private static IEnumerable<Payload> Commits(Payload body, (HookKind Kind, string Name) what)
    {
        var head = body["head_commit"];
        var after = body["after"].Text;
        if (what.Kind == HookKind.Tag)
            return [head];
        var listed = body["commits"].Items.Where(c => c["id"].Text is { Length: > 0 }).ToList();
        if (listed.Count > 1 && listed[0]["id"].Text == after)
            listed.Reverse(); // Gitea lists the newest first
        var last = listed.Count > 0 && listed[^1]["id"].Text == after;
        return [.. listed.Where(c => c["distinct"].Flag != false || c["id"].Text == after), .. last ? [] : new[] { head }];
    }

    private static NewChange Change(Payload commit, Payload body, (HookKind Kind, string Name) what)
    {
        var author = commit["author"];
        return new()
        {
            Author = author.IsThere ? HookWords.Person(author["name"].Text, author["email"].Text) : HookWords.Person(body["pusher"]["name"].Text ?? body["pusher"]["login"].Text, body["pusher"]["email"].Text),
            Committer = commit["committer"].IsThere ? HookWords.Person(commit["committer"]["name"].Text, commit["committer"]["email"].Text) : null,
            Comments = commit["message"].Text ?? "",
            Files = [.. commit["added"].Texts.Concat(commit["modified"].Texts).Concat(commit["removed"].Texts).Distinct()],
            Revision = commit["id"].Text ?? body["after"].Text,
            Branch = what.Name,
            Category = what.Kind == HookKind.Tag ? "tag" : null,
            Project = body["repository"]["full_name"].Text,
            RevisionLink = commit["url"].Text,
            When = commit["timestamp"].Time,
            Properties = HookWords.Properties(("event", "push")),
        };
    }

    private static HookContent PullRequest(Payload body)
    {
        var (request, action) = (body["pull_request"], body["action"].Text);
        var number = body["number"].Text ?? request["number"].Text;
        if (number is null || !number.All(char.IsAsciiDigit))
            return HookContent.Nothing("the pull request has no number");
        if (!Worth.Contains(action))
            return HookContent.Nothing($"pull request {number} was {ChangeText.Fit(action ?? "touched", 50)}: no new commits");
        var (head, target) = (request["head"], request["base"]);
        return new([HookWords.PullRequest(new()
        {
            Event = "pull_request",
            Action = action,
            Number = number,
            Branch = $"refs/pull/{number}/head",
            Revision = head["sha"].Text,
            Addresses = Addresses(target["repo"].IsObject ? target["repo"] : body["repository"]),
            Author = body["sender"]["login"].Text ?? request["user"]["login"].Text ?? "unknown",
            Title = request["title"].Text,
            Text = request["body"].Text,
            Url = request["html_url"].Text,
            Project = body["repository"]["full_name"].Text,
            When = request["updated_at"].Time,
            SourceBranch = head["ref"].Text,
            SourceRepository = head["repo"]["full_name"].Text,
            TargetBranch = target["ref"].Text,
            TargetRepository = target["repo"]["full_name"].Text,
        })], []);
    }

    private static IReadOnlyList<string> Addresses(Payload repository) =>
        HookWords.Addresses(repository["clone_url"].Text, repository["ssh_url"].Text, repository["git_url"].Text, repository["html_url"].Text, repository["url"].Text);
}

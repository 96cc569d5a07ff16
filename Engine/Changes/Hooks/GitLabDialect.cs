using Weir.Shared.Changes;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Reads what GitLab posts: pushes, tags, merge requests. Pure.</summary>
internal static class GitLabDialect
{
    // The kind stands in the body; the header says the same in other words (Push Hook, and System Hook for all of them).
    public static HookContent Read(Payload body) => (body["object_kind"].Text ?? body["event_name"].Text) switch
    {
        "push" => Push(body, (HookKind.Push, "refs/heads/")),
        "tag_push" => Push(body, (HookKind.Tag, "refs/tags/")),
        "merge_request" => MergeRequest(body),
        null => HookContent.Nothing("it has no object_kind"),
        var other => HookContent.Nothing($"the event {ChangeText.Fit(other, 100)} makes no change"),
    };

    private static HookContent Push(Payload body, (HookKind Kind, string Prefix) kind)
    {
        if (HookWords.Ref(body["ref"].Text) is not { } what || what.Kind != kind.Kind)
            return HookContent.Nothing($"{ChangeText.Fit(body["ref"].Text ?? "nothing", 200)} does not begin with {kind.Prefix}");
        if (HookWords.IsNothing(body["after"].Text))
            return HookContent.Nothing(HookWords.Deleted(what));
        // checkout_sha is the commit also where after is an annotated tag.
        var head = body["checkout_sha"].Text ?? body["after"].Text;
        var listed = body["commits"].Items.Where(c => c["id"].Text is { Length: > 0 }).ToArray();
        var wanted = what.Kind == HookKind.Tag ? listed.Where(c => c["id"].Text == head).Take(1) : listed;
        var changes = wanted.Select(c => Change(c, body, what)).ToList();
        if (changes.Count == 0 || changes[^1].Revision != head)
            changes.Add(Change(default, body, what) with { Revision = head });
        return new([new()
        {
            Kind = what.Kind,
            Addresses = Addresses(body["project"], body["repository"]),
            Target = what.Name,
            KeyPrefix = what.Kind == HookKind.Tag ? "tag" : null,
            Changes = changes,
            CommitsInAll = what.Kind == HookKind.Push && body["total_commits_count"].Number is { } all && all > listed.Length ? all : null,
        }], []);
    }

    private static NewChange Change(Payload commit, Payload body, (HookKind Kind, string Name) what) => new()
    {
        Author = commit.IsThere ? HookWords.Person(commit["author"]["name"].Text, commit["author"]["email"].Text) : HookWords.Person(body["user_name"].Text, body["user_email"].Text),
        Comments = commit["message"].Text ?? body["message"].Text ?? "",
        Files = [.. commit["added"].Texts.Concat(commit["modified"].Texts).Concat(commit["removed"].Texts).Distinct()],
        Revision = commit["id"].Text,
        Branch = what.Name,
        Category = what.Kind == HookKind.Tag ? "tag" : null,
        Project = body["project"]["path_with_namespace"].Text,
        RevisionLink = commit["url"].Text,
        When = commit["timestamp"].Time,
        Properties = HookWords.Properties(("event", what.Kind == HookKind.Tag ? "tag_push" : "push")),
    };

    private static HookContent MergeRequest(Payload body)
    {
        var request = body["object_attributes"];
        var (number, action) = (request["iid"].Text, request["action"].Text);
        if (number is null || !number.All(char.IsAsciiDigit))
            return HookContent.Nothing("the merge request has no iid");
        // An update without oldrev changed the words, not the commits.
        if (action is not ("open" or "reopen") && !(action == "update" && request["oldrev"].Text is { Length: > 0 }))
            return HookContent.Nothing($"merge request {number}: {ChangeText.Fit(action ?? "touched", 50)}, no new commits");
        return new([HookWords.PullRequest(new()
        {
            Event = "merge_request",
            Action = action,
            Number = number,
            Branch = $"refs/merge-requests/{number}/head",
            Revision = request["last_commit"]["id"].Text,
            Addresses = Addresses(body["project"], request["target"]),
            Author = HookWords.Person(request["last_commit"]["author"]["name"].Text ?? body["user"]["name"].Text, request["last_commit"]["author"]["email"].Text),
            Title = request["title"].Text,
            Text = request["description"].Text,
            Url = request["url"].Text,
            Project = body["project"]["path_with_namespace"].Text ?? request["target"]["path_with_namespace"].Text,
            When = request["last_commit"]["timestamp"].Time,
            SourceBranch = request["source_branch"].Text,
            SourceRepository = request["source"]["path_with_namespace"].Text,
            TargetBranch = request["target_branch"].Text,
            TargetRepository = request["target"]["path_with_namespace"].Text,
        })], []);
    }

    private static IReadOnlyList<string> Addresses(Payload project, Payload other) => HookWords.Addresses(
        project["git_http_url"].Text, project["git_ssh_url"].Text, project["web_url"].Text, other["git_http_url"].Text, other["git_ssh_url"].Text, other["homepage"].Text, other["web_url"].Text);
}

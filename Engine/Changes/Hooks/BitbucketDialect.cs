using Weir.Shared.Changes;

namespace Weir.Engine.Changes.Hooks;

/// <summary>Reads what Bitbucket posts, the Cloud and the Data Center (Server), which are two languages told apart by the event's name. Pure.</summary>
internal static class BitbucketDialect
{
    public static HookContent Read(string? kind, Payload body) => kind switch
    {
        "diagnostics:ping" => HookContent.Nothing("ping: the forge can reach this webhook"),
        "repo:push" => CloudPush(body),
        "repo:refs_changed" => ServerPush(body),
        "pullrequest:created" or "pullrequest:updated" => CloudPullRequest(kind, body),
        "pr:opened" or "pr:from_ref_updated" => ServerPullRequest(kind, body),
        null => HookContent.Nothing("the header X-Event-Key, which says which event it is, is missing"),
        _ => HookContent.Nothing($"the event {ChangeText.Fit(kind, 100)} makes no change"),
    };

    private static HookContent CloudPush(Payload body)
    {
        var (news, remarks) = (new List<HookNews>(), new List<string>());
        foreach (var change in body["push"]["changes"].Items)
        {
            var (now, before) = (change["new"], change["old"]);
            var it = now.IsObject ? now : before;
            var what = (Kind: it["type"].Text is "tag" or "annotated_tag" ? HookKind.Tag : HookKind.Push, Name: it["name"].Text ?? "");
            if (!now.IsObject)
            {
                remarks.Add(HookWords.Deleted(what));
                continue;
            }
            // Newest first; cut after five.
            var commits = what.Kind == HookKind.Tag ? [] : change["commits"].Items.Where(c => c["hash"].Text is { Length: > 0 }).Reverse().ToList();
            var head = now["target"];
            if (commits.Count == 0 || commits[^1]["hash"].Text != head["hash"].Text)
                commits.Add(head);
            news.Add(new()
            {
                Kind = what.Kind,
                Addresses = CloudAddresses(body["repository"]),
                Target = what.Name,
                KeyPrefix = what.Kind == HookKind.Tag ? "tag" : null,
                Changes = [.. commits.Select(c => CloudChange(c, body, what))],
                CommitsInAll = change["truncated"].Flag == true ? commits.Count + 1 : null,
            });
        }
        return news.Count + remarks.Count > 0 ? new(news, remarks) : HookContent.Nothing("the push changed nothing");
    }

    private static NewChange CloudChange(Payload commit, Payload body, (HookKind Kind, string Name) what) => new()
    {
        Author = commit["author"]["raw"].Text ?? HookWords.Person(body["actor"]["display_name"].Text ?? body["actor"]["nickname"].Text, null),
        Comments = commit["message"].Text ?? "",
        Revision = commit["hash"].Text,
        Branch = what.Name,
        Category = what.Kind == HookKind.Tag ? "tag" : null,
        Project = body["repository"]["full_name"].Text,
        RevisionLink = commit["links"]["html"]["href"].Text,
        When = commit["date"].Time,
        Properties = HookWords.Properties(("event", "repo:push")),
    };

    private static HookContent CloudPullRequest(string kind, Payload body)
    {
        var request = body["pullrequest"];
        var (number, source, target) = (request["id"].Text, request["source"], request["destination"]);
        if (number is null || !number.All(char.IsAsciiDigit))
            return HookContent.Nothing("the pull request has no id");
        if (source["repository"]["full_name"].Text is { } from && from != target["repository"]["full_name"].Text)
            return HookContent.Nothing($"pull request {number} comes from {ChangeText.Fit(from, 200)}: Bitbucket Cloud keeps no ref of it in the repository that is built");
        return new([HookWords.PullRequest(new()
        {
            Event = kind,
            Number = number,
            Branch = source["branch"]["name"].Text ?? "",
            Revision = source["commit"]["hash"].Text,
            Addresses = CloudAddresses(body["repository"]),
            Author = request["author"]["display_name"].Text ?? body["actor"]["display_name"].Text ?? "unknown",
            Title = request["title"].Text,
            Text = request["description"].Text,
            Url = request["links"]["html"]["href"].Text,
            Project = body["repository"]["full_name"].Text,
            When = request["updated_on"].Time,
            SourceBranch = source["branch"]["name"].Text,
            SourceRepository = source["repository"]["full_name"].Text,
            TargetBranch = target["branch"]["name"].Text,
            TargetRepository = target["repository"]["full_name"].Text,
        })], []);
    }

    private static HookContent ServerPush(Payload body)
    {
        var (news, remarks) = (new List<HookNews>(), new List<string>());
        var listed = body["commits"].Items.Concat(body["toCommit"].IsObject ? [body["toCommit"]] : []).GroupBy(c => c["id"].Text ?? "").ToDictionary(g => g.Key, g => g.First());
        foreach (var change in body["changes"].Items)
        {
            if (HookWords.Ref(change["ref"]["id"].Text ?? change["refId"].Text) is not { } what)
                remarks.Add($"{ChangeText.Fit(change["ref"]["id"].Text ?? "nothing", 200)} is neither a branch nor a tag");
            else if (change["type"].Text == "DELETE" || HookWords.IsNothing(change["toHash"].Text))
                remarks.Add(HookWords.Deleted(what));
            else
                news.Add(ServerNews(change, listed.GetValueOrDefault(change["toHash"].Text!), body, what));
        }
        return news.Count + remarks.Count > 0 ? new(news, remarks) : HookContent.Nothing("the push changed nothing");
    }

    // It says little of the commits: one change, of the branch's new head.
    private static HookNews ServerNews(Payload change, Payload commit, Payload body, (HookKind Kind, string Name) what) => new()
    {
        Kind = what.Kind,
        Addresses = ServerAddresses(body["repository"]),
        Target = what.Name,
        KeyPrefix = what.Kind == HookKind.Tag ? "tag" : null,
        Changes =
        [
            new()
            {
                Author = commit.IsObject ? HookWords.Person(commit["author"]["name"].Text, commit["author"]["emailAddress"].Text) : HookWords.Person(body["actor"]["displayName"].Text ?? body["actor"]["name"].Text, body["actor"]["emailAddress"].Text),
                Comments = commit["message"].Text ?? "",
                Revision = change["toHash"].Text,
                Branch = what.Name,
                Category = what.Kind == HookKind.Tag ? "tag" : null,
                Project = ServerName(body["repository"]),
                When = commit["committerTimestamp"].Time ?? body["date"].Time,
                Properties = HookWords.Properties(("event", "repo:refs_changed")),
            },
        ],
    };

    private static HookContent ServerPullRequest(string kind, Payload body)
    {
        var request = body["pullRequest"];
        var (number, source, target) = (request["id"].Text, request["fromRef"], request["toRef"]);
        if (number is null || !number.All(char.IsAsciiDigit))
            return HookContent.Nothing("the pull request has no id");
        return new([HookWords.PullRequest(new()
        {
            Event = kind,
            Number = number,
            Branch = $"refs/pull-requests/{number}/from",
            Revision = source["latestCommit"].Text,
            Addresses = ServerAddresses(target["repository"]),
            Author = HookWords.Person(request["author"]["user"]["displayName"].Text, request["author"]["user"]["emailAddress"].Text),
            Title = request["title"].Text,
            Text = request["description"].Text,
            Url = request["links"]["self"].Items.FirstOrDefault()["href"].Text,
            Project = ServerName(target["repository"]),
            When = request["updatedDate"].Time,
            SourceBranch = source["displayId"].Text,
            SourceRepository = ServerName(source["repository"]),
            TargetBranch = target["displayId"].Text,
            TargetRepository = ServerName(target["repository"]),
        })], []);
    }

    private static string? ServerName(Payload repository) => repository["slug"].Text is { } slug && repository["project"]["key"].Text is { } key ? $"{key}/{slug}" : null;

    // Of its own addresses the Cloud names only the page; it is cloned by the same path.
    private static IReadOnlyList<string> CloudAddresses(Payload repository) => HookWords.Addresses(
        [repository["links"]["html"]["href"].Text, .. repository["links"]["clone"].Items.Select(l => l["href"].Text), repository["full_name"].Text is { } name ? $"https://bitbucket.org/{name}" : null]);

    private static IReadOnlyList<string> ServerAddresses(Payload repository)
    {
        var given = repository["links"]["clone"].Items.Select(l => l["href"].Text).ToList();
        // Older servers send no links; the page's address says the host.
        if (repository["links"]["self"].Items.FirstOrDefault()["href"].Text is { } page && ServerName(repository) is { } name && Uri.TryCreate(page, UriKind.Absolute, out var uri))
            given.Add($"{uri.Scheme}://{uri.Authority}/scm/{name.ToLowerInvariant()}.git");
        return HookWords.Addresses([.. given]) is { Count: > 0 } addresses ? addresses : HookWords.Addresses(ServerName(repository) is { } only ? $"https://nowhere.invalid/{only.ToLowerInvariant()}" : null);
    }
}

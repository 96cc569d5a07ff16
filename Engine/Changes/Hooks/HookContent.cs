using System.Text.Json;
using Weir.Shared.Changes;

namespace Weir.Engine.Changes.Hooks;

/// <summary>What a forge reports: news of repositories, and in words what of it makes no change.</summary>
internal sealed record HookContent(IReadOnlyList<HookNews> News, IReadOnlyList<string> Remarks)
{
    public static HookContent Nothing(string remark) => new([], [remark]);
}

/// <summary>The kinds of news, as the configuration names them.</summary>
internal enum HookKind
{
    Push,
    Tag,
    PullRequest,
}

/// <summary>News of one branch, tag or pull request.</summary>
internal sealed record HookNews
{
    public required HookKind Kind { get; init; }

    /// <summary>All addresses by which the forge knows the repository.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>The branch that is pushed to, the tag, or the branch that the request is to be merged into.</summary>
    public string? Target { get; init; }

    /// <summary>Without codebase and key, oldest first.</summary>
    public required IReadOnlyList<NewChange> Changes { get; init; }

    /// <summary>What makes a change the same one when it is reported again; null: its commit on its branch.</summary>
    public string? KeyPrefix { get; init; }

    /// <summary>The forge cut its list of commits: so many there are.</summary>
    public long? CommitsInAll { get; init; }
}

/// <summary>What the dialects have in common.</summary>
internal static class HookWords
{
    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";

    public static bool IsNothing(string? commit) => string.IsNullOrEmpty(commit) || commit.All(c => c == '0');

    /// <summary>A ref as kind and short name; null: neither a branch nor a tag.</summary>
    public static (HookKind Kind, string Name)? Ref(string? name) => name switch
    {
        null => null,
        _ when name.StartsWith(Heads, StringComparison.Ordinal) => (HookKind.Push, name[Heads.Length..]),
        _ when name.StartsWith(Tags, StringComparison.Ordinal) => (HookKind.Tag, name[Tags.Length..]),
        _ => null,
    };

    public static string Deleted((HookKind Kind, string Name) what) => $"the {(what.Kind == HookKind.Tag ? "tag" : "branch")} {what.Name} was deleted";

    public static string Person(string? name, string? mail) => (name, mail) switch
    {
        ({ Length: > 0 }, { Length: > 0 }) => $"{name} <{mail}>",
        _ => name is { Length: > 0 } ? name : mail is { Length: > 0 } ? mail : "unknown",
    };

    public static IReadOnlyList<string> Addresses(params string?[] given) => [.. given.OfType<string>().Where(a => a.Length > 0).Distinct()];

    public static IReadOnlyDictionary<string, JsonElement> Properties(params (string Name, string? Value)[] given) =>
        given.Where(p => p.Value is not null).ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(ChangeText.Clean(p.Value!)));

    /// <summary>A pull (or merge) request as one change.</summary>
    public static HookNews PullRequest(PullRequest request) => new()
    {
        Kind = HookKind.PullRequest,
        Addresses = request.Addresses,
        Target = request.TargetBranch,
        KeyPrefix = $"pull:{request.Number}",
        Changes =
        [
            new()
            {
                Author = request.Author,
                Branch = request.Branch,
                Revision = request.Revision,
                Category = "pull",
                Project = request.Project,
                Comments = $"#{request.Number} {request.Title}{(string.IsNullOrWhiteSpace(request.Text) ? "" : $"\n\n{request.Text}")}",
                RevisionLink = request.Url,
                When = request.When,
                Properties = Properties(
                    ("event", request.Event), ("action", request.Action), ("number", request.Number), ("pullrequesturl", request.Url), ("basename", request.TargetBranch),
                    ("source_branch", request.SourceBranch), ("source_repository", request.SourceRepository), ("target_branch", request.TargetBranch), ("target_repository", request.TargetRepository)),
            },
        ],
    };
}

/// <summary>What all forges say of a pull request.</summary>
internal sealed record PullRequest
{
    public required string Event { get; init; }
    public string? Action { get; init; }
    public required string Number { get; init; }

    /// <summary>The ref in the target's repository under which its commits can be fetched.</summary>
    public required string Branch { get; init; }
    public required string? Revision { get; init; }
    public required IReadOnlyList<string> Addresses { get; init; }
    public string Author { get; init; } = "unknown";
    public string? Title { get; init; }
    public string? Text { get; init; }
    public string? Url { get; init; }
    public string? Project { get; init; }
    public DateTimeOffset? When { get; init; }
    public string? SourceBranch { get; init; }
    public string? SourceRepository { get; init; }
    public string? TargetBranch { get; init; }
    public string? TargetRepository { get; init; }
}

namespace Weir.Engine.Changes.Hooks;

/// <summary>The languages of the forges: in which header each says what a hook is about, and who reads its body.</summary>
internal static class HookDialects
{
    public static IReadOnlyList<string> All { get; } = ["github", "gitlab", "gitea", "gogs", "bitbucket", "base"];

    /// <summary>What it is about, as the forge calls it.</summary>
    public static string? Event(string dialect, HookHeaders headers) => dialect switch
    {
        "github" => headers.One("X-GitHub-Event"),
        "gitlab" => headers.One("X-Gitlab-Event"),
        "gitea" => headers.First("X-Gitea-Event", "X-Forgejo-Event", "X-Gogs-Event", "X-GitHub-Event"),
        "gogs" => headers.First("X-Gogs-Event", "X-GitHub-Event"),
        "bitbucket" => headers.One("X-Event-Key"),
        _ => null,
    };

    /// <summary>The forge's own number for the delivery, by which an admin finds it there.</summary>
    public static string? Delivery(string dialect, HookHeaders headers) => dialect switch
    {
        "github" => headers.One("X-GitHub-Delivery"),
        "gitlab" => headers.First("X-Gitlab-Event-UUID", "X-Gitlab-Webhook-UUID", "webhook-id"),
        "gitea" or "gogs" => headers.First("X-Gitea-Delivery", "X-Forgejo-Delivery", "X-Gogs-Delivery", "X-GitHub-Delivery"),
        "bitbucket" => headers.First("X-Request-UUID", "X-Request-Id"),
        _ => null,
    };

    public static bool IsPing(string dialect, string? kind) => kind is "ping" or "diagnostics:ping";

    /// <exception cref="FormatException">The body is not what the dialect speaks; the message says what is wrong.</exception>
    public static HookContent Read(string dialect, string? kind, string contentType, byte[] body) => dialect switch
    {
        "github" or "gitea" or "gogs" => GitHubDialect.Read(kind, Payload.Read(contentType, body)),
        "gitlab" => GitLabDialect.Read(Payload.Read(contentType, body)),
        "bitbucket" => BitbucketDialect.Read(kind, Payload.Read(contentType, body)),
        _ => throw new FormatException($"no such dialect: {dialect}"),
    };
}

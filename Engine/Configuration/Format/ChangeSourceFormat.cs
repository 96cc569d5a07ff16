namespace Weir.Engine.Configuration.Format;

/// <summary>The keys of change sources, by type.</summary>
internal static class ChangeSourceFormat
{
    private static readonly TextKind Name = new("a name", TextRules.Name, Pattern: TextRules.NamePattern);
    private static readonly TextKind BranchGlob = new("a branch", t => TextRules.Branch(t, glob: true));

    public static Shape GitPoller { get; } = new("a git-poller", "Looks for new commits of a git repository.",
    [
        Key.Type("git-poller"),
        Key.Was("what it has seen of each branch goes with it"),
        new("codebase", Name, "The codebase whose repository is polled.", Required: true),
        new("branches", new ListKind(BranchGlob, AllowSingle: true), "Branches, or patterns of them (* stands for any characters but /, ** also for /, {a,b} for one of several).", "the codebase's branch"),
        new("every", new DurationKind(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)), "How often.", "10m"),
    ]);

    public static Shape Webhook { get; } = new("a webhook", "Takes in what a forge posts to /hooks/NAME, where NAME is this source's name.",
    [
        Key.Type("webhook"),
        Key.Was("what came in and is not read yet goes with it, and its former address goes on being answered"),
        new("dialect", new WordKind(["github", "gitlab", "gitea", "gogs", "bitbucket", "base"], []), "Whose language it speaks. base is one change by itself, as a form or JSON, as Buildbot's hook of this name understands it.", Required: true),
        new("secret", new TextKind("a secret's name", TextRules.SecretName), "The name of the secret that the forge signs with (its value is not written here; see the chapter on secrets). Only base may be without: then the sender signs in as a user who may send changes."),
        new("codebase", new ListKind(Name, AllowSingle: true), "Codebases whose changes it takes; other repositories' hooks are left alone. Without it the repository's address says which codebase is meant.", "any repository"),
        new("branches", new ListKind(BranchGlob, AllowSingle: true), "Branches, or patterns of them: pushes to these and pull requests into these are taken.", "any"),
        new("events", new ListKind(new WordKind(["push", "tag", "pull-request"], []), AllowSingle: true), "What it makes changes of.", "all three"),
        new("skip", new TextKind("a regular expression", TextRules.Pattern, 1000), "A push whose newest commit's message matches makes no change: '\\[(skip ci|ci skip)\\]'.", "none"),
    ]);

    public static TypedKind All { get; } = new("a change source", new Dictionary<string, Shape> { ["git-poller"] = GitPoller, ["webhook"] = Webhook }, ["release-poller", "svn-poller", "hg-poller", "mail"]);
}

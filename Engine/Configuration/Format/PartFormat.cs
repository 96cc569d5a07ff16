using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Format;

/// <summary>The keys of parts that teams keep in repositories.</summary>
internal static class PartFormat
{
    private static readonly TextKind Name = new("a name", TextRules.Name, Pattern: TextRules.NamePattern);
    private static readonly TextKind NameOrPattern = new("a name or a pattern of names", TextRules.WorkerName, Pattern: TextRules.WorkerNamePattern);
    private static readonly TextKind SecretName = new("the name of a secret", TextRules.SecretName, Pattern: TextRules.SecretPattern);

    public static Shape May { get; } = new("may", "What a part may use that others define. What it defines itself it may use.",
    [
        new("workers", new ListKind(NameOrPattern, AllowSingle: true), "Workers, or patterns of them. Without '*' its builders name their workers and take none by tags.", "none") { Refers = "workers" },
        new("locks", new ListKind(Name, AllowSingle: true), "Locks.", "none") { Refers = "locks" },
        new("sharedDirectories", new ListKind(Name, AllowSingle: true), "Shared directories. Its builders are then placed where those of others are that share them.", "none") { Refers = "sharedDirectories" },
        new("secrets", new ListKind(SecretName, AllowSingle: true), "Secrets; also those with which codebases of others are reached.", "none"),
        new("projects", new ListKind(Name, AllowSingle: true), "Projects of others, to which its builders and codebases may belong.", "none") { Refers = "projects" },
        new("builders", new ListKind(NameOrPattern, AllowSingle: true), "Builders, or patterns of them, that its schedulers and triggers may start.", "none"),
    ]);

    public static Shape Part { get; } = new("a part", "A part of the configuration that a team keeps in a git repository: its *.yaml and *.yml files are read as soon as they change.",
    [
        new("repository", new TextKind("a repository's address", TextRules.Repository), "The address to fetch from, as for a codebase.", Required: true),
        new("token", SecretName, "The secret that is the token (or password) with which the masters reach it by https. It is given to this repository's host and to no other."),
        new("tokenUser", new TextKind("a text", TextRules.Line, 250), "The user name that goes with the token.", PartConfiguration.UsualUser),
        new("branch", new TextKind("a branch", t => TextRules.Branch(t, glob: false)), "The branch.", "main"),
        new("path", new TextKind("a path", TextRules.RelativePath), "The folder whose files are read (not those of folders in it), or one file.", "the root"),
        new("every", new DurationKind(TimeSpan.FromSeconds(1), TimeSpan.FromDays(30)), "How often the repository is looked at; and at once when a change of it comes in.", "5m"),
        new("prefix", new TextKind("the beginning of names", TextRules.NamePrefix, 60), "With what all names begin that it defines.", "the part's name and a hyphen"),
        new("notify", new ListKind(new TextKind("a mail address, or author", t => t == PartConfiguration.Author ? null : TextRules.MailAddress(t), 250), Most: 50, AllowSingle: true), "Its owners: mail addresses that are told when it is broken (once for each new error) and when it is good again. `author` is whoever made the commit that is not good, by the address that the commit says.", "nobody"),
        new("may", new ShapeKind(May), "What it may use that others define.", "nothing"),
    ]);
}

using System.Text;
using Weir.Engine.Changes.Sources;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes;

/// <summary>
/// Checks a change that came from outside and completes it from the configuration: repository, project and branch of its codebase, and a key by which the same commit is
/// the same change, whether a poller, a hook or a person reports it. Pure.
/// </summary>
internal static class ChangeCheck
{
    /// <summary>The completed change, or all that is wrong with it.</summary>
    public static (NewChange Change, IReadOnlyList<FieldProblem> Problems) Check(NewChange sent, WeirConfiguration? configuration)
    {
        var problems = new List<FieldProblem>();
        if (string.IsNullOrWhiteSpace(sent.Author))
            problems.Add(new("author", "Say who made the change."));
        Short("author", sent.Author);
        Short("committer", sent.Committer);
        Short("project", sent.Project);
        Short("category", sent.Category);
        Long("repository", sent.Repository, ChangeText.MaxLink);
        Long("comments", sent.Comments, ChangeText.MaxComments);
        if (sent.Branch is { Length: > 0 } branch && GitNames.ProblemOfBranch(branch) is { } wrong)
            problems.Add(new("branch", $"The branch {wrong}."));
        if (sent.Revision is { Length: > 0 } revision && GitNames.ProblemOfRevision(revision) is { } bad)
            problems.Add(new("revision", $"The revision {bad}."));
        if (sent.RevisionLink is { Length: > 0 } link && !(Uri.TryCreate(link, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && link.Length <= ChangeText.MaxLink))
            problems.Add(new("revlink", "An http or https address was expected."));
        if (sent.Files.FirstOrDefault(f => f.Length == 0 || Encoding.UTF8.GetByteCount(f) > ChangeText.MaxPath) is { } file)
            problems.Add(new("files", file.Length == 0 ? "A file name is empty." : $"A file name is longer than {ChangeText.MaxPath} bytes."));
        if (sent.Properties.Keys.FirstOrDefault(n => n.Length is 0 or > ChangeText.MaxShort) is not null)
            problems.Add(new("properties", $"A property's name has 1 to {ChangeText.MaxShort} characters."));
        if (sent.Properties.Sum(p => (long)p.Key.Length + p.Value.GetRawText().Length) > ChangeText.MaxProperties)
            problems.Add(new("properties", $"All properties together may have {ChangeText.MaxProperties / 1024} KiB."));
        var codebase = FindCodebase(sent, configuration, problems);
        return (problems.Count == 0 ? Complete(sent, codebase) : sent, problems);

        void Short(string field, string? value) => Long(field, value, ChangeText.MaxShort);

        void Long(string field, string? value, int max)
        {
            if (value is not null && Encoding.UTF8.GetByteCount(value) > max)
                problems.Add(new(field, $"At most {max} bytes."));
        }
    }

    private static CodebaseConfiguration? FindCodebase(NewChange sent, WeirConfiguration? configuration, List<FieldProblem> problems)
    {
        var codebases = configuration?.Codebases ?? [];
        if (string.IsNullOrEmpty(sent.Codebase))
        {
            var same = codebases.Where(c => c.Repository == sent.Repository).Take(2).ToArray();
            return same.Length == 1 ? same[0] : null;
        }
        var found = codebases.FirstOrDefault(c => c.Name == sent.Codebase);
        if (found is null)
            problems.Add(new("codebase", $"no such codebase: {ChangeText.Fit(sent.Codebase, 100)}"));
        return found;
    }

    private static NewChange Complete(NewChange sent, CodebaseConfiguration? codebase)
    {
        var branch = string.IsNullOrEmpty(sent.Branch) ? codebase?.Branch : sent.Branch;
        var revision = string.IsNullOrEmpty(sent.Revision) ? null : sent.Revision;
        return sent with
        {
            Author = sent.Author.Trim(),
            Codebase = codebase?.Name,
            Repository = (codebase?.Repository ?? sent.Repository) is { } repository ? GitAddress.WithoutCredentials(repository) : null,
            Project = codebase?.Project ?? sent.Project,
            Branch = branch,
            Revision = revision,
            Key = sent.Key ?? (codebase is not null && branch is not null && GitNames.IsCommit(revision) ? GitKey(codebase.Name, branch, revision!) : null),
        };
    }

    /// <summary>One change for each codebase, branch and revision.</summary>
    public static string GitKey(string codebase, string branch, string revision) => $"git:{codebase}:{branch}:{revision.ToLowerInvariant()}";
}

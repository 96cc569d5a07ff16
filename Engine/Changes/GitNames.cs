using System.Text;

namespace Weir.Engine.Changes;

/// <summary>Which names git would take for a branch or a revision (the rules of <c>git check-ref-format</c>), and that none of them can be read as an option.</summary>
public static class GitNames
{
    private const int MaxBytes = 250;

    /// <summary>Null if it can be a branch; else what is wrong with it, in words.</summary>
    public static string? ProblemOfBranch(string name)
    {
        if (name.Length == 0)
            return "is empty";
        if (Encoding.UTF8.GetByteCount(name) > MaxBytes)
            return $"is longer than {MaxBytes} bytes";
        if (name[0] == '-')
            return "begins with '-'";
        if (name[0] == '/' || name[^1] == '/' || name.Contains("//", StringComparison.Ordinal))
            return "has an empty part between slashes";
        if (name[^1] == '.' || name.Contains("..", StringComparison.Ordinal))
            return "has a dot where git allows none";
        if (name == "@" || name.Contains("@{", StringComparison.Ordinal))
            return "has an '@' where git allows none";
        foreach (var part in name.Split('/'))
        {
            if (part[0] == '.' || part.EndsWith(".lock", StringComparison.Ordinal))
                return "has a part that begins with a dot or ends in .lock";
        }
        return name.Any(c => c < ' ' || c == 0x7f || char.IsSurrogate(c) && !Whole(name) || " ~^:?*[\\".Contains(c, StringComparison.Ordinal))
            ? "has a character that git does not allow in a branch"
            : null;
    }

    public static bool IsBranch(string name) => ProblemOfBranch(name) is null;

    /// <summary>A commit's id, or the name of a branch or tag: they obey the same rules.</summary>
    public static string? ProblemOfRevision(string revision) => ProblemOfBranch(revision);

    /// <summary>A full commit id (SHA-1 or SHA-256).</summary>
    public static bool IsCommit(string? revision) => revision is { Length: 40 or 64 } && revision.All(char.IsAsciiHexDigit);

    private static bool Whole(string name) => ChangeText.Clean(name) == name;
}

using System.Text.RegularExpressions;
using Weir.Engine.Configuration.Expressions;
using Weir.Engine.Configuration.Reading;

namespace Weir.Engine.Configuration.Format;

/// <summary>What texts of different uses must look like. Each rule answers what is wrong, or null.</summary>
internal static partial class TextRules
{
    private static readonly HashSet<string> Devices = ["con", "prn", "aux", "nul", .. Enumerable.Range(1, 9).SelectMany(i => new[] { $"com{i}", $"lpt{i}" })];

    public const string NamePattern = "^[a-z0-9]+(-[a-z0-9]+)*$";
    public const string WorkerNamePattern = @"^([a-z0-9]+(-[a-z0-9]+)*-?)?\*?(-?[a-z0-9]+(-[a-z0-9]+)*)?$";
    public const string PropertyPattern = "^[A-Za-z_][A-Za-z0-9_-]*$";
    public const string SecretPattern = "^[A-Za-z_][A-Za-z0-9_-]*$";
    public const string LogNamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$";
    public const string VariablePattern = "^[A-Za-z_][A-Za-z0-9_]*$";

    public static string? Name(string text) => text switch
    {
        _ when text.Length > 64 => "A name has at most 64 characters.",
        _ when !NameRegex().IsMatch(text) => $"A name is made of lower-case letters, digits and single hyphens between them, like \"lib-linux\"; not \"{text}\".",
        _ when Devices.Contains(text) => $"\"{text}\" is the name of a device on Windows; choose another.",
        _ => null,
    };

    /// <summary>The beginning of names: a name, perhaps with a hyphen at its end.</summary>
    /// <summary>An address alone, without a name before it.</summary>
    public static string? MailAddress(string text) =>
        text.Length <= 250 && !text.Any(c => char.IsControl(c) || c is ' ' or '<' or '>' or ',' or '"') && System.Net.Mail.MailAddress.TryCreate(text, out var address) && address.Address == text
            ? null : $"A mail address is expected, like \"team@example.org\"; not \"{text}\".";

    public static string? NamePrefix(string text) => Name(text.EndsWith('-') ? text[..^1] : text);

    public static string? WorkerName(string text) =>
        text.Count(c => c == '*') switch
        {
            0 => Name(text),
            1 when text.Length > 64 => "A name has at most 64 characters.",
            1 => WorkerNameRegex().IsMatch(text) ? null : $"A pattern of worker names is made of lower-case letters, digits, single hyphens and one *, like \"linux-*\"; not \"{text}\".",
            _ => "A pattern of worker names has one * only.",
        };

    public static string? PropertyName(string text) => text switch
    {
        _ when text.Length > 64 => "A property's name has at most 64 characters.",
        _ when !PropertyRegex().IsMatch(text) => $"A property's name starts with a letter and is made of letters, digits, _ and -; not \"{text}\".",
        _ => null,
    };

    public static string? VariableName(string text) => text switch
    {
        _ when text.Length > 128 || !VariableRegex().IsMatch(text) => $"A variable's name is made of letters, digits and _, and does not start with a digit; not \"{text}\".",
        _ when text.StartsWith("WEIR_", StringComparison.Ordinal) => "Variables that start with WEIR_ are set by Weir.",
        _ => null,
    };

    public static string? SecretName(string text) => text.Length <= 128 && SecretRegex().IsMatch(text)
        ? null : $"The name of a secret is made of letters, digits, _ and -, and does not start with a digit; not \"{text}\".";

    public static string? LogName(string text) => text switch
    {
        "stdio" or Shared.Protocol.WarningRule.Log => $"\"{text}\" is a log that Weir makes; choose another name.",
        _ when text.Length > 64 || !LogNameRegex().IsMatch(text) => $"A log's name is made of letters, digits and . _ -, at most 64 of them; not \"{text}\".",
        _ => null,
    };

    public static string? SecretPrefix(string text) => text.Length <= 128 && VariableRegex().IsMatch(text)
        ? null : $"The beginning of variables' names was expected, letters, digits and _, like WEIR_SECRET_; not \"{text}\".";

    public static string? AbsolutePath(string text) =>
        text.StartsWith('/') && !text.Split('/').Contains("..") ? null : $"An absolute path was expected, like /run/secrets, not \"{text}\".";

    public static string? Tag(string text) => text.Length <= 64 && TagRegex().IsMatch(text) ? null : $"A tag is made of letters, digits, and . _ - between them; not \"{text}\".";

    /// <summary>A thing of a pool.</summary>
    public static string? ThingName(string text) =>
        text.Length <= 64 && LogNameRegex().IsMatch(text) ? null : $"A name of a pool is made of letters, digits, dots, hyphens and underscores, and starts with a letter or a digit; not \"{text}\".";

    public static string? StepName(string text) =>
        text.Trim() != text || text.Length is 0 or > 64 || text.Any(char.IsControl) ? "A step's name is one line of 1 to 64 characters without spaces around it." : null;

    public static string? Line(string text) => text.Contains('\n', StringComparison.Ordinal) ? "One line of text was expected here." : null;

    public static string? Repository(string text) => text switch
    {
        "" => "The repository's address is empty.",
        ['-', ..] => "A repository's address does not start with a hyphen.",
        _ when text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) => "A repository's address has no spaces.",
        _ when TransportHelper().IsMatch(text) => "This kind of address makes git run a program; use a URL or a path.",
        _ => null,
    };

    /// <summary>What git allows in a branch's name; with <paramref name="glob"/> also * and ?.</summary>
    public static string? Branch(string text, bool glob)
    {
        var bad = text.Length is 0 or > 250 || text[0] is '-' or '/' or '.' || text[^1] is '/' or '.' || text.EndsWith(".lock", StringComparison.Ordinal) || text.Contains("..", StringComparison.Ordinal)
            || text.Contains("//", StringComparison.Ordinal) || text.Contains("@{", StringComparison.Ordinal) || text.Any(c => c <= ' ' || c == '\u007f' || "~^:\\".Contains(c, StringComparison.Ordinal) || ("*?[".Contains(c, StringComparison.Ordinal) && !glob));
        return !bad ? null : glob ? $"This is no name or pattern of a git branch: \"{text}\". (* stands for any characters but /, ** also for /.)" : $"This is no name of a git branch: \"{text}\".";
    }

    /// <summary>A glob of file paths, perhaps with ! before it.</summary>
    public static string? FileGlob(string text)
    {
        var glob = text.StartsWith('!') ? text[1..] : text;
        if (glob.Length is 0 or > 500)
            return "A pattern of file names was expected, like 'src/**' or '!docs/**'.";
        if (glob.Contains('\\', StringComparison.Ordinal))
            return "Paths are written with /, not with \\.";
        return glob[0] == '/' || glob.StartsWith("./", StringComparison.Ordinal) ? "File names are relative to the repository's root: leave out what stands before the first name." : null;
    }

    /// <summary>A path that stays below its base.</summary>
    public static string? RelativePath(string text) =>
        text.Length == 0 || text[0] is '/' or '\\' or '~' || DriveRegex().IsMatch(text) || text.Split('/', '\\').Contains("..")
            ? $"A path below the build's directory was expected (no leading /, no ..), not \"{text}\"." : null;

    public static string? Pattern(string text)
    {
        try
        {
            Functions.Pattern(text, 0);
            return null;
        }
        catch (ExpressionException e)
        {
            return e.Message;
        }
    }

    public static void RefuseExpressions(YamlNode node, string path, Problems problems)
    {
        if (node.Text.IndexOf("${{", StringComparison.Ordinal) is var at and >= 0)
            problems.Add(node, at, path, "No expression can stand here.");
    }

    [GeneratedRegex(NamePattern, RegexOptions.NonBacktracking)]
    private static partial Regex NameRegex();

    [GeneratedRegex(WorkerNamePattern, RegexOptions.NonBacktracking)]
    private static partial Regex WorkerNameRegex();

    [GeneratedRegex(PropertyPattern, RegexOptions.NonBacktracking)]
    private static partial Regex PropertyRegex();

    [GeneratedRegex(VariablePattern, RegexOptions.NonBacktracking)]
    private static partial Regex VariableRegex();

    [GeneratedRegex(LogNamePattern, RegexOptions.NonBacktracking)]
    private static partial Regex LogNameRegex();

    [GeneratedRegex(SecretPattern, RegexOptions.NonBacktracking)]
    private static partial Regex SecretRegex();

    [GeneratedRegex("^[A-Za-z0-9]+([._-]+[A-Za-z0-9]+)*$", RegexOptions.NonBacktracking)]
    private static partial Regex TagRegex();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*::", RegexOptions.NonBacktracking)]
    private static partial Regex TransportHelper();

    [GeneratedRegex("^[A-Za-z]:", RegexOptions.NonBacktracking)]
    private static partial Regex DriveRegex();
}

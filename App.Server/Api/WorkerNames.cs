namespace Weir.App.Server.Api;

/// <summary>What a worker may be called.</summary>
internal static class WorkerNames
{
    private const int Longest = 100;

    /// <summary>A sentence, or null if the name will do.</summary>
    public static string? Problem(string name) =>
        name.Length <= Longest && name is [not ('.' or '-'), ..] && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? null
            : $"Letters, digits, '.', '-' and '_' are expected, beginning with a letter or digit, at most {Longest} characters.";
}

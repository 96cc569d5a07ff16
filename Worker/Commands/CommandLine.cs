namespace Weir.Worker.Commands;

/// <summary>Arguments as one could type them into a shell.</summary>
internal static class CommandLine
{
    private const string Plain = "-_./:=@%+,^~";

    public static string Of(IEnumerable<string> arguments) => string.Join(' ', arguments.Select(Quote));

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))
            ? argument
            : "'" + argument.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

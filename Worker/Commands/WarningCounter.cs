using System.Text;
using System.Text.RegularExpressions;
using Weir.Shared.Logs;
using Weir.Shared.Protocol;
using Weir.Worker.Keeper;

namespace Weir.Worker.Commands;

/// <summary>Counts the lines of output that are warnings, and copies them into a log of their own. It sees the lines as they are written, so a replay counts the same.</summary>
internal sealed class WarningCounter
{
    private const int MaxPatterns = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);
    private readonly Regex _pattern;
    private readonly IReadOnlyList<Regex> _suppressed;
    private readonly LogLines _log;
    private char[] _text = new char[1024];

    private WarningCounter(Regex pattern, IReadOnlyList<Regex> suppressed, LogLines log) => (_pattern, _suppressed, _log) = (pattern, suppressed, log);

    public long Count { get; private set; }

    /// <param name="rule">What is a warning.</param>
    /// <param name="directory">Where the command runs.</param>
    /// <param name="log">The command's logs.</param>
    /// <exception cref="CannotStartException">The pattern cannot be used.</exception>
    public static WarningCounter Begin(WarningRule rule, string directory, CommandLog log)
    {
        if (Parse(rule.Pattern, out var pattern) is { } wrong)
            throw new CannotStartException($"The pattern of warnings cannot be used: {wrong}");
        return new(pattern!, rule.Suppress is { } file ? Suppressed(Path.Combine(directory, file), log) : [], log.Open(WarningRule.Log));
    }

    public void See(ReadOnlySpan<byte> line, long at)
    {
        if (_text.Length < line.Length)
            _text = new char[line.Length];
        var text = _text.AsSpan(0, Encoding.UTF8.GetChars(line, _text));
        if (!Found(_pattern, text))
            return;
        foreach (var suppressed in _suppressed)
        {
            if (Found(suppressed, text))
                return;
        }
        Count++;
        _log.Line(LogStream.Stdout, LineEnd.Newline, line, at);
    }

    // The patterns cannot backtrack, so the limit is for a machine that stands still: then the line is none.
    private static bool Found(Regex pattern, ReadOnlySpan<char> text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static List<Regex> Suppressed(string path, CommandLog log)
    {
        var all = new List<Regex>();
        try
        {
            var number = 0;
            foreach (var line in File.ReadLines(path).Take(MaxPatterns))
            {
                number++;
                if (line.Trim() is not { Length: > 0 } text || text.StartsWith('#'))
                    continue;
                if (Parse(text, out var pattern) is { } wrong)
                    log.Header($"Line {number} of {path} is left out: {wrong}");
                else
                    all.Add(pattern!);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Header($"No warnings are suppressed: {e.Message}");
        }
        return all;
    }

    private static string? Parse(string text, out Regex? pattern)
    {
        pattern = null;
        try
        {
            pattern = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Limit);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return e.Message;
        }
    }
}

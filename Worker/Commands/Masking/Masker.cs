using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Weir.Worker.Commands.Masking;

/// <summary>
/// Knows the forms in which a command's secrets could show: as they are, each line of a long one, as base64 at any place of a larger text, and escaped for URLs and JSON. Line ends
/// within them do not matter, so a key that is printed over several lines, or wrapped, is found as well.
/// </summary>
internal sealed partial class Masker
{
    /// <summary>What stands in a secret's place.</summary>
    public static ReadOnlySpan<byte> Mark => "***"u8;

    /// <summary>A shorter text stands in too many harmless places.</summary>
    private const int Shortest = 4;

    /// <summary>A line of a secret, or a piece of base64, is a secret by itself from this length on.</summary>
    private const int ShortestPart = 8;

    private readonly byte[][] _needles;

    private Masker(byte[][] needles)
    {
        _needles = needles;
        Longest = needles.Max(n => n.Length);
    }

    /// <summary>The forms without line ends, longest first.</summary>
    public IReadOnlyList<byte[]> Needles => _needles;
    public int Longest { get; }

    /// <summary>Null when there is nothing to mask.</summary>
    public static Masker? For(IEnumerable<string> secrets)
    {
        var needles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var secret in secrets)
            needles.UnionWith(Forms(secret));
        return needles.Count == 0 ? null : new([.. needles.Select(Encoding.UTF8.GetBytes).OrderByDescending(n => n.Length)]);
    }

    /// <summary>A whole text without its secrets.</summary>
    public string Mask(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        using var masked = new MemoryStream(bytes.Length);
        var stream = new MaskedStream(this, masked.Write);
        stream.Feed(bytes);
        stream.End();
        return Encoding.UTF8.GetString(masked.GetBuffer(), 0, (int)masked.Length);
    }

    private static IEnumerable<string> Forms(string secret)
    {
        var lines = secret.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> plain = lines.Length > 1 ? [secret, .. lines.Where(l => l.Length >= ShortestPart)] : [secret];
        foreach (var form in plain)
        {
            foreach (var text in new[] { form }.Concat(Urls(form)).Concat(Json(form)).Select(WithoutLineEnds).Where(t => Encoding.UTF8.GetByteCount(t) >= Shortest))
                yield return text;
            foreach (var text in Base64(Encoding.UTF8.GetBytes(form)))
                yield return text;
        }
    }

    // Everything escaped; with slashes as they are; as scripts leave marks; as forms write spaces. Each with small hexadecimal digits too.
    private static IEnumerable<string> Urls(string text)
    {
        var all = Uri.EscapeDataString(text);
        string[] forms = [all, all.Replace("%2F", "/", StringComparison.Ordinal), all.Replace("%21", "!", StringComparison.Ordinal).Replace("%27", "'", StringComparison.Ordinal).Replace("%28", "(", StringComparison.Ordinal).Replace("%29", ")", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal), all.Replace("%20", "+", StringComparison.Ordinal)];
        return forms.Concat(forms.Select(f => Percent().Replace(f, m => m.Value.ToLowerInvariant())));
    }

    // As little escaped as may be; what is not ASCII too; slashes too; both; what means something to pages too; and as this platform does it. Hexadecimal digits are small or capital.
    private static IEnumerable<string> Json(string text)
    {
        string[] forms = [Escaped(text, _ => false), Escaped(text, c => c > 127), Escaped(text, _ => false, "\\/"), Escaped(text, c => c > 127, "\\/"), Escaped(text, c => c is '<' or '>' or '&'), JsonEncodedText.Encode(text).Value];
        return forms.Concat(forms.Select(f => UnicodeEscape().Replace(f, m => m.Value.ToLowerInvariant())));
    }

    private static string Escaped(string text, Func<char, bool> which, string slash = "/") => string.Concat(text.Select(c => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '/' => slash,
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when c < ' ' || which(c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
        _ => $"{c}",
    }));

    [GeneratedRegex("%[0-9A-F]{2}")]
    private static partial Regex Percent();

    [GeneratedRegex(@"\\u[0-9A-F]{4}")]
    private static partial Regex UnicodeEscape();

    // What surely stands in the base64 of any text around the secret: three ways, by where in a group of three bytes it begins.
    private static IEnumerable<string> Base64(byte[] secret)
    {
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. secret]);
            var from = ((before * 8) + 5) / 6;
            var to = (before + secret.Length) * 8 / 6;
            if (to - from < ShortestPart)
                continue;
            yield return text[from..to];
            yield return text[from..to].Replace('+', '-').Replace('/', '_');
        }
    }

    private static string WithoutLineEnds(string text) => text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
}

using System.Text;

namespace Weir.Worker.Commands.Masking;

/// <summary>
/// Knows the forms in which a command's secrets could show: as they are, each line of a long one, as base64 at any place of a larger text, and escaped for URLs and JSON. Line ends
/// within them do not matter, so a key that is printed over several lines, or wrapped, is found as well.
/// </summary>
internal sealed class Masker
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
            string[] escaped = [form, Uri.EscapeDataString(form), System.Text.Json.JsonEncodedText.Encode(form).Value, System.Text.Json.JsonEncodedText.Encode(form, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value];
            foreach (var text in escaped.Select(WithoutLineEnds).Where(t => Encoding.UTF8.GetByteCount(t) >= Shortest))
                yield return text;
            foreach (var text in Base64(Encoding.UTF8.GetBytes(form)))
                yield return text;
        }
    }

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

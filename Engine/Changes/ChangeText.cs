using System.Text;

namespace Weir.Engine.Changes;

/// <summary>Makes foreign text fit for the store: what PostgreSQL cannot hold is replaced visibly, what is too long is cut visibly.</summary>
internal static class ChangeText
{
    public const int MaxComments = 64 * 1024;
    public const int MaxFiles = 3000;
    public const int MaxPath = 4096;
    public const int MaxShort = 256;
    public const int MaxLink = 2048;
    public const int MaxProperties = 64 * 1024;

    /// <summary>NUL becomes U+2400, half a surrogate pair U+FFFD; what is longer than so many bytes of UTF-8 ends in <c>…</c>.</summary>
    public static string Fit(string text, int maxBytes)
    {
        var clean = Clean(text);
        if (clean.Length <= maxBytes / 3 || Encoding.UTF8.GetByteCount(clean) <= maxBytes)
            return clean;
        var room = maxBytes - "…"u8.Length;
        var cut = new StringBuilder();
        foreach (var rune in clean.EnumerateRunes())
        {
            if ((room -= rune.Utf8SequenceLength) < 0)
                break;
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }

    public static string? FitOrNull(string? text, int maxBytes) => string.IsNullOrEmpty(text) ? null : Fit(text, maxBytes);

    public static string Clean(string text)
    {
        if (!text.Contains('\0', StringComparison.Ordinal) && !HasLoneSurrogate(text))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // a lone surrogate comes as U+FFFD
            clean.Append(rune.Value == 0 ? "\u2400" : rune.ToString());
        return clean.ToString();
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }
        return false;
    }
}

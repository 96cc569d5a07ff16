namespace Weir.Shared;

/// <summary>Finds the word that was probably meant.</summary>
public static class Suggestion
{
    /// <summary>A sentence to put behind a complaint, with a leading space; empty when nothing is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> known) => Nearest(word, known) is { } near ? $" Did you mean \"{near}\"?" : "";

    /// <summary>The nearest known word, if it is near enough to be meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length > 64)
            return null;
        var allowed = Math.Max(1, word.Length / 3);
        return known
            .Where(k => Math.Abs(k.Length - word.Length) <= allowed)
            .Select(k => (Word: k, Distance: Distance(word.ToUpperInvariant(), k.ToUpperInvariant())))
            .Where(k => k.Distance <= allowed)
            .OrderBy(k => k.Distance).ThenBy(k => k.Word, StringComparer.Ordinal)
            .Select(k => k.Word)
            .FirstOrDefault();
    }

    /// <summary>How many letters must be changed, added, left out or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(change, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}

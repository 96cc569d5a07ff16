using System.Text;

namespace Weir.App.Client.Configuration.Forms;

/// <summary>Keys of the configuration as people read them.</summary>
internal static class FormWords
{
    /// <summary><c>missingAfter</c> is "Missing after".</summary>
    public static string Of(string key)
    {
        var words = new StringBuilder(key.Length + 4);
        foreach (var letter in key)
        {
            if (char.IsUpper(letter))
                words.Append(' ').Append(char.ToLowerInvariant(letter));
            else
                words.Append(words.Length == 0 ? char.ToUpperInvariant(letter) : letter);
        }
        return words.ToString();
    }

    /// <summary>Without its article: "a step" is "step".</summary>
    public static string Bare(string word) => word[(word.IndexOf(' ', StringComparison.Ordinal) + 1)..];
}

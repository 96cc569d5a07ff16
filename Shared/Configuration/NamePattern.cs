namespace Weir.Shared.Configuration;

/// <summary>Names of workers that stand for several.</summary>
public static class NamePattern
{
    /// <summary>A name, or a pattern in which each <c>*</c> stands for any characters, also none.</summary>
    public static bool Holds(string pattern, string name)
    {
        var (p, n, star, resume) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, resume) = (p++, n);
            else if (p < pattern.Length && pattern[p] == name[n])
                (p, n) = (p + 1, n + 1);
            else if (star >= 0)
                (p, n) = (star + 1, ++resume); // The last star takes one character more.
            else
                return false;
        }
        return pattern.AsSpan(p).Trim('*').IsEmpty;
    }
}

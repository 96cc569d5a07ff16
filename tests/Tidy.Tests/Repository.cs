using System.Diagnostics;
using Weir.Support;

namespace Weir.Tidy.Tests;

/// <summary>The files of the checkout as git sees them: tracked, or new and not ignored.</summary>
internal static class Repository
{
    private static readonly string[] Binary = [".png", ".ico", ".woff2", ".gz", ".bin"];
    private static readonly Lazy<IReadOnlyList<string>> All = new(List);

    /// <summary>Paths from the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files => All.Value;

    public static IEnumerable<string> TextFiles => Files.Where(f => !Binary.Contains(Path.GetExtension(f)));

    public static IEnumerable<string> Sources(params string[] folders) =>
        Files.Where(f => Path.GetExtension(f) is ".cs" or ".razor" or ".sql" && (folders.Length == 0 || folders.Any(d => f.StartsWith(d + "/", StringComparison.Ordinal))));

    public static string Read(string file) => File.ReadAllText(RepositoryRoot.Below(file));

    public static IEnumerable<(int Number, string Text)> Lines(string file) => File.ReadLines(RepositoryRoot.Below(file)).Select((text, i) => (i + 1, text));

    private static List<string> List()
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        {
            WorkingDirectory = RepositoryRoot.Path,
            RedirectStandardOutput = true,
        })!;
        var files = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(f => File.Exists(RepositoryRoot.Below(f))).ToList();
        git.WaitForExit();
        return files.Count > 0 ? files : throw new InvalidOperationException("git lists no files: the tidy tests need a checkout.");
    }
}

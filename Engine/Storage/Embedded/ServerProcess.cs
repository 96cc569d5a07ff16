using System.Diagnostics;
using System.Globalization;

namespace Weir.Engine.Storage.Embedded;

/// <summary>The server's process as its pid file describes it, doubted: after a crash the number may be nobody's, or somebody else's.</summary>
internal sealed class ServerProcess(ClusterPlace place)
{
    // postmaster.pid: process id, data folder, start time, port, socket folder, listen address, shared memory, status.
    private const int LineOfPort = 3;

    public bool IsRunning => Pid is not null;

    /// <summary>Null when no server runs in the data folder.</summary>
    public int? RunningPort => Pid is not null && Lines() is { Length: > LineOfPort } lines && int.TryParse(lines[LineOfPort], CultureInfo.InvariantCulture, out var port) ? port : null;

    private int? Pid => Lines() is { Length: > 0 } lines && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid) && IsOurs(pid) ? pid : null;

    /// <summary>PostgreSQL refuses to start when the number in its pid file lives again as some other process (common in containers): the file goes when surely nobody works in the folder.</summary>
    public void RemoveStalePidFile()
    {
        if (!File.Exists(place.PidFile) || IsRunning)
            return;
        if (OperatingSystem.IsLinux() && WhoWorksInFolder().Any())
            return; // A process of the old server is left: PostgreSQL itself decides.
        File.Delete(place.PidFile);
    }

    /// <summary>
    /// Ends what a killed server left behind: a session that waits for another one that was killed with it waits for ever, and no server starts beside its shared memory. Nothing is done while a server may run here, whatever
    /// its pid file says. Answers how many there were.
    /// </summary>
    public int EndOrphans()
    {
        if (IsRunning || !OperatingSystem.IsLinux())
            return 0;
        var left = WhoWorksInFolder().Where(pid => !IsZombie(pid)).ToArray();
        // A server goes by its command line, its sessions and helpers by what they do.
        if (!left.All(IsSession))
            return 0;
        foreach (var pid in left)
            Kill(pid);
        return left.Length;
    }

    private IEnumerable<int> WhoWorksInFolder() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
        where pid > 0 && WorksInFolder(pid)
        select pid;

    private static bool IsSession(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline").StartsWith("postgres: ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // it has just ended
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // it has just ended
        }
    }

    private bool IsOurs(int pid)
    {
        if (OperatingSystem.IsLinux())
            return WorksInFolder(pid) && !IsZombie(pid);
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private bool WorksInFolder(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cwd").LinkTarget == place.Data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsZombie(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart() is ['Z' or 'X', ..];
        }
        catch (IOException)
        {
            return true;
        }
    }

    private string[] Lines()
    {
        try
        {
            return File.Exists(place.PidFile) ? File.ReadAllLines(place.PidFile) : [];
        }
        catch (IOException)
        {
            return [];
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;

namespace Weir.Bench;

/// <summary>What the kernel says of the machine and of processes.</summary>
internal static partial class Machine
{
    private const double Tick = 100;

    public static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Seconds of processor time of a process and of the children that it has waited for.</summary>
    public static double Cpu(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[11..15].Sum(f => double.Parse(f, CultureInfo.InvariantCulture)) / Tick;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The same of all processes below one, and itself.</summary>
    public static double CpuOfTree(int pid) => Cpu(pid) + Children(pid).Sum(CpuOfTree);

    public static int[] Children(int pid)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{pid}/task").SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>A value of <c>/proc/PID/status</c> in KiB; for <c>Pss</c> of <c>smaps_rollup</c>.</summary>
    public static double Memory(int pid, string key)
    {
        var line = File.ReadLines($"/proc/{pid}/{(key == "Pss" ? "smaps_rollup" : "status")}").First(l => l.StartsWith(key + ":", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

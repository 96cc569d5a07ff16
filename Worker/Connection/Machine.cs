using System.Diagnostics;
using System.Runtime.InteropServices;
using Weir.Shared.Protocol;

namespace Weir.Worker.Connection;

/// <summary>What a worker says of the machine it runs on.</summary>
internal static class Machine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Another value after every start of the machine.</summary>
    public static string Boot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public static async Task<WorkerInfo> Describe(TimeProvider time, CancellationToken cancellation) => new()
    {
        Host = Environment.MachineName,
        System = RuntimeInformation.OSDescription,
        Architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
        Cores = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Version = Program.Version,
        Runtime = RuntimeInformation.FrameworkDescription,
        Git = await GitVersion(time, cancellation),
    };

    private static async Task<string?> GitVersion(TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "--version") { RedirectStandardOutput = true })!;
            var text = await git.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, time, cancellation);
            await git.WaitForExitAsync(cancellation).WaitAsync(Patience, time, cancellation);
            return text?.Replace("git version ", "", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or TimeoutException or IOException)
        {
            return null; // a worker without git can still run programs
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Weir.Whole.Tests;

/// <summary>One of our programs as a real process, with its output kept; it can be killed, frozen and asked to end.</summary>
public sealed partial class ProgramProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    /// <param name="project">The folder of its output.</param>
    /// <param name="assembly">Its assembly.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Added to ours; null takes a name away.</param>
    /// <param name="programs">Where the programs of another version lie (an <c>artifacts/bin</c>); null: those of this one.</param>
    public ProgramProcess(string project, string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? programs = null)
    {
        var program = programs is null && Ahead is { Length: > 0 } ahead ? Path.Combine(ahead, project, assembly) : Path.Combine(programs ?? Bin, project, Configuration, assembly);
        var managed = program + ".dll";
        var start = File.Exists(managed) ? new ProcessStartInfo("dotnet", [managed, .. arguments]) : new ProcessStartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        // They live for seconds: nothing is gained by compiling anything a second time (hexadecimal milliseconds).
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "EA60";
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    // …/artifacts/bin/Whole.Tests/debug/ → …/artifacts/bin
    private static string Bin => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));

    // Those of this version once more, compiled ahead, workers to machine code perhaps (./test sees to that).
    private static string? Ahead => Environment.GetEnvironmentVariable("WEIR_TEST_PROGRAMS");

    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public int Id => process.Id;
    public bool Alive => !process.HasExited;
    public int ExitCode => process.ExitCode;
    public string Output => string.Join('\n', output);

    /// <summary>SIGKILL to this process alone.</summary>
    public async Task Kill()
    {
        if (Alive)
            _ = Signal(Id, 9);
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public void Ask()
    {
        if (Alive)
            _ = Signal(Id, 15);
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> Terminate(int seconds = 20)
    {
        Ask();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"It was asked to end {seconds} s ago and has not. What it said:\n{Output}");
        }
        return process.ExitCode;
    }

    public void Freeze() => _ = Signal(Id, 19);

    public void Thaw() => _ = Signal(Id, 18);

    public async Task WaitForExit(TimeSpan limit)
    {
        using var end = new CancellationTokenSource(limit);
        await process.WaitForExitAsync(end.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Kill();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        output.Enqueue(line);
        while (output.Count > 400)
            output.TryDequeue(out _);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}

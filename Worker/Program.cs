using System.Reflection;
using Weir.Worker.Connection;
using Weir.Worker.Journal;
using Weir.Worker.Keeper;
using Weir.Worker.Presence;

namespace Weir.Worker;

/// <summary>The program <c>weir-worker</c>: the agent; with <c>status</c>, <c>away</c>, <c>back</c>, <c>logs</c> and <c>stop</c> what its owner has to say to it; with <c>keeper</c> the process that the agent starts for itself.</summary>
internal static class Program
{

    /// <summary>This program's version.</summary>
    public static string Version { get; } = typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Exactly which build of it: version numbers stay the same while one works on it.</summary>
    public static string Build { get; } = $"{Version} ({typeof(Program).Module.ModuleVersionId:N}{typeof(Shared.Protocol.Frame).Module.ModuleVersionId:N})";

    /// <summary>How this program can be started once more: itself, or the runtime with its assembly.</summary>
    public static IReadOnlyList<string> Itself { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "weir-worker.dll")]
            : [Environment.ProcessPath!];

    public static async Task<int> Main(string[] arguments)
    {
        var commandLine = new WorkerCommandLine();
        if (!OperatingSystem.IsLinux())
        {
            await Console.Error.WriteLineAsync("weir-worker runs on Linux only, so far; Windows and macOS are not available yet.");
            return ExitCodes.Usage;
        }
        return await commandLine.Invoke(arguments, RunAgent, Stop, Owner, RunKeeper);
    }

    private static async Task<int> RunAgent(string directory, AgentOptions options, CancellationToken stopping)
    {
        var work = new WorkDirectory(directory);
        try
        {
            work.Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The work directory {work.Root} cannot be used: {e.Message}");
            return ExitCodes.Usage;
        }
        var log = new RecentLines();
        var logger = new PlainLogger(Console.Out, TimeProvider.System, log);
        using var departure = new Departure();
        return await new Agent(work, options, departure, log, new Random(), TimeProvider.System, logger).Run(stopping);
    }

    private static Task<int> Stop(string directory, OwnerVerb verb, bool wait, CancellationToken cancellation) =>
        new StopCommand(new WorkDirectory(directory), Console.Out, Console.Error, TimeProvider.System).Run(verb, wait, cancellation);

    private static OwnerCommands Owner(string directory) => new(new WorkDirectory(directory), Console.Out, Console.Error, TimeProvider.System);

    private static async Task<int> RunKeeper(string directory, KeeperOptions options)
    {
        var work = new WorkDirectory(directory);
        work.Create();
        var logger = new PlainLogger(Console.Out, TimeProvider.System);
        return await new KeeperProgram(work, options, TimeProvider.System, logger).Run();
    }

}

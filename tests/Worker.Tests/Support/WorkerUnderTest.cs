using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weir.Worker.Tests.Support;

/// <summary>A real weir-worker process on a work directory of its own, with its keeper; both are gone afterwards.</summary>
public sealed class WorkerUnderTest : IAsyncDisposable
{
    // Compiled ahead, if there is such a one (./test sees to that), to machine code perhaps.
    private static readonly string Folder = Environment.GetEnvironmentVariable("WEIR_TEST_PROGRAMS") is { Length: > 0 } programs ? Path.Combine(programs, "Worker") : AppContext.BaseDirectory;
    public static readonly string[] Program = File.Exists(Path.Combine(Folder, "weir-worker.dll")) ? ["dotnet", Path.Combine(Folder, "weir-worker.dll")] : [Path.Combine(Folder, "weir-worker")];

    /// <summary>It was compiled to machine code.</summary>
    public static bool IsMachineCode => Program.Length == 1;
    private readonly string _urls;
    private readonly string _root;
    private readonly List<string> _output = [];
    private Process? _agent;

    public WorkerUnderTest(params FakeEngine[] engines)
        : this(string.Join(',', engines.Select(e => e.Address.ToString())))
    {
    }

    public WorkerUnderTest(string urls)
    {
        _urls = urls;
        Work = _root = Directory.CreateTempSubdirectory("weir-worker-").FullName;
    }

    public string Work { get; private set; }

    /// <summary>Work this much deeper.</summary>
    public string Below
    {
        init => Work = Path.Combine(Work, value);
    }

    public string Token { get; set; } = FakeEngine.Token;
    public string[] More { get; set; } = [];

    /// <summary>The program, with what stands before its arguments.</summary>
    public string[] Itself { get; set; } = Program;

    /// <summary>The folder of the program of the runtime, as it was built.</summary>
    public static string Built { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Worker", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))));
    public Process Agent => _agent ?? throw new InvalidOperationException("Not started.");

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output) + "\n-- keeper --\n" + (File.Exists(KeeperLog) ? File.ReadAllText(KeeperLog) : "");
        }
    }

    public string KeeperLog => Path.Combine(Work, ".weir", "keeper.log");

    public WorkerUnderTest Start(string? crash = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Itself[0], [.. Itself[1..], "--url", _urls, "--name", "w1", "--work", Work, .. More])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["WEIR_WORKER_TOKEN"] = Token;
        // They live for seconds: nothing is gained by compiling anything a second time (hexadecimal milliseconds).
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "EA60";
        if (crash is not null)
            start.Environment["WEIR_CRASH"] = crash;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _agent = Process.Start(start)!;
        _agent.OutputDataReceived += (_, e) => Add(e.Data);
        _agent.ErrorDataReceived += (_, e) => Add(e.Data);
        _agent.BeginOutputReadLine();
        _agent.BeginErrorReadLine();
        return this;
    }

    /// <summary>TERM to the agent; its exit code.</summary>
    public async Task<int> Terminate()
    {
        using (var kill = Process.Start("kill", ["-TERM", Agent.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await Agent.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return Agent.ExitCode;
    }

    /// <summary>TERM to the agent, if it lives.</summary>
    public void Stop()
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", Agent.Id.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardError = true });
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int Exit, string Output)> RunProgram(string? token, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program[0], [.. Program[1..], .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["WEIR_WORKER_TOKEN"] = token;
        using var program = Process.Start(start)!;
        var error = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, output + await error);
    }

    /// <summary>kill -9 of the agent.</summary>
    public async Task KillAgent()
    {
        Agent.Kill();
        await Agent.WaitForExitAsync();
    }

    /// <summary>The process of the keeper, by the name it left.</summary>
    public int? Keeper
    {
        get
        {
            foreach (var folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                    continue;
                try
                {
                    var line = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
                    if (line.Contains("keeper") && line.Contains(Work))
                        return id;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // gone
                }
            }
            return null;
        }
    }

    public async Task KillKeeper()
    {
        if (Keeper is not { } id)
            return;
        Try(() => Process.GetProcessById(id).Kill());
        await Eventually.Holds(() => !Eventually.Lives(id), "the keeper dies");
    }

    /// <summary>Commands that still have files.</summary>
    public IReadOnlyList<string> Kept() => Directory.Exists(Path.Combine(Work, ".weir", "commands"))
        ? [.. Directory.EnumerateDirectories(Path.Combine(Work, ".weir", "commands"))]
        : [];

    public async ValueTask DisposeAsync()
    {
        if (_agent is { HasExited: false })
            await KillAgent();
        _agent?.Dispose();
        TestContext.Current.TestOutputHelper?.WriteLine(Output); // seen when the test fails
        await KillKeeper();
        foreach (var id in Marked())
            Try(() => Process.GetProcessById(id).Kill());
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                Directory.Delete(_root, recursive: true);
                return;
            }
            catch (IOException)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Processes of commands that live; of one command, if it is named.</summary>
    public IReadOnlyList<int> Marked(long? command = null)
    {
        var identity = Path.Combine(Work, ".weir", "identity.json");
        if (!File.Exists(identity))
            return [];
        var instance = JsonDocument.Parse(File.ReadAllText(identity)).RootElement.GetProperty("instance").GetGuid();
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            Try(() =>
            {
                if (File.ReadAllText($"/proc/{id}/environ").Split('\0').Any(e => command is null ? e.StartsWith($"WEIR_MARK={instance:N}.", StringComparison.Ordinal) : e == $"WEIR_MARK={instance:N}.{command}"))
                    found.Add(id);
            });
        }
        return found;
    }

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            // gone
        }
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Add(line);
    }
}

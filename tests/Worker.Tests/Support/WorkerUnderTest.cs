using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weir.Worker.Tests.Support;

/// <summary>A real weir-worker process on a work directory of its own, with its keeper; both are gone afterwards.</summary>
public sealed class WorkerUnderTest : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "weir-worker.dll");
    private readonly string _urls;
    private readonly List<string> _output = [];
    private Process? _agent;

    public WorkerUnderTest(params FakeEngine[] engines)
        : this(string.Join(',', engines.Select(e => e.Address.ToString())))
    {
    }

    public WorkerUnderTest(string urls)
    {
        _urls = urls;
        Work = Directory.CreateTempSubdirectory("weir-worker-").FullName;
    }

    public string Work { get; }
    public string Token { get; set; } = FakeEngine.Token;
    public string[] More { get; set; } = [];
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
        var start = new ProcessStartInfo("dotnet", [Program, "--url", _urls, "--name", "w1", "--work", Work, .. More])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["WEIR_WORKER_TOKEN"] = Token;
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

    public void KillKeeper()
    {
        if (Keeper is { } id)
            Process.GetProcessById(id).Kill();
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
        KillKeeper();
        foreach (var id in Marked())
            Try(() => Process.GetProcessById(id).Kill());
        for (var attempt = 0; attempt < 50; attempt++)
        {
            try
            {
                Directory.Delete(Work, recursive: true);
                return;
            }
            catch (IOException)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>Processes of commands that live.</summary>
    public IReadOnlyList<int> Marked()
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
                if (File.ReadAllText($"/proc/{id}/environ").Contains($"WEIR_MARK={instance:N}.", StringComparison.Ordinal))
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

using System.Diagnostics;
using System.Net.Sockets;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Weir.Bench;

/// <summary>A master with its workers, as real processes on a fresh database; ended on the way out.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Token = "weir-bench-token";
    private readonly Server server;
    private readonly string connectionString;
    private readonly List<(string Name, string Roles, int Port, Process Process)> masters = [];
    private readonly List<Process> workers = [];

    private Site(Server server, string connectionString, string directory)
    {
        (this.server, this.connectionString, Directory) = (server, connectionString, directory);
        Store = NpgsqlDataSource.Create(connectionString + ";Search Path=weir;Maximum Pool Size=4");
    }

    public string Directory { get; }
    public NpgsqlDataSource Store { get; }
    public Client Http { get; private set; } = null!;
    public Uri Address { get; private set; } = null!;
    public Process Master => masters[0].Process;
    public string Configuration => Path.Combine(Directory, "weir.yaml");

    /// <summary>A site with one blended master and so many workers, attached and at rest.</summary>
    public static async Task<Site> Start(Server server, string configuration, int workers = 8)
    {
        var site = await Prepare(server, configuration);
        await site.StartMaster("engine", "ui,engine");
        await site.Attach(workers);
        return site;
    }

    /// <summary>So many workers, attached and at rest.</summary>
    public async Task Attach(int count)
    {
        await Introduce(count);
        for (var i = 0; i < count; i++)
            StartWorker(FormattableString.Invariant($"w{i}"));
        await Until(async () => await One<long>("SELECT count(*) FROM worker_sessions WHERE ended_at IS NULL") == count, "workers attached");
        await Task.Delay(TimeSpan.FromSeconds(2));
    }

    /// <summary>A site of which nothing runs yet. Without a configuration its masters watch no file: what they have comes by <see cref="Client.Apply"/>.</summary>
    public static async Task<Site> Prepare(Server server, string? configuration)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("weir-bench-").FullName;
        var site = new Site(server, await server.NewDatabase(), directory);
        if (configuration is not null)
            await File.WriteAllTextAsync(site.Configuration, configuration);
        return site;
    }

    /// <summary>Starts a master; the first one is the one that <see cref="Http"/> asks. Answers the seconds until it was ready.</summary>
    public async Task<double> StartMaster(string name, string roles, int? at = null)
    {
        var port = at ?? FreePort();
        var began = Stopwatch.GetTimestamp();
        List<string> arguments = ["--port", FormattableString.Invariant($"{port}"), "--data", Path.Combine(Directory, name), "--name", name, "--roles", roles];
        if (roles.Contains("engine") && File.Exists(Configuration))
            arguments.AddRange(["--config", Configuration]);
        var process = Run("Weir", "App.Server", arguments, new() { ["ConnectionStrings__Weir"] = connectionString, ["Hooks__Open"] = "true", ["Logging__LogLevel__Default"] = "Warning" });
        masters.Add((name, roles, port, process));
        Address = new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}"));
        Http = new Client(Address);
        await Until(async () => !process.HasExited ? await Http.Answers("/readyz") : throw new InvalidOperationException("The master ended."), $"master {name} ready", 5);
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Execute("""
            INSERT INTO tokens (user_id, label, hash, created_at) SELECT id, 'bench', @hash, now() FROM users WHERE name = 'admin' ON CONFLICT DO NOTHING
            """, ("hash", SHA256.HashData(Encoding.UTF8.GetBytes(Token))));
        return took;
    }

    /// <summary>Stops the last master, as an operator would.</summary>
    public Task StopMaster() => End(masters[^1].Name, 15);

    /// <summary>Kills the master and starts it again at its address; the seconds until it was ready.</summary>
    public async Task<double> KillAndRestart()
    {
        await End("engine", 9);
        return await StartMaster("engine", "ui,engine", Address.Port);
    }

    /// <summary>Sends a signal to a master and waits for its end; answers the seconds.</summary>
    public async Task<double> End(string name, int signal)
    {
        var master = masters.Single(m => m.Name == name);
        masters.Remove(master);
        var began = Stopwatch.GetTimestamp();
        Machine.Signal(master.Process.Id, signal);
        await master.Process.WaitForExitAsync();
        master.Process.Dispose();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Ends a master as <see cref="End"/> does and starts it again where it was; whom <see cref="Http"/> asks stays the same.</summary>
    public async Task Replace(string name, int signal)
    {
        var (asked, address) = (Http, Address);
        var (_, roles, port, _) = masters.Single(m => m.Name == name);
        await End(name, signal);
        await StartMaster(name, roles, port);
        (Http, Address) = (asked, address);
    }

    /// <summary>From now on this master is asked.</summary>
    public void Ask(Client http, Uri address) => (Http, Address) = (http, address);

    /// <summary>Where a master answers.</summary>
    public Uri AddressOf(string name) => new(FormattableString.Invariant($"http://127.0.0.1:{masters.Single(m => m.Name == name).Port}"));

    /// <summary>Makes workers w0, w1, … known, each with its name as its token.</summary>
    public async Task Introduce(int count)
    {
        var names = Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"w{i}")).ToArray();
        await Execute("""
            INSERT INTO workers (name, token_hash, configured) SELECT name, hash, true FROM unnest(@names, @hashes) AS w (name, hash)
            ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash
            """, ("names", names), ("hashes", names.Select(n => SHA256.HashData(Encoding.UTF8.GetBytes(n))).ToArray()));
    }

    public Process StartWorker(string name)
    {
        var process = Run("Worker", "weir-worker", ["--url", Address.ToString(), "--name", name, "--work", Path.Combine(Directory, "work-" + name)], new() { ["WEIR_WORKER_TOKEN"] = name });
        workers.Add(process);
        return process;
    }

    public IReadOnlyList<Process> Workers => workers;

    /// <summary>Processor seconds so far: the masters, the workers with their keepers, PostgreSQL.</summary>
    public (double Master, double Workers, double Postgres) Cpu() => (masters.Sum(m => Machine.CpuOfTree(m.Process.Id)), WorkerProcesses().Sum(Machine.Cpu), server.Cpu());

    /// <summary>Agents and keepers (which live outside the agents' trees).</summary>
    public IReadOnlyList<int> WorkerProcesses() => [.. Owned().Where(p => masters.All(m => m.Process.Id != p))];

    public async Task<long> Finished() => await One<long>("SELECT count(*) FROM builds WHERE completed_at IS NOT NULL");

    public Task Idle(int seconds = 300, int everyMs = 20) => Until(async () => await One<long>("SELECT count(*) FROM requests WHERE completed_at IS NULL") == 0, "no open requests", everyMs, seconds);

    public async Task<T> One<T>(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (T)Convert.ChangeType((await command.ExecuteScalarAsync())!, typeof(T), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async Task Execute(string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Transactions of this database so far, committed and rolled back, ours included.</summary>
    public async Task<(long Committed, long RolledBack)> Traffic()
    {
        await using var command = Command("SELECT xact_commit, xact_rollback FROM pg_stat_database WHERE datname = current_database()", []);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    public static async Task Until(Func<Task<bool>> question, string what, int everyMs = 20, int seconds = 120)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await question())
        {
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > seconds)
                throw new TimeoutException($"{what}: not within {seconds} s");
            await Task.Delay(everyMs);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in workers.Concat(masters.Select(m => m.Process)).Where(p => !p.HasExited))
            Machine.Signal(process.Id, 15);
        foreach (var process in workers.Concat(masters.Select(m => m.Process)))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
            }
            process.Dispose();
        }
        foreach (var keeper in Owned())
            Machine.Signal(keeper, 9);
        await Store.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private NpgsqlCommand Command(string sql, (string Name, object Value)[] parameters)
    {
        var command = Store.CreateCommand(sql);
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    // The processes that name our directory: masters, agents, and keepers, which are nobody's children.
    private IEnumerable<int> Owned()
    {
        foreach (var entry in System.IO.Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), out var pid) || pid == Environment.ProcessId)
                continue;
            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(entry, "cmdline"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (line.Contains(Directory, StringComparison.Ordinal))
                yield return pid;
        }
    }

    private static Process Run(string project, string assembly, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var program = Places.Program(project, assembly);
        var managed = program + ".dll";
        var start = File.Exists(managed) ? new ProcessStartInfo("dotnet", [managed, .. arguments]) : new ProcessStartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, e) =>
        {
            if (e.Data is { Length: > 0 } line && Environment.GetEnvironmentVariable("WEIR_BENCH_VERBOSE") is not null)
                Console.Error.WriteLine(line);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

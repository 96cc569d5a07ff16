using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Weir.Engine.Storage.Embedded;

/// <summary>
/// A PostgreSQL server of our own: made at the first start, taken over when an earlier run was killed, shared by all masters on the same folder, stopped by the last of them.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private const string Superuser = "weir";
    private const int SocketPort = 5432; // The socket's folder is the server's own, so its number disturbs nobody.
    private const int LongestSocketPath = 100;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly EmbeddedPostgresOptions options;
    private readonly ClusterPlace place;
    private readonly ServerAccount account;
    private readonly string programs;
    private readonly ServerProcess server;
    private readonly string wanted;
    private FileLock? use;
    private int port;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, string wanted, ClusterPlace place, ServerAccount account, string programs)
    {
        this.options = options;
        this.wanted = wanted;
        this.place = place;
        this.account = account;
        this.programs = programs;
        server = new(place);
    }

    /// <summary>How to reach the server; it does not change while this object lives.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The server was running already: another master's, or left over from one that was killed.</summary>
    public bool Adopted { get; private set; }

    /// <summary>The cluster was made by this start.</summary>
    public bool Created { get; private set; }

    /// <summary>Where the cluster lies.</summary>
    public string Folder => place.Root;

    private bool UseSocket => !OperatingSystem.IsWindows() && Path.Combine(place.Sockets, ".s.PGSQL.5432").Length < LongestSocketPath;

    private string StartLock => Path.Combine(wanted, "lock");

    /// <exception cref="EmbeddedPostgresException">It cannot be brought up; the message says why.</exception>
    public static async Task<EmbeddedPostgres> Start(EmbeddedPostgresOptions options, CancellationToken cancellation)
    {
        var wanted = Path.GetFullPath(options.Directory);
        try
        {
            Directory.CreateDirectory(wanted);
            wanted = await WithoutLinks(wanted, cancellation);
            using var alone = await FileLock.Exclusive(Path.Combine(wanted, "lock"), options.StartTimeout, options.Time, cancellation);
            var (place, account) = await ClusterPlace.Find(wanted, options.Logger, cancellation);
            var programs = await PostgresPrograms.ReachableFor(account, PostgresPrograms.Find(options.NpmRoots), place.Root, cancellation);
            var postgres = new EmbeddedPostgres(options, wanted, place, account, programs);
            await postgres.BringUp(cancellation);
            postgres.use = FileLock.Shared(place.Users);
            return postgres;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedPostgresException($"The database in {wanted} belongs to another user ({e.Message}); start as that user, or name another data folder.", e);
        }
    }

    /// <summary>Starts the server again whenever it has died, until cancelled.</summary>
    public async Task KeepRunning(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(CheckInterval, options.Time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            if (server.IsRunning)
                continue;
            using var alone = await FileLock.Exclusive(StartLock, options.StartTimeout, options.Time, cancellation);
            if (server.IsRunning)
                continue;
            LogDied(options.Logger, place.Root);
            try
            {
                await BringUp(cancellation);
            }
            catch (EmbeddedPostgresException e)
            {
                LogNotUp(options.Logger, e.Message);
            }
        }
    }

    /// <summary>Stops the server, unless another master still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopTimeout, options.Time);
        try
        {
            using var alone = await FileLock.Exclusive(StartLock, StopTimeout, options.Time, limit.Token);
            use?.Dispose();
            use = null;
            using var last = FileLock.TryExclusive(place.Users);
            if (last is not null)
                await Control(["stop", "-D", place.Data, "-m", "fast", "-w", "-t", "60"], limit.Token);
        }
        catch (Exception e) when (e is EmbeddedPostgresException or OperationCanceledException)
        {
            LogNotStopped(options.Logger, place.Root, e.Message);
        }
    }

    private async Task BringUp(CancellationToken cancellation)
    {
        if (!File.Exists(Path.Combine(place.Data, "PG_VERSION")))
            await Initialize(cancellation);
        var password = await File.ReadAllTextAsync(place.Password, cancellation);
        if (server.RunningPort is { } running)
        {
            Describe(running, password);
            if (await Answers(cancellation))
            {
                Adopted = true;
                return;
            }
            await Control(["stop", "-D", place.Data, "-m", "immediate", "-w", "-t", "20"], cancellation);
        }
        var said = "";
        for (var attempt = 0; attempt < 4; attempt++)
        {
            server.RemoveStalePidFile();
            Describe(UseSocket ? SocketPort : attempt == 0 && port > 0 ? port : FreePort(), password);
            (var code, said) = await Control(["start", "-D", place.Data, "-l", place.Log, "-w", "-t", Seconds(options.StartTimeout), "-o", Arguments()], cancellation);
            if (code == 0 && await Answers(cancellation))
                return;
            // Processes of a killed server hold its shared memory for a moment; or for ever, if they wait for one another.
            if (attempt > 0 && server.EndOrphans() is > 0 and var count)
                LogOrphans(options.Logger, place.Root, count);
            await Task.Delay(TimeSpan.FromMilliseconds(300 * (attempt + 1)), options.Time, cancellation);
        }
        throw new EmbeddedPostgresException($"PostgreSQL in {place.Root} did not start: {said.Trim()}\n{LogTail()}");
    }

    private async Task Initialize(CancellationToken cancellation)
    {
        Created = true;
        foreach (var left in new[] { place.Data, place.Data + ".new" }.Where(Directory.Exists)) // of an initdb that was interrupted
            Directory.Delete(left, recursive: true);
        await WritePassword(cancellation);
        ClusterPlace.MakeFolder(place.Sockets, ClusterPlace.OwnerOnly);
        await account.Own(place.Sockets, cancellation);
        string[] always = ["-D", place.Data + ".new", "-U", Superuser, "-A", "scram-sha-256", "--pwfile", place.Password, "-E", "UTF8", "--no-locale", "--data-checksums"];
        var (code, said) = await Tool.Run(PostgresPrograms.Program(programs, "initdb"), options.Durable ? always : [.. always, "--no-sync"], account.Name, place.Root, cancellation);
        if (code != 0)
            throw new EmbeddedPostgresException($"initdb in {place.Root} ended with {code}: {said.Trim()}");
        Directory.Move(place.Data + ".new", place.Data);
    }

    private async Task WritePassword(CancellationToken cancellation)
    {
        var file = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(place.Password, file))
            await writer.WriteAsync(RandomNumberGenerator.GetHexString(48, lowercase: true).AsMemory(), cancellation);
        await account.Own(place.Password, cancellation);
    }

    private string Arguments()
    {
        var settings = new Dictionary<string, string>
        {
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["listen_addresses"] = UseSocket ? "" : "127.0.0.1",
            ["unix_socket_directories"] = UseSocket ? place.Sockets : "",
            ["max_connections"] = "200",
        };
        // What is committed is still handed to the system at once: tests that crash the server count on every row they were told of.
        if (!options.Durable)
            settings["fsync"] = settings["full_page_writes"] = "off";
        foreach (var (name, value) in options.Settings)
            settings[name] = value;
        return string.Join(' ', settings.Select(s => $"-c {s.Key}=\"{s.Value}\""));
    }

    private void Describe(int at, string password)
    {
        port = at;
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = UseSocket ? place.Sockets : "127.0.0.1",
            Port = at,
            Username = Superuser,
            Password = password,
            Database = "postgres",
            Timeout = 15,
        }.ConnectionString;
    }

    private async Task<bool> Answers(CancellationToken cancellation)
    {
        var start = options.Time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                await connection.OpenAsync(cancellation);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow && options.Time.GetElapsedTime(start) < options.StartTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), options.Time, cancellation);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        }
    }

    private Task<(int ExitCode, string Output)> Control(IEnumerable<string> arguments, CancellationToken cancellation) =>
        Tool.Run(PostgresPrograms.Program(programs, "pg_ctl"), arguments, account.Name, place.Root, cancellation);

    // The server's processes are recognised by the folder in which they work, which the system names without links.
    private static async Task<string> WithoutLinks(string folder, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return folder;
        var (code, said) = await Tool.Run("readlink", ["-f", folder], null, "/", cancellation);
        return code == 0 ? said.TrimEnd('\n') : folder;
    }

    private string LogTail() => File.Exists(place.Log) ? string.Join('\n', File.ReadLines(place.Log).TakeLast(15)) : "";

    private static string Seconds(TimeSpan span) => ((int)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database in {Place} is not running any more; starting it again.")]
    private static partial void LogDied(ILogger logger, string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} process(es) of a server that was killed were left in {Place} and kept another one from starting; they were ended.")]
    private static partial void LogOrphans(ILogger logger, string place, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database could not be started again: {Message}")]
    private static partial void LogNotUp(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database in {Place} was not stopped: {Message}")]
    private static partial void LogNotStopped(ILogger logger, string place, string message);
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Weir.Engine.Storage;
using Weir.Support;

namespace Weir.Engine.Tests.Storage;

/// <summary>Poolers between a master and the store: one that deals out sessions by transaction is refused with words, one that keeps them works.</summary>
public sealed class PoolerTests
{
    private static readonly SessionFacts Sound = new() { LockTimeout = "5000", StatementTimeout = "30000", IdleTimeout = "4000", SearchPath = "weir", Kept = true };

    [Fact]
    public void Facts_are_judged_one_by_one()
    {
        Assert.Null(StoreSessions.Objection(Sound, "weir"));
        Assert.Contains("another gets", StoreSessions.Objection(Sound with { Shared = true }, "weir")!);
        Assert.Contains("it loses", StoreSessions.Objection(Sound with { Kept = false }, "weir")!);
        Assert.Contains("(lock_timeout is 0, search_path is \"$user\", public)", StoreSessions.Objection(Sound with { LockTimeout = "0", SearchPath = "\"$user\", public" }, "weir")!);
        Assert.Contains("PostgreSQL itself", StoreSessions.Objection(Sound with { IdleTimeout = "0" }, "weir")!);
    }

    [Fact]
    public async Task The_store_itself_is_not_objected_to()
    {
        await using var store = await TestStore.Create();
        Assert.Null(await new StoreSessions(store.Database).Objection(CancellationToken.None));
        // And nothing of the question stays.
        Assert.Equal("", await store.Scalar<string>("SELECT coalesce(current_setting('weir.probe', true), '')"));
    }

    [Theory]
    [Trait("Category", "Slow")] // It needs a program that no other test needs.
    [InlineData("transaction", false, false, "refuses what Weir sets on its connections (unsupported startup parameter")]
    [InlineData("session", false, false, "refuses what Weir sets on its connections (unsupported startup parameter")]
    [InlineData("transaction", true, false, "deals out sessions by transaction")]
    [InlineData("session", true, false, "does not arrive at the store (lock_timeout is")]
    [InlineData("transaction", true, true, "deals out sessions by transaction")]
    [InlineData("session", true, true, null)]
    public async Task PgBouncer_is_seen_for_what_it_is(string mode, bool dropsOptions, bool settingsByRole, string? expected)
    {
        Assert.SkipUnless(File.Exists(PgBouncer.Program), "pgbouncer is not installed (Debian: apt-get install pgbouncer); the judgement alone is tested elsewhere.");
        await using var store = await TestStore.Create();
        var role = store.Options.Schema + "_pooled";
        await store.Execute($"CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'test'");
        if (settingsByRole)
            await store.Execute($"ALTER ROLE {role} SET lock_timeout = 5000; ALTER ROLE {role} SET statement_timeout = 30000; ALTER ROLE {role} SET idle_in_transaction_session_timeout = 4000; ALTER ROLE {role} SET search_path = {store.Options.Schema}");
        // The private server listens on a socket in a folder that is not everybody's.
        var (wire, connection) = ChaosProxy.BeforeStore(store.Options.ConnectionString);
        await using (wire)
        await using (var pooler = await PgBouncer.Start(connection, role, mode, dropsOptions))
        {
            await using var database = new Database(store.Options with { ConnectionString = pooler.ConnectionString }, store.Clock, NullLogger<Database>.Instance);
            var said = await Said(database);
            if (expected is null)
                Assert.Null(said);
            else
                Assert.Contains(expected, said ?? "nothing", StringComparison.Ordinal);
        }
        await store.Execute($"DROP ROLE {role}");
    }

    private static async Task<string?> Said(Database database)
    {
        try
        {
            await using (await database.Open(CancellationToken.None))
            {
            }
            return await new StoreSessions(database).Objection(CancellationToken.None);
        }
        catch (PostgresException e) when (StoreSessions.Objection(e) is { } objection)
        {
            return objection;
        }
    }

    /// <summary>A pooler of its own before the test's server, on a free port.</summary>
    private sealed class PgBouncer : IAsyncDisposable
    {
        public const string Program = "/usr/sbin/pgbouncer";
        private readonly Process process;
        private readonly string folder;

        private PgBouncer(Process process, string folder, string connectionString) => (this.process, this.folder, ConnectionString) = (process, folder, connectionString);

        public string ConnectionString { get; }

        public static async Task<PgBouncer> Start(string server, string user, string mode, bool dropsOptions)
        {
            var to = new NpgsqlConnectionStringBuilder(server);
            var folder = Directory.CreateTempSubdirectory("weir-pooler-").FullName;
            var port = FreePort();
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
            var ini = Path.Combine(folder, "pgbouncer.ini");
            // It does not run as root; whom it becomes instead must be able to read its file.
            await File.WriteAllTextAsync(ini, FormattableString.Invariant($"""
                [databases]
                pooled = host={to.Host} port={to.Port} dbname={to.Database} user={user} password=test
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = any
                pool_mode = {mode}
                logfile =
                {(Environment.UserName == "root" ? "user = nobody" : "")}
                {(dropsOptions ? "ignore_startup_parameters = extra_float_digits, options" : "")}
                """));
            var process = Process.Start(new ProcessStartInfo(Program, ini) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            for (var tries = 0; ; tries++)
            {
                try
                {
                    using var socket = new TcpClient();
                    await socket.ConnectAsync(IPAddress.Loopback, port);
                    break;
                }
                catch (SocketException) when (tries < 100 && !process.HasExited)
                {
                    await Task.Delay(50);
                }
            }
            return new(process, folder, FormattableString.Invariant($"Host=127.0.0.1;Port={port};Username=whoever;Database=pooled"));
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}

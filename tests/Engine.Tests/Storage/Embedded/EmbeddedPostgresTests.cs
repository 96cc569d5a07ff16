using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Weir.Engine.Storage.Embedded;
using Weir.Support;

namespace Weir.Engine.Tests.Storage.Embedded;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("weir-embedded-");

    private EmbeddedPostgresOptions Options => new() { Directory = Path.Combine(folder.FullName, "postgres"), Durable = false, NpmRoots = [RepositoryRoot.Below("artifacts/embedded-postgres")] };

    public EmbeddedPostgresTests() => Open(folder.FullName);

    [Fact]
    public async Task A_new_server_keeps_its_rows_over_a_stop_and_a_start()
    {
        await using (var first = await EmbeddedPostgres.Start(Options, CancellationToken.None))
        {
            Assert.True(first.Created);
            await Execute(first, "CREATE TABLE t (x int); INSERT INTO t VALUES (7)");
        }
        Assert.False(File.Exists(Path.Combine(folder.FullName, "postgres/cluster/data/postmaster.pid")));

        await using var second = await EmbeddedPostgres.Start(Options, CancellationToken.None);

        Assert.False(second.Created);
        Assert.False(second.Adopted);
        Assert.Equal(7, await Execute(second, "SELECT x FROM t"));
    }

    [Fact]
    public async Task A_second_master_shares_the_server_and_only_the_last_one_stops_it()
    {
        var first = await EmbeddedPostgres.Start(Options, CancellationToken.None);
        await using var second = await EmbeddedPostgres.Start(Options, CancellationToken.None);
        Assert.True(second.Adopted);

        await first.DisposeAsync();
        Assert.Equal(1, await Execute(second, "SELECT 1"));

        await second.DisposeAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => Execute(second, "SELECT 1"));
    }

    [Fact]
    public async Task Masters_that_start_at_once_on_an_empty_folder_make_one_cluster()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => EmbeddedPostgres.Start(Options, CancellationToken.None)));

        Assert.Single(all, p => p.Created);
        Assert.Single(all.Select(p => p.ConnectionString).Distinct());
        foreach (var postgres in all)
            await postgres.DisposeAsync();
    }

    [Fact]
    public async Task A_killed_server_is_started_again_and_the_pid_file_of_a_stranger_is_no_obstacle()
    {
        await using var postgres = await EmbeddedPostgres.Start(Options, CancellationToken.None);
        var pidFile = Path.Combine(postgres.Folder, "data", "postmaster.pid");
        await Execute(postgres, "CREATE TABLE t (x int); INSERT INTO t VALUES (7)");
        await Execute(postgres, "CHECKPOINT");
        using var stop = new CancellationTokenSource();
        var keeping = postgres.KeepRunning(stop.Token);

        using (var server = Process.GetProcessById(int.Parse(File.ReadLines(pidFile).First(), CultureInfo.InvariantCulture)))
        {
            var lines = await File.ReadAllLinesAsync(pidFile);
            lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            server.Kill();
            await server.WaitForExitAsync();
            await File.WriteAllLinesAsync(pidFile, lines);
        }

        Assert.Equal(7, await Eventually(() => Execute(postgres, "SELECT x FROM t")));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task What_a_killed_server_left_behind_and_never_ends_by_itself_is_ended()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Processes are looked for in /proc.");
        await using var postgres = await EmbeddedPostgres.Start(Options, CancellationToken.None);
        await Execute(postgres, "CREATE TABLE t (x int); INSERT INTO t VALUES (7)");
        await Execute(postgres, "CHECKPOINT");
        // One that does not notice the death of its server, as a session that waits for what a killed one had locked in memory.
        var frozen = await Execute(postgres, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
        using (var stop = Process.Start("kill", ["-STOP", frozen!.ToString()!]))
            await stop.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var enough = new CancellationTokenSource();
        var keeping = postgres.KeepRunning(enough.Token);

        using (var server = Process.GetProcessById(int.Parse(File.ReadLines(Path.Combine(postgres.Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture)))
        {
            server.Kill();
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(7, await Eventually(() => Execute(postgres, "SELECT x FROM t")));
        // Dead, whether or not somebody has taken note of it.
        Assert.False(File.Exists($"/proc/{frozen}/stat") && !File.ReadAllText($"/proc/{frozen}/stat").Contains(") Z ", StringComparison.Ordinal));
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
    }

    [Fact]
    public async Task As_root_a_folder_that_the_lent_account_cannot_enter_gets_its_cluster_elsewhere_and_remembers_it()
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
            Assert.Skip("Only root lends another account.");
        var closed = Directory.CreateDirectory(Path.Combine(folder.FullName, "closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = Options with { Directory = Path.Combine(closed.FullName, "postgres") };
        string place;
        await using (var first = await EmbeddedPostgres.Start(options, CancellationToken.None))
        {
            place = first.Folder;
            Assert.False(place.StartsWith(closed.FullName, StringComparison.Ordinal));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(place));
        }

        await using (var second = await EmbeddedPostgres.Start(options, CancellationToken.None))
        {
            Assert.Equal(place, second.Folder);
            Assert.False(second.Created);
        }
        Directory.Delete(place, recursive: true);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static void Open(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
    }

    private static async Task<object?> Execute(EmbeddedPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<T> Eventually<T>(Func<Task<T>> attempt)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (NpgsqlException) when (clock.Elapsed < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(100);
            }
        }
    }
}

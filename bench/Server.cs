using System.Globalization;
using Npgsql;
using Weir.Engine.Storage.Embedded;

namespace Weir.Bench;

/// <summary>The PostgreSQL of a bench run: private, durable, with PostgreSQL's own defaults (<c>fsync</c> and <c>synchronous_commit</c> on). Each site gets a database of its own.</summary>
internal sealed class Server(EmbeddedPostgres postgres) : IAsyncDisposable
{
    private int made;

    public static async Task<Server> Start(string directory) =>
        new(await EmbeddedPostgres.Start(new() { Directory = directory, NpmRoots = [Path.Combine(Places.Root, "artifacts/embedded-postgres")], Settings = new Dictionary<string, string> { ["max_connections"] = "300" } }, CancellationToken.None));

    public async Task<string> NewDatabase()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bench_{Environment.ProcessId}_{++made}");
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Processor time of the server and all that it started, those that have ended included.</summary>
    public double Cpu() => Machine.Cpu(Pid) + Machine.Children(Pid).Sum(Machine.Cpu);

    private int Pid => int.Parse(File.ReadLines(Path.Combine(postgres.Folder, "data/postmaster.pid")).First(), CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => postgres.DisposeAsync();
}

/// <summary>Where the checkout and its programs lie.</summary>
internal static class Places
{
    public static string Root { get; } = Find();

    /// <summary>A program as bench/run has published it.</summary>
    public static string Program(string project, string assembly) => Path.Combine(Root, "artifacts/bench/programs", project, assembly);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Weir.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException("No checkout above " + AppContext.BaseDirectory);
    }
}

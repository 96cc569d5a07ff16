using System.Data;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>
/// The pool of connections: a few that are taken whenever one of them is free, and more for when none is. A pool hands out the connection that has rested longest, so all that were ever needed at once would go round for
/// ever, and each session of the store would know its plans and its tables from long ago; the few have just worked.
/// </summary>
internal sealed class StoreConnections : IAsyncDisposable
{
    /// <summary>What an engine uses at once, but for bursts.</summary>
    private const int Few = 4;

    private readonly NpgsqlDataSource few;
    private readonly NpgsqlDataSource more;
    private readonly StateChangeEventHandler given;
    private int free;

    /// <param name="settings">Of both; its <see cref="NpgsqlConnectionStringBuilder.MaxPoolSize"/> (at least 2) is what there may be together.</param>
    public StoreConnections(NpgsqlConnectionStringBuilder settings)
    {
        free = Math.Min(Few, settings.MaxPoolSize / 2);
        few = Source(free);
        more = Source(settings.MaxPoolSize - free);
        given = (_, change) =>
        {
            // Closed or broken: either is told once.
            if (change.OriginalState == ConnectionState.Open)
                Interlocked.Increment(ref free);
        };

        NpgsqlDataSource Source(int size)
        {
            var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { MaxPoolSize = size }.ConnectionString);
            // PostgreSQL's own types are known without asking, and the store has no others.
            builder.ConfigureTypeLoading(t => t.EnableTypeLoading(false));
            return builder.Build();
        }
    }

    /// <summary>One of the few if one is free, else one of the others; if all of them are busy too, waits for one of these.</summary>
    /// <exception cref="NpgsqlException">The store cannot be reached, or all connections stay busy for too long.</exception>
    public ValueTask<NpgsqlConnection> Open(CancellationToken cancellation)
    {
        if (Interlocked.Decrement(ref free) >= 0)
            return OpenOfFew(cancellation);
        Interlocked.Increment(ref free);
        return more.OpenConnectionAsync(cancellation);
    }

    private async ValueTask<NpgsqlConnection> OpenOfFew(CancellationToken cancellation)
    {
        var connection = few.CreateConnection();
        connection.StateChange += given;
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            connection.StateChange -= given;
            await connection.DisposeAsync();
            Interlocked.Increment(ref free);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await few.DisposeAsync();
        await more.DisposeAsync();
    }
}

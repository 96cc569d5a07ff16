using Weir.Engine.Storage.Embedded;

namespace Weir.App.Server.Hosting;

/// <summary>The store of this master: the server that its settings name, else a private one that lives in its data folder.</summary>
internal sealed class OwnStore : IAsyncDisposable
{
    private readonly EmbeddedPostgres? postgres;

    private OwnStore(string connectionString, EmbeddedPostgres? postgres) => (ConnectionString, this.postgres) = (connectionString, postgres);

    public string ConnectionString { get; }

    public static async Task<OwnStore> Open(HostSettings settings, ILogger logger, CancellationToken cancellation)
    {
        if (settings.ConnectionString is { } given)
            return new(given, null);
        try
        {
            var postgres = await EmbeddedPostgres.Start(new()
            {
                Directory = Path.Combine(settings.Data, "postgres"),
                // Where `run` puts the npm package when the machine has no PostgreSQL: artifacts/ of the checkout that this program was built in.
                NpmRoots = [Path.Combine(AppContext.BaseDirectory, "../../../embedded-postgres"), Path.Combine(AppContext.BaseDirectory, "embedded-postgres")],
                Logger = logger,
            }, cancellation);
            return new(postgres.ConnectionString, postgres);
        }
        catch (EmbeddedPostgresException e)
        {
            throw new HostException(e.Message);
        }
    }

    /// <summary>Starts a private server again when it dies; nothing to do for one that is not ours.</summary>
    public void Watch(IServiceCollection services)
    {
        if (postgres is not null)
            services.AddHostedService(_ => new Watcher(postgres));
    }

    public ValueTask DisposeAsync() => postgres?.DisposeAsync() ?? ValueTask.CompletedTask;

    private sealed class Watcher(EmbeddedPostgres postgres) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => postgres.KeepRunning(stoppingToken);
    }
}

using Npgsql;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Roles;

namespace Weir.Support;

/// <summary>The database roles of a test store, as <c>db roles</c> makes them, with a login that may do what masters of pages may, and nothing else.</summary>
public sealed class PagesLogin : IAsyncDisposable
{
    private readonly TestStore store;

    private PagesLogin(TestStore store)
    {
        this.store = store;
        Engine = store.Options.Schema + "_engine";
        Pages = store.Options.Schema + "_ui";
        Login = store.Options.Schema + "_login";
    }

    public string Engine { get; }
    public string Pages { get; }
    public string Login { get; }

    public string ConnectionString => new NpgsqlConnectionStringBuilder(store.Options.ConnectionString) { Username = Login, Password = "test" }.ConnectionString;

    public static async Task<PagesLogin> Create(TestStore store)
    {
        var login = new PagesLogin(store);
        var roles = new StoreRoles(store.Database);
        await roles.Set(login.Engine, login.Pages, CancellationToken.None);
        await roles.SetLogin(login.Login, "test", CancellationToken.None);
        // The clock that tests move is a table, and everybody reads the clock.
        await store.Execute($"GRANT SELECT ON test_clock TO PUBLIC");
        return login;
    }

    public async Task<NpgsqlConnection> Open()
    {
        var connection = new NpgsqlConnection(Database.ConnectionString(store.Options with { ConnectionString = ConnectionString + ";Pooling=false" }).ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>To be called while the store is still there.</summary>
    public async ValueTask DisposeAsync() => await store.Execute($"""
        REASSIGN OWNED BY {Engine} TO CURRENT_USER; DROP OWNED BY {Engine}, {Pages}, {Login}; DROP ROLE {Login}, {Pages}, {Engine}
        """);
}

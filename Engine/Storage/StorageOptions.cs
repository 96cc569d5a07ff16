namespace Weir.Engine.Storage;

/// <summary>How the store is reached.</summary>
public sealed record StorageOptions
{
    /// <summary>An Npgsql connection string.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The PostgreSQL schema that holds the tables; tests give each store one of its own.</summary>
    public string Schema { get; init; } = "weir";

    /// <summary>A test setting: false switches LISTEN and NOTIFY off; everything must still pass, only slower.</summary>
    public bool Notifications { get; init; } = true;

    /// <summary>The longest time for which a lost notification can stay unnoticed.</summary>
    public TimeSpan Sweep { get; init; } = TimeSpan.FromSeconds(2);
    public int MaxConnections { get; init; } = 40;
}

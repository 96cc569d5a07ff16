using Dapper;
using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>What was found out about connections to the store.</summary>
internal sealed record SessionFacts
{
    public string LockTimeout { get; init; } = "";
    public string StatementTimeout { get; init; } = "";
    public string IdleTimeout { get; init; } = "";
    public string SearchPath { get; init; } = "";

    /// <summary>What one connection had set, it still had while the other was busy.</summary>
    public bool Kept { get; init; }

    /// <summary>What one connection had set, the other had too.</summary>
    public bool Shared { get; init; }
}

/// <summary>
/// Finds out whether connections to the store are sessions of their own: a pooler that deals out sessions by transaction (PgBouncer) drops the time limits that stand on every
/// connection (invariant 3a: a frozen master frees what it held) and mixes what belongs to one. Weir keeps a pool of its own and needs no other, so such a one is refused, with words.
/// </summary>
public sealed class StoreSessions(Database database)
{
    /// <summary>What to do, in every refusal.</summary>
    private const string Advice = "Let ConnectionStrings__Weir lead to PostgreSQL itself (a master keeps a pool of its own, of 40 connections at most), or to a pooler that keeps sessions and passes startup options on.";

    /// <summary>Null: they are.</summary>
    public async Task<string?> Objection(CancellationToken cancellation)
    {
        await using var one = await database.Open(cancellation);
        await using var other = await database.Open(cancellation);
        var token = Guid.NewGuid().ToString("N");
        await Ask<string>(one, "SELECT set_config('weir.probe', @token, false)", new { token });
        // A pooler gives the session that has just come free to whoever asks next, and then has another for the first.
        await using var busy = await other.BeginTransactionAsync(cancellation);
        var shared = await Ask<string?>(other, "SELECT current_setting('weir.probe', true)", null) == token;
        var kept = await Ask<string?>(one, "SELECT current_setting('weir.probe', true)", null) == token;
        await busy.RollbackAsync(cancellation);
        var settings = await one.QuerySingleAsync<SessionFacts>(new CommandDefinition("""
            SELECT max(setting) FILTER (WHERE name = 'lock_timeout') AS lock_timeout, max(setting) FILTER (WHERE name = 'statement_timeout') AS statement_timeout,
                max(setting) FILTER (WHERE name = 'idle_in_transaction_session_timeout') AS idle_timeout, max(setting) FILTER (WHERE name = 'search_path') AS search_path
            FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'search_path')
            """, cancellationToken: cancellation));
        await Ask<string>(one, "SELECT set_config('weir.probe', '', false)", null);
        return Objection(settings with { Shared = shared, Kept = kept }, database.Options.Schema);

        Task<T> Ask<T>(NpgsqlConnection connection, string sql, object? parameters) => connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))!;
    }

    internal static string? Objection(SessionFacts facts, string schema)
    {
        if (facts.Shared || !facts.Kept)
            return $"The store is reached through a pooler that deals out sessions by transaction (PgBouncer with pool_mode = transaction?): what one connection sets, {(facts.Shared ? "another gets" : "it loses")}. {Advice}";
        var lost = new[]
        {
            facts.LockTimeout == Database.LockTimeout ? null : $"lock_timeout is {facts.LockTimeout}",
            facts.StatementTimeout == Database.StatementTimeout ? null : $"statement_timeout is {facts.StatementTimeout}",
            facts.IdleTimeout == Database.IdleTimeout ? null : $"idle_in_transaction_session_timeout is {facts.IdleTimeout}",
            facts.SearchPath.Trim('"') == schema ? null : $"search_path is {facts.SearchPath}",
        }.OfType<string>().ToArray();
        return lost.Length == 0 ? null : $"What Weir sets on its connections does not arrive at the store ({string.Join(", ", lost)}); is there a pooler (PgBouncer with ignore_startup_parameters = options) in between? {Advice}";
    }

    /// <summary>Whether a connection was refused by a pooler that does not know what to do with our settings; then, what to say.</summary>
    public static string? Objection(PostgresException refusal) => refusal.SqlState == PostgresErrorCodes.ProtocolViolation && refusal.MessageText.Contains("startup parameter", StringComparison.Ordinal)
        ? $"The store is reached through a pooler that refuses what Weir sets on its connections ({refusal.MessageText}). {Advice}"
        : null;
}

using Npgsql;

namespace Weir.Engine.Storage;

/// <summary>The store as an operator wants to see it: schema, size per table, what is open, who is connected. Read-only; every figure is of one moment.</summary>
public sealed record StoreStatus
{
    public required string Server { get; init; }
    public required string Database { get; init; }
    public required string Schema { get; init; }
    public required long DatabaseBytes { get; init; }
    public required int MaxConnections { get; init; }

    /// <summary>The schema's steps: those that are applied, and those of this program that are not.</summary>
    public required IReadOnlyList<SchemaStep> Steps { get; init; }

    /// <summary>Tables by size, partitions counted with theirs; rows are the server's estimate.</summary>
    public required IReadOnlyList<TableSize> Tables { get; init; }

    /// <summary>Rows of work that is not done yet.</summary>
    public required IReadOnlyList<OpenWork> Work { get; init; }

    /// <summary>The oldest version of Weir that may use the store, and the newest that has brought it up; null: from before the store knew.</summary>
    public string? OldestVersion { get; init; }
    public string? NewestVersion { get; init; }

    /// <summary>Work on old rows that goes on beside the masters, and such as is done.</summary>
    public required IReadOnlyList<BackfillStatus> Backfills { get; init; }

    /// <summary>The database roles that engines keep their rights for; none: all masters connect as they like.</summary>
    public required IReadOnlyList<StoreRole> Roles { get; init; }

    /// <summary>Connections to the database.</summary>
    public required IReadOnlyList<StoreSession> Sessions { get; init; }

    public bool Fits => Steps.All(s => s.AppliedAt is not null && s.Known);
}

/// <summary>One step of the schema; unknown to this program if a newer version applied it.</summary>
public sealed record SchemaStep
{
    public int Number { get; init; }
    public string Name { get; init; } = "";
    public DateTimeOffset? AppliedAt { get; init; }
    public bool Known { get; init; }
}

/// <summary>One table with its indexes and partitions.</summary>
public sealed record TableSize
{
    public string Name { get; init; } = "";
    public int Partitions { get; init; }
    public long Rows { get; init; }
    public long Bytes { get; init; }
}

/// <summary>How many rows of one kind of work there are, and how old the oldest is.</summary>
public sealed record OpenWork
{
    public string Name { get; init; } = "";
    public long Rows { get; init; }
    public double? OldestSeconds { get; init; }
}

/// <summary>How far work on old rows has come.</summary>
public sealed record BackfillStatus
{
    public string Name { get; init; } = "";
    public long Rows { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset MovedAt { get; init; }
    public DateTimeOffset? DoneAt { get; init; }

    /// <summary>Why it stands still; null: it does not.</summary>
    public string? Error { get; init; }
}

/// <summary>A database role, and the logins that belong to it.</summary>
public sealed record StoreRole
{
    /// <summary><c>engine</c> or <c>ui</c>.</summary>
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string[] Logins { get; init; } = [];
}

/// <summary>Connections of one program in one state.</summary>
public sealed record StoreSession
{
    public string Application { get; init; } = "";
    public string State { get; init; } = "";
    public int Connections { get; init; }
    public double? LongestTransactionSeconds { get; init; }
}

/// <summary>Reads a <see cref="StoreStatus"/>.</summary>
public sealed class StoreStatusQueries(Database database)
{
    private sealed record Served(string Oldest, string Newest);

    private sealed record Server(string Version, string Database, long Bytes, int MaxConnections);

    public Task<StoreStatus> Read(CancellationToken cancellation) => database.Snapshot(async snapshot =>
    {
        var server = (await snapshot.QuerySingle<Server>("""
            SELECT current_setting('server_version') AS version, current_database()::text AS database, pg_database_size(current_database()) AS bytes, current_setting('max_connections')::int AS max_connections
            """, null))!;
        var served = await snapshot.QuerySingle<bool>("SELECT to_regclass('store_versions') IS NOT NULL", null) ? await snapshot.QuerySingle<Served>("SELECT oldest, newest FROM store_versions", null) : null;
        return new StoreStatus
        {
            Server = "PostgreSQL " + server.Version,
            Database = server.Database,
            Schema = database.Options.Schema,
            DatabaseBytes = server.Bytes,
            MaxConnections = server.MaxConnections,
            Steps = await Steps(snapshot),
            Tables = await Tables(snapshot),
            Work = await Work(snapshot),
            Sessions = await Sessions(snapshot),
            Roles = served is null ? [] : await Roles(snapshot),
            OldestVersion = served?.Oldest,
            NewestVersion = served?.Newest,
            Backfills = served is null ? [] : await snapshot.Query<BackfillStatus>("SELECT name, rows_done AS rows, started_at, moved_at, done_at, last_error AS error FROM backfills ORDER BY started_at, name", null),
        };
    }, cancellation);

    private static Task<IReadOnlyList<StoreRole>> Roles(StoreSnapshot snapshot) => snapshot.Query<StoreRole>("""
        SELECT kind, name, ARRAY(
            SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE g.rolname = r.name AND m.rolcanlogin ORDER BY m.rolname) AS logins
        FROM store_roles r ORDER BY kind
        """, null);

    /// <summary>The schema's steps alone, also of a store that is empty.</summary>
    public Task<IReadOnlyList<SchemaStep>> Steps(CancellationToken cancellation) => database.Snapshot(Steps, cancellation);

    /// <summary>The call of <c>pg_dump</c> that saves this store whole; the password is not in it.</summary>
    public string DumpCommand()
    {
        var to = new NpgsqlConnectionStringBuilder(database.Options.ConnectionString);
        var place = to.Host is { Length: > 0 } host ? FormattableString.Invariant($" --host={Quoted(host)} --port={to.Port}") : "";
        var user = to.Username is { Length: > 0 } name ? " --username=" + Quoted(name) : "";
        return $"pg_dump --format=custom --no-owner --no-privileges --schema={Quoted(database.Options.Schema)}{place}{user} --dbname={Quoted(to.Database ?? "postgres")} --file=weir.dump";
    }

    private static async Task<IReadOnlyList<SchemaStep>> Steps(StoreSnapshot snapshot)
    {
        var applied = await snapshot.QuerySingle<bool>("SELECT to_regclass('schema_migrations') IS NOT NULL", null)
            ? await snapshot.Query<SchemaStep>("SELECT number, name, applied_at FROM schema_migrations ORDER BY number", null)
            : [];
        return
        [
            .. applied.Select(a => a with { Known = Schema.Steps.Any(s => s.Number == a.Number) })
                .Concat(Schema.Steps.Where(s => applied.All(a => a.Number != s.Number)).Select(s => new SchemaStep { Number = s.Number, Name = s.Name, Known = true }))
                .OrderBy(s => s.Number),
        ];
    }

    private static Task<IReadOnlyList<TableSize>> Tables(StoreSnapshot snapshot) => snapshot.Query<TableSize>("""
        SELECT root.relname::text AS name, count(*) FILTER (WHERE part.oid <> root.oid)::int AS partitions,
               coalesce(sum(greatest(part.reltuples, pg_stat_get_live_tuples(part.oid), 0)) FILTER (WHERE part.relkind = 'r'), 0)::bigint AS rows,
               coalesce(sum(pg_total_relation_size(part.oid)) FILTER (WHERE part.relkind = 'r'), 0)::bigint AS bytes
        FROM pg_class root
        CROSS JOIN LATERAL (SELECT root.oid UNION SELECT relid FROM pg_partition_tree(root.oid)) AS members (oid)
        JOIN pg_class part ON part.oid = members.oid
        WHERE root.relnamespace = current_schema()::regnamespace AND root.relkind IN ('r', 'p') AND NOT root.relispartition
        GROUP BY root.relname ORDER BY bytes DESC, name
        """, null);

    private static Task<IReadOnlyList<OpenWork>> Work(StoreSnapshot snapshot) => snapshot.Query<OpenWork>("""
        SELECT 'requests that wait' AS name, count(*) AS rows, extract(epoch FROM weir_now() - min(submitted_at))::float8 AS oldest_seconds FROM open_requests
        UNION ALL SELECT 'builds that run', count(*), extract(epoch FROM weir_now() - min(started_at))::float8 FROM builds WHERE completed_at IS NULL
        UNION ALL SELECT 'commands of open builds', count(*), NULL FROM commands
        UNION ALL SELECT 'changes to be classified', count(*), extract(epoch FROM weir_now() - min(c.received_at))::float8 FROM change_work w JOIN changes c ON c.id = w.change_id
        UNION ALL SELECT 'webhooks to be read', count(*), extract(epoch FROM weir_now() - min(h.received_at))::float8 FROM hook_work w JOIN raw_hooks h ON h.id = w.hook_id AND h.day = w.day
        UNION ALL SELECT 'changes that wait for a quiet tree', count(*), NULL FROM scheduler_changes
        UNION ALL SELECT 'timers that are due', count(*), extract(epoch FROM weir_now() - min(due_at))::float8 FROM timers WHERE due_at <= weir_now()
        UNION ALL SELECT 'events to be numbered', count(*), extract(epoch FROM weir_now() - min(at))::float8 FROM event_outbox
        """, null);

    private static Task<IReadOnlyList<StoreSession>> Sessions(StoreSnapshot snapshot) => snapshot.Query<StoreSession>("""
        SELECT coalesce(nullif(application_name, ''), '(no name)') AS application, coalesce(state, 'hidden') AS state, count(*)::int AS connections,
               max(extract(epoch FROM weir_now() - xact_start))::float8 AS longest_transaction_seconds
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        GROUP BY 1, 2 ORDER BY 1, 2
        """, null);

    private static string Quoted(string word) => word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/') ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

using System.Globalization;
using Npgsql;

namespace Weir.Engine.Storage.Roles;

/// <summary>
/// The database roles of a store with more than one master: the engines' owns everything in the schema, the one of masters of pages has <see cref="PageRights"/>. Both are groups without a
/// login. What an engine makes later belongs to the owner of the schema, whoever made it, and the rights on it are given when an engine has brought the schema up.
/// </summary>
public sealed class StoreRoles(Database database)
{
    public const string UsualEngine = "weir_engine";
    public const string UsualPages = "weir_ui";

    /// <summary>A statement that lets what follows in the transaction belong to the schema's owner, if we are of that role.</summary>
    internal const string AsOwner = """
        SELECT set_config('role', pg_get_userbyid(nspowner), true) FROM pg_namespace
        WHERE nspname = current_schema() AND pg_get_userbyid(nspowner) <> current_user AND pg_has_role(nspowner, 'MEMBER')
        """;

    // Two that give rights at once would trip over each other in the catalogue.
    private const string OneAtATime = "SELECT pg_advisory_xact_lock(hashtext('weir roles ' || current_schema()))";

    private sealed record Lacking(string Table, string Verb);

    /// <summary>Makes the roles that are missing, gives the schema to the one and exact rights to the other, and remembers both. The schema must be this version's.</summary>
    /// <exception cref="PostgresException">The store does not let us, for example make roles.</exception>
    public Task Set(string engine, string pages, CancellationToken cancellation) => database.Write(async unit =>
    {
        await unit.Execute(OneAtATime);
        foreach (var role in new[] { engine, pages })
        {
            if (!await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = @role)", new { role }))
                await unit.Execute($"CREATE ROLE {Quoted(role)} NOLOGIN");
        }
        // Who gives it away keeps the rights of the owner by belonging to the new one.
        if (!await unit.QuerySingle<bool>("SELECT pg_has_role(@engine, 'MEMBER')", new { engine }))
            await unit.Execute($"GRANT {Quoted(engine)} TO CURRENT_USER");
        foreach (var statement in await unit.Query<string>("""
            SELECT format('ALTER SCHEMA %I OWNER TO %I', current_schema(), @engine)
            UNION ALL
            SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, @engine) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND pg_get_userbyid(relowner) <> @engine
            UNION ALL
            SELECT format('ALTER FUNCTION %s OWNER TO %I', oid::regprocedure, @engine) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND pg_get_userbyid(proowner) <> @engine
            """, new { engine }))
            await unit.Execute(statement);
        await unit.Execute("INSERT INTO store_roles (kind, name) VALUES ('engine', @engine), ('ui', @pages) ON CONFLICT (kind) DO UPDATE SET name = excluded.name", new { engine, pages });
        await GiveRights(unit, pages);
    }, cancellation);

    /// <summary>Makes a login (or gives it this password) that belongs to the role of masters of pages and to no other.</summary>
    public Task SetLogin(string login, string password, CancellationToken cancellation) => database.Write(async unit =>
    {
        var known = await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = @login)", new { login });
        await unit.Execute((await unit.QuerySingle<string>($"SELECT format('{(known ? "ALTER" : "CREATE")} ROLE %I LOGIN PASSWORD %L', @login, @password)", new { login, password }))!);
        var role = await unit.QuerySingle<string>("SELECT name FROM store_roles WHERE kind = 'ui'");
        await unit.Execute($"GRANT {Quoted(role!)} TO {Quoted(login)}");
    }, cancellation);

    /// <summary>Gives the role of masters of pages, if there is one, the rights that it lacks: a step of the schema has made a table.</summary>
    public async Task Refresh(CancellationToken cancellation)
    {
        var role = await database.QuerySingle<string>("SELECT s.name FROM store_roles s JOIN pg_roles r ON r.rolname = s.name WHERE s.kind = 'ui'", null, cancellation);
        if (role is null || (await Missing(role, cancellation)).Count == 0)
            return;
        await database.Write(async unit =>
        {
            await unit.Execute(OneAtATime);
            await unit.Execute(AsOwner);
            await GiveRights(unit, role);
        }, cancellation);
    }

    /// <summary>What we, or a role, may not do and masters of pages must, in words. Of what an older schema does not have yet nothing is said.</summary>
    public async Task<IReadOnlyList<string>> Missing(string? role, CancellationToken cancellation)
    {
        var rights = PageRights.All.SelectMany(r => (r.Columns.Count == 0 ? [""] : r.Columns).Select(c => (r.Table, r.Verb, Column: c))).ToArray();
        var lacking = await database.Query<Lacking>("""
            SELECT DISTINCT w.name AS table, w.verb FROM unnest(@tables, @verbs, @columns) AS w (name, verb, col)
            JOIN pg_namespace n ON n.nspname = @schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
            WHERE NOT has_schema_privilege(coalesce(@role, current_user)::name, n.oid, 'USAGE') OR NOT CASE
                WHEN w.col <> '' THEN NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
                    AND NOT has_column_privilege(coalesce(@role, current_user)::name, c.oid, a.attnum, w.verb))
                WHEN w.name = ANY(@hidden) AND w.verb = 'SELECT' THEN NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND w.name || '.' || a.attname <> ALL(@hiddenColumns) AND NOT has_column_privilege(coalesce(@role, current_user)::name, c.oid, a.attname, 'SELECT'))
                ELSE has_table_privilege(coalesce(@role, current_user)::name, c.oid, w.verb) END
            ORDER BY 1, 2
            """, new
        {
            role,
            schema = database.Options.Schema,
            tables = rights.Select(r => r.Table).ToArray(),
            verbs = rights.Select(r => r.Verb).ToArray(),
            columns = rights.Select(r => r.Column).ToArray(),
            hidden = PageRights.Hidden.Keys.ToArray(),
            hiddenColumns = PageRights.Hidden.SelectMany(h => h.Value.Select(c => $"{h.Key}.{c}")).ToArray(),
        }, cancellation);
        return [.. lacking.Select(l => $"{l.Verb} of {l.Table}")];
    }

    private async Task GiveRights(StoreTransaction unit, string role)
    {
        var to = Quoted(role);
        await unit.Execute($"""
            GRANT USAGE ON SCHEMA {Quoted(database.Options.Schema)} TO {to};
            GRANT EXECUTE ON FUNCTION weir_number_events(integer) TO {to};
            ALTER TABLE masters ENABLE ROW LEVEL SECURITY;
            DROP POLICY IF EXISTS weir_seen ON masters; CREATE POLICY weir_seen ON masters FOR SELECT USING (true);
            DROP POLICY IF EXISTS weir_added ON masters; CREATE POLICY weir_added ON masters FOR INSERT WITH CHECK (NOT 'engine' = ANY(roles));
            DROP POLICY IF EXISTS weir_changed ON masters; CREATE POLICY weir_changed ON masters FOR UPDATE
                USING (NOT 'engine' = ANY(roles) OR state = 'Stopped' OR heartbeat_at < weir_now() - interval '30 seconds') WITH CHECK (NOT 'engine' = ANY(roles))
            """);
        // Also what an earlier version gave and this one does not.
        foreach (var table in await unit.Query<string>("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition"))
            await unit.Execute($"REVOKE ALL ON {table} FROM {to}");
        foreach (var right in PageRights.All)
        {
            var columns = PageRights.Hidden.TryGetValue(right.Table, out var hidden) && right.Verb == "SELECT"
                ? await unit.Query<string>("SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass(@Table) AND attnum > 0 AND NOT attisdropped AND attname <> ALL(@hidden)", new { right.Table, hidden = hidden.ToArray() })
                : right.Columns;
            await unit.Execute(string.Create(CultureInfo.InvariantCulture, $"GRANT {right.Verb}{(columns.Count > 0 ? $" ({string.Join(", ", columns.Select(Quoted))})" : "")} ON {right.Table} TO {to}"));
        }
    }

    private static string Quoted(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}

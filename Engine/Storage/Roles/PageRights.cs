namespace Weir.Engine.Storage.Roles;

/// <summary>One thing that the database role of masters of pages may do with a table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Verb">SELECT, INSERT or UPDATE: nothing else is ever given.</param>
/// <param name="Columns">Only these; empty: the whole row.</param>
internal sealed record PageRight(string Table, string Verb, IReadOnlyList<string> Columns);

/// <summary>
/// What masters of pages may do with each table (decision 0031). A table that stands here nowhere is a mistake that a test finds. They read what pages and REST show; they add what people
/// and forges bring; they change accounts, tokens, keys of repeated requests, the count of hooks turned away, and the rows of their like, nothing else.
/// </summary>
internal static class PageRights
{
    private const string Read = "SELECT";
    private const string Add = "INSERT";
    private const string Change = "UPDATE";

    /// <summary>What may not even be read.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Hidden { get; } = new Dictionary<string, IReadOnlyList<string>> { ["workers"] = ["token_hash"] };

    private static readonly string[] OnlyRead =
    [
        "schema_migrations", "store_identity", "store_roles", "duties", "config_revisions", "config_in_force", "config_differences", "config_sources", "projects", "codebases", "builders", "schedulers", "change_sources",
        "branch_heads", "scheduler_changes", "timers", "timers_synced", "workers", "worker_sessions", "builds", "build_plans", "build_properties", "build_owners", "steps", "commands", "logs", "log_chunks",
        "event_counter", "events", "store_versions", "backfills", "locks", "lock_claims", "builder_waits", "pauses", "triggers", "standstills", "shared_directories", "secrets", "former_names", "mails",
    ];

    // Requests with all that belongs to them, changes, hooks, wishes to stop, orders, and who did it.
    private static readonly string[] Added =
    [
        "audit", "sourcestamps", "buildsets", "buildset_sourcestamps", "buildset_changes", "requests", "open_requests", "firings", "changes", "change_work", "raw_hooks", "hook_work",
        "event_outbox", "orders", "data_protection_keys", "secret_uses",
    ];

    private static readonly (string Table, string[] Columns)[] Changed =
    [
        // A wish for good comes before one that has the build queued again.
        ("build_stops", ["requested_by", "reason", "requeue"]),
        ("users", ["password_hash", "security_stamp", "rights", "disabled_at"]),
        ("tokens", ["revoked_at", "last_used_at"]),
        ("action_keys", ["answer"]),
        ("hook_refusals", ["count", "last_at", "last_address"]),
        // Only rows of masters that are no engines: a policy of the table says so.
        ("masters", ["name", "incarnation", "identity", "roles", "version", "state", "addresses", "host", "process_id", "started_at", "heartbeat_at", "retired_at",
            "drain_requested_at", "drain_by", "drain_reason", "drain_quick", "drain_deadline", "limits_incarnation", "only_builders", "only_tags", "sends_mail"]),
    ];

    public static IReadOnlyList<PageRight> All { get; } =
    [
        .. OnlyRead.Select(t => new PageRight(t, Read, [])),
        .. Added.SelectMany(t => new[] { new PageRight(t, Read, []), new PageRight(t, Add, []) }),
        .. Changed.SelectMany(t => new[] { new PageRight(t.Table, Read, []), new PageRight(t.Table, Add, []), new PageRight(t.Table, Change, t.Columns) }),
    ];

    public static IReadOnlyList<string> Tables { get; } = [.. All.Select(r => r.Table).Distinct()];
}

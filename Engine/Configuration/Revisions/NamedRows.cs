using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// Brings the rows of named things (projects, codebases, builders, schedulers, change sources, locks, shared directories, workers) in line with a configuration. A name has one id for ever: its row is
/// retired when the name is gone, revives when it is back, and keeps its id under another (<see cref="Renaming"/>).
/// </summary>
internal static class NamedRows
{
    private sealed record WorkerName(string Name, bool Configured);

    public static async Task Write(StoreTransaction unit, long revision, WeirConfiguration model, WeirConfiguration? before)
    {
        await Renaming.Carry(unit, revision, model);
        await WriteProjects(unit, model.Projects);
        await WriteCodebases(unit, model.Codebases);
        await WriteBuilders(unit, model.Builders);
        await WriteSchedulers(unit, model.Schedulers, before?.Schedulers ?? []);
        await WriteChangeSources(unit, model.ChangeSources);
        await WriteLocks(unit, SharedDirectories.AllLocks(model));
        await WriteWorkers(unit, model);
    }

    private static async Task WriteProjects(StoreTransaction unit, IReadOnlyList<ProjectConfiguration> projects)
    {
        await unit.Execute($"""
            INSERT INTO projects AS p (name, title, description, url)
            SELECT name, title, description, url FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, title text, description text, url text)
            WHERE {Differs("projects", "title", "description", "url")}
            ON CONFLICT (name) DO UPDATE SET title = excluded.title, description = excluded.description, url = excluded.url, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(projects.Select(p => new { name = p.Name, title = p.Title, description = p.Description, url = p.Url })) });
        await Retire(unit, "projects", projects.Select(p => p.Name));
    }

    private static async Task WriteCodebases(StoreTransaction unit, IReadOnlyList<CodebaseConfiguration> codebases)
    {
        await unit.Execute($"""
            INSERT INTO codebases (name, repository, branch, project)
            SELECT name, repository, branch, project FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, repository text, branch text, project text)
            WHERE {Differs("codebases", "repository", "branch", "project")}
            ON CONFLICT (name) DO UPDATE SET repository = excluded.repository, branch = excluded.branch, project = excluded.project, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(codebases.Select(c => new { name = c.Name, repository = c.Repository, branch = c.Branch, project = c.Project })) });
        await Retire(unit, "codebases", codebases.Select(c => c.Name));
    }

    private static async Task WriteBuilders(StoreTransaction unit, IReadOnlyList<BuilderConfiguration> builders)
    {
        var rows = builders.Select((b, i) => new { name = b.Name, project = b.Project, description = b.Description, tags = b.Tags, position = i, worker_names = b.Workers.Names, worker_tags = b.Workers.Tags });
        await unit.Execute($"""
            INSERT INTO builders (name, project, description, tags, position, worker_names, worker_tags)
            SELECT name, project, description, tags, position, worker_names, worker_tags
            FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, project text, description text, tags text[], position integer, worker_names text[], worker_tags text[])
            WHERE {Differs("builders", "project", "description", "tags", "position", "worker_names", "worker_tags")}
            ON CONFLICT (name) DO UPDATE SET project = excluded.project, description = excluded.description, tags = excluded.tags, position = excluded.position,
                worker_names = excluded.worker_names, worker_tags = excluded.worker_tags, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(rows) });
        await Retire(unit, "builders", builders.Select(b => b.Name));
    }

    /// <summary>A scheduler that somebody switched off stays off until the configuration says something new about it.</summary>
    private static async Task WriteSchedulers(StoreTransaction unit, IReadOnlyList<SchedulerConfiguration> schedulers, IReadOnlyList<SchedulerConfiguration> before)
    {
        var enabledBefore = before.ToDictionary(s => s.Name, s => s.Enabled);
        var rows = schedulers.Select(s => new { name = s.Name, kind = Kind(s), builders = s.Builders, enabled = s.Enabled, decides = !(enabledBefore.TryGetValue(s.Name, out var was) || (s.Was is { } former && enabledBefore.TryGetValue(former, out was))) || was != s.Enabled });
        await unit.Execute("""
            WITH given AS (
                SELECT * FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, kind text, builders text[], enabled boolean, decides boolean)),
            known AS (
                UPDATE schedulers s SET kind = g.kind, builders = g.builders, enabled = CASE WHEN g.decides THEN g.enabled ELSE s.enabled END, retired_at = NULL
                FROM given g WHERE s.name = g.name AND (s.kind, s.builders, s.enabled, s.retired_at) IS DISTINCT FROM (g.kind, g.builders, CASE WHEN g.decides THEN g.enabled ELSE s.enabled END, NULL))
            INSERT INTO schedulers (name, kind, builders, enabled)
            SELECT name, kind, builders, enabled FROM given g WHERE NOT EXISTS (SELECT FROM schedulers s WHERE s.name = g.name)
            """, new { rows = ConfigurationJson.Write(rows) });
        await Retire(unit, "schedulers", schedulers.Select(s => s.Name));
    }

    private static async Task WriteChangeSources(StoreTransaction unit, IReadOnlyList<ChangeSourceConfiguration> sources)
    {
        await unit.Execute($"""
            INSERT INTO change_sources (name, kind) SELECT name, kind FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, kind text) WHERE {Differs("change_sources", "kind")}
            ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(sources.Select(s => new { name = s.Name, kind = s is WebhookConfiguration ? "webhook" : "git-poller" })) });
        await Retire(unit, "change_sources", sources.Select(s => s.Name));
    }

    private static async Task WriteLocks(StoreTransaction unit, IReadOnlyList<LockConfiguration> locks)
    {
        await unit.Execute($"""
            INSERT INTO locks (name, scope, capacity, per_worker, pool)
            SELECT name, scope, capacity, per_worker, pool FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, scope text, capacity integer, per_worker jsonb, pool jsonb)
            WHERE {Differs("locks", "scope", "capacity", "per_worker", "pool")}
            ORDER BY name
            ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, capacity = excluded.capacity, per_worker = excluded.per_worker, pool = excluded.pool, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(locks.Select(l => new { name = l.Name, scope = l.Scope.ToString(), capacity = l.Capacity, per_worker = l.PerWorker, pool = l.Pool.Count == 0 ? null : l.Pool })) });
        await Retire(unit, "locks", locks.Select(l => l.Name));
        // A directory lies on its worker under the first name that it had. Where one of another name still lies there, it gets a number.
        await unit.Execute("""
            UPDATE locks l SET place = CASE WHEN EXISTS (SELECT FROM locks o WHERE o.place = d.name) THEN left(d.name, 43) || '-' || l.id ELSE d.name END
            FROM unnest(@locks, @directories) AS d (lock, name) WHERE l.name = d.lock AND l.place IS NULL
            """, new { locks = locks.Select(l => l.Name).Where(n => SharedDirectories.Of(n) is not null).ToArray(), directories = locks.Select(l => SharedDirectories.Of(l.Name)).OfType<string>().ToArray() });
        // One that comes back begins anew, wherever that is.
        await unit.Execute("DELETE FROM shared_directories d USING locks l WHERE l.id = d.lock_id AND l.retired_at IS NOT NULL");
    }

    /// <summary>Workers named in the configuration get a row; those that a pattern matches have one since they were given a token.</summary>
    private static async Task WriteWorkers(StoreTransaction unit, WeirConfiguration model)
    {
        var known = await unit.Query<WorkerName>("SELECT name, configured FROM workers ORDER BY name FOR NO KEY UPDATE");
        var wanted = model.Workers.Where(w => !w.Name.Contains('*', StringComparison.Ordinal)).Select(w => w.Name)
            .Union(known.Select(k => k.Name))
            .Select(name => (Name: name, Settings: WorkerPatterns.Find(model, name)))
            .Where(w => w.Settings is not null)
            .ToList();
        var rows = wanted.Select(w => new { name = w.Name, max_builds = w.Settings!.MaxBuilds, tags = w.Settings.Tags, properties = w.Settings.Properties, missing_after = w.Settings.MissingAfter.TotalSeconds });
        await unit.Execute("""
            INSERT INTO workers (name, configured, max_builds, tags, properties, missing_after)
            SELECT name, true, max_builds, tags, properties, make_interval(secs => missing_after)
            FROM jsonb_to_recordset(@rows::jsonb) AS r (name text, max_builds integer, tags text[], properties jsonb, missing_after double precision)
            WHERE NOT EXISTS (SELECT FROM workers t WHERE t.name = r.name AND t.configured AND t.retired_at IS NULL
                AND (t.max_builds, t.tags, t.properties, t.missing_after) IS NOT DISTINCT FROM (r.max_builds, r.tags, r.properties, make_interval(secs => r.missing_after)))
            ORDER BY name
            ON CONFLICT (name) DO UPDATE SET configured = true, max_builds = excluded.max_builds, tags = excluded.tags, properties = excluded.properties,
                missing_after = excluded.missing_after, retired_at = NULL
            """, new { rows = ConfigurationJson.Write(rows) });
        await OpeningRows.Write(unit, [.. wanted.Select(w => (w.Name, w.Settings!.Availability))]);
        await unit.Execute("UPDATE workers SET configured = false, retired_at = weir_now() WHERE configured AND name <> ALL(@names)", new { names = wanted.Select(w => w.Name).ToArray() });
    }

    // Of given rows r: a table has none like it. What is as it was is not written again: a change of one builder costs one builder.
    private static string Differs(string table, params string[] columns) =>
        $"NOT EXISTS (SELECT FROM {table} t WHERE t.name = r.name AND t.retired_at IS NULL AND ({string.Join(", ", columns.Select(c => "t." + c))}) IS NOT DISTINCT FROM ({string.Join(", ", columns.Select(c => "r." + c))}))";

    private static Task Retire(StoreTransaction unit, string table, IEnumerable<string> names) =>
        unit.Execute($"UPDATE {table} SET retired_at = weir_now() WHERE retired_at IS NULL AND name <> ALL(@names)", new { names = names.ToArray() });

    private static string Kind(SchedulerConfiguration scheduler) => scheduler switch
    {
        SingleBranchConfiguration => "single-branch",
        AnyBranchConfiguration => "any-branch",
        PeriodicConfiguration => "periodic",
        NightlyConfiguration => "nightly",
        ForceConfiguration => "force",
        TriggerableConfiguration => "triggerable",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

using Weir.Engine.Configuration.Things;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>
/// Things that say themselves that they had another name (<c>was</c>), the same for all sections: the row keeps its id under the new name, and the former one is noted with the revision until which it
/// meant this thing. What refers to a thing by its id needs no more; what is kept by name and may still be acted on follows in the same transaction.
/// </summary>
internal static class Renaming
{
    private sealed record Renamed(long Id, string Was, string Name);

    private sealed record Known(string Name, bool Was);

    /// <summary>One kind of thing.</summary>
    /// <param name="Key">Its section of the configuration.</param>
    /// <param name="Table">Its rows.</param>
    /// <param name="Of">Its things in a configuration, as rows are named.</param>
    private sealed record Kind(string Key, string Table, Func<WeirConfiguration, IEnumerable<IRenamable>> Of)
    {
        /// <summary>What is kept under the name and may still be acted on; <c>p</c> are the pairs of <c>was</c> and <c>name</c>.</summary>
        public string Follow { get; init; } = "";

        /// <summary>Its past is kept under the name too, and is brought after in small batches.</summary>
        public bool HasPast { get; init; }
    }

    private const string Pairs = "unnest(@was, @names) AS p (was, name)";

    private static readonly Kind[] Kinds =
    [
        new("projects", "projects", m => m.Projects)
        {
            HasPast = true,
            Follow = $"""
                {Paused("Project")};
                UPDATE builders b SET project = p.name FROM {Pairs} WHERE b.project = p.was;
                UPDATE codebases c SET project = p.name FROM {Pairs} WHERE c.project = p.was;
                UPDATE changes c SET project = p.name FROM {Pairs} WHERE c.project = p.was AND {Open};
                {Rights("projects")}
                """,
        },
        new("codebases", "codebases", m => m.Codebases) { HasPast = true, Follow = $"UPDATE changes c SET codebase = p.name FROM {Pairs} WHERE c.codebase = p.was AND {Open}" },
        new("builders", "builders", m => m.Builders) { Follow = $"{Paused("Builder")}; {Rights("builders")}; {Uses("builder")}" },
        new("schedulers", "schedulers", m => m.Schedulers)
        {
            HasPast = true,
            Follow = $"{Paused("Scheduler")}; UPDATE buildsets b SET scheduler = p.name FROM {Pairs} WHERE b.scheduler = p.was AND b.completed_at IS NULL",
        },
        new("changeSources", "change_sources", m => m.ChangeSources)
        {
            Follow = $"""
                UPDATE timers t SET subject = p.name FROM {Pairs} WHERE t.kind = 'poll' AND t.subject = p.was AND NOT EXISTS (SELECT FROM timers o WHERE o.kind = 'poll' AND o.subject = p.name);
                UPDATE raw_hooks r SET source = p.name FROM hook_work w, {Pairs} WHERE r.day = w.day AND r.id = w.hook_id AND r.source = p.was;
                {Uses("webhook")}
                """,
        },
        new("locks", "locks", m => m.Locks),
        new("sharedDirectories", "locks", m => SharedDirectories.AllLocks(m).Where(l => SharedDirectories.Of(l.Name) is not null)),
        new("workers", "workers", m => m.Workers) { Follow = Paused("Worker") },
    ];

    /// <summary>What cannot be renamed: there was none of the former name, or the new one has a history of its own, which would be mixed with the other.</summary>
    public static async Task<IReadOnlyList<ConfigurationProblem>> Complaints(Database database, IReadOnlyList<ConfigurationPart> parts, WeirConfiguration model, CancellationToken cancellation)
    {
        var problems = new List<ConfigurationProblem>();
        foreach (var kind in Kinds)
        {
            var said = Said(kind, model);
            if (said.Length == 0)
                continue;
            var known = (await database.Query<Known>($"""
                SELECT name, false AS was FROM {kind.Table} WHERE name = ANY(@names) UNION ALL
                SELECT name, true FROM former_names f WHERE section = '{kind.Table}' AND name = ANY(@names) AND NOT EXISTS (SELECT FROM {kind.Table} t WHERE t.name = f.name)
                """, new { names = said.SelectMany(s => new[] { s.Name, s.Was! }).ToArray() }, cancellation)).ToLookup(k => k.Name, k => k.Was);
            foreach (var thing in said)
            {
                var (isThere, was) = (known[thing.Name].Contains(false), known[thing.Was!]);
                if (isThere && was.Contains(false))
                    problems.Add(At(parts, kind, thing, (one, name, former) => $"There was a {one} \"{name}\" before, with a history of its own: that of \"{former}\" cannot be added to it. Choose another name, or leave \"was\" out to begin anew where \"{name}\" ended."));
                else if (!isThere && !was.Any() && await database.QuerySingle<bool>("SELECT EXISTS (SELECT FROM config_in_force)", null, cancellation)) // The first configuration may come from elsewhere.
                    problems.Add(At(parts, kind, thing, (one, _, former) => $"There was never a {one} \"{former}\" here. Leave \"was\" out to begin without a history."));
            }
        }
        return problems;
    }

    /// <summary>The rows of what is renamed get their names; the caller has the gate, and writes the rest of the rows after this.</summary>
    public static async Task Carry(StoreTransaction unit, long revision, WeirConfiguration model)
    {
        foreach (var kind in Kinds)
        {
            if (Said(kind, model) is not { Length: > 0 } said)
                continue;
            var renamed = await unit.Query<Renamed>($"""
                WITH said AS (SELECT was, name FROM unnest(@was, @names) AS s (was, name)),
                renamed AS (
                    UPDATE {kind.Table} t SET name = s.name FROM said s WHERE t.name = s.was AND NOT EXISTS (SELECT FROM {kind.Table} n WHERE n.name = s.name) RETURNING t.id, s.was, s.name),
                noted AS (
                    INSERT INTO former_names (section, name, until_revision, thing_id, renamed_at, told) SELECT '{kind.Table}', was, @revision, id, weir_now(), @told FROM renamed)
                SELECT id, was, name FROM renamed
                """, new { was = said.Select(s => s.Was).ToArray(), names = said.Select(s => s.Name).ToArray(), revision, told = !kind.HasPast });
            if (renamed.Count > 0 && kind.Follow.Length > 0)
                await unit.Execute(kind.Follow, new { was = renamed.Select(r => r.Was).ToArray(), names = renamed.Select(r => r.Name).ToArray() });
        }
    }

    private static IRenamable[] Said(Kind kind, WeirConfiguration model) => [.. kind.Of(model).Where(t => t.Was is not null).OrderBy(t => t.Name, StringComparer.Ordinal)];

    private static ConfigurationProblem At(IReadOnlyList<ConfigurationPart> parts, Kind kind, IRenamable thing, Func<string, string, string, string> message)
    {
        var (name, was) = (SharedDirectories.Of(thing.Name) ?? thing.Name, SharedDirectories.Of(thing.Was!) ?? thing.Was!);
        var at = FoundThing.At(parts, kind.Key, name);
        return new(at?.Part.Name ?? "", at?.Entry.Key.Line ?? 1, at?.Entry.Key.Column ?? 1, $"{kind.Key}.{name}.was", message(DifferenceWords.One(kind.Key), name, was));
    }

    // Nobody has looked at it yet, or it waits for its quiet time.
    private const string Open = "(EXISTS (SELECT FROM change_work w WHERE w.change_id = c.id) OR EXISTS (SELECT FROM scheduler_changes s WHERE s.change_id = c.id))";

    private static string Paused(string kind) => $"UPDATE pauses s SET subject = p.name FROM {Pairs} WHERE s.kind = '{kind}' AND s.subject = p.was AND s.ended_at IS NULL AND NOT EXISTS (SELECT FROM pauses o WHERE o.kind = '{kind}' AND o.subject = p.name AND o.ended_at IS NULL)";

    private static string Rights(string column) => $"UPDATE secrets s SET {column} = array_replace(s.{column}, p.was, p.name) FROM {Pairs} WHERE p.was = ANY(s.{column})";

    private static string Uses(string user) => $"UPDATE secret_uses u SET used_by = '{user} ' || p.name FROM {Pairs} WHERE u.used_by = '{user} ' || p.was AND NOT EXISTS (SELECT FROM secret_uses o WHERE o.secret = u.secret AND o.used_by = '{user} ' || p.name)";
}

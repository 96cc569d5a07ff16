using Dapper;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>The newest revision that Weir knows of a branch. <see cref="Polled"/>: a poller watches the branch, so it is the branch's head as of the last poll.</summary>
internal sealed record KnownHead(string Codebase, string Branch, string Revision, bool Polled);

/// <summary>Looks up the newest known revisions of branches: a poller's head, else the newest change.</summary>
internal static class KnownHeads
{
    private const string Sql = """
        SELECT w.codebase, w.branch, c.revision, false AS polled FROM unnest(@codebases, @branches) AS w (codebase, branch)
        CROSS JOIN LATERAL (SELECT revision FROM changes c WHERE c.codebase = w.codebase AND c.branch = w.branch AND c.revision IS NOT NULL ORDER BY c.id DESC LIMIT 1) c
        UNION ALL
        SELECT w.codebase, w.branch, h.revision, true FROM unnest(@codebases, @branches) AS w (codebase, branch) JOIN unnest(@sources, @watched) AS p (source, codebase) USING (codebase)
        JOIN change_sources s ON s.name = p.source JOIN branch_heads h ON h.source_id = s.id AND h.branch = w.branch
        """;

    public static Task<IReadOnlyList<KnownHead>> Read(StoreTransaction unit, WeirConfiguration model, IReadOnlyCollection<(string Codebase, string Branch)> wanted) => Read(unit.Query<KnownHead>, model, wanted);

    public static Task<IReadOnlyList<KnownHead>> Read(Database database, WeirConfiguration model, IReadOnlyCollection<(string Codebase, string Branch)> wanted, CancellationToken cancellation) =>
        Read((sql, parameters) => database.Read<IReadOnlyList<KnownHead>>(async connection =>
        {
            await using var both = await connection.QueryMultipleAsync(new CommandDefinition($"SELECT {KeptPlans.Call}; {sql}", parameters, cancellationToken: cancellation));
            await both.ReadAsync();
            return (await both.ReadAsync<KnownHead>()).AsList();
        }, cancellation), model, wanted);

    private static async Task<IReadOnlyList<KnownHead>> Read(Func<string, object, Task<IReadOnlyList<KnownHead>>> query, WeirConfiguration model, IReadOnlyCollection<(string Codebase, string Branch)> wanted)
    {
        if (wanted.Count == 0)
            return [];
        var codebases = wanted.Select(w => w.Codebase).ToArray();
        var pollers = model.ChangeSources.OfType<GitPollerConfiguration>().Where(p => codebases.Contains(p.Codebase)).ToArray();
        var known = await query(Sql, new
        {
            codebases,
            branches = wanted.Select(w => w.Branch).ToArray(),
            sources = pollers.Select(p => p.Name).ToArray(),
            watched = pollers.Select(p => p.Codebase).ToArray(),
        });
        return [.. known.GroupBy(k => (k.Codebase, k.Branch)).Select(k => k.MaxBy(h => h.Polled)!)];
    }
}

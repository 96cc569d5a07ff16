using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Schedulers;

/// <summary>The newest revision that Weir knows of a branch. <see cref="Polled"/>: a poller watches the branch, so it is the branch's head as of the last poll.</summary>
internal sealed record KnownHead(string Codebase, string Branch, string Revision, bool Polled);

/// <summary>Looks up the newest known revisions of branches: a poller's head, else the newest change.</summary>
internal static class KnownHeads
{
    private sealed record Row
    {
        public string Source { get; init; } = "";
        public string Codebase { get; init; } = "";
        public string Branch { get; init; } = "";
        public string Revision { get; init; } = "";
    }

    public static async Task<IReadOnlyList<KnownHead>> Read(StoreTransaction unit, WeirConfiguration model, IReadOnlyCollection<(string Codebase, string Branch)> wanted)
    {
        if (wanted.Count == 0)
            return [];
        var codebases = wanted.Select(w => w.Codebase).ToArray();
        var branches = wanted.Select(w => w.Branch).ToArray();
        var pollers = model.ChangeSources.OfType<GitPollerConfiguration>().Where(p => codebases.Contains(p.Codebase)).ToArray();
        var heads = await unit.Query<Row>("""
            SELECT s.name AS source, h.branch, h.revision FROM branch_heads h JOIN change_sources s ON s.id = h.source_id
            WHERE s.name = ANY(@sources) AND h.branch = ANY(@branches)
            """, new { sources = pollers.Select(p => p.Name).ToArray(), branches });
        var changes = await unit.Query<Row>("""
            SELECT w.codebase, w.branch, c.revision FROM unnest(@codebases, @branches) AS w (codebase, branch)
            CROSS JOIN LATERAL (SELECT revision FROM changes c WHERE c.codebase = w.codebase AND c.branch = w.branch AND c.revision IS NOT NULL ORDER BY c.id DESC LIMIT 1) c
            """, new { codebases, branches });
        var known = new Dictionary<(string, string), KnownHead>();
        foreach (var change in changes)
            known[(change.Codebase, change.Branch)] = new(change.Codebase, change.Branch, change.Revision, false);
        foreach (var head in heads)
        {
            var codebase = pollers.First(p => p.Name == head.Source).Codebase;
            if (wanted.Contains((codebase, head.Branch)))
                known[(codebase, head.Branch)] = new(codebase, head.Branch, head.Revision, true);
        }
        return [.. known.Values];
    }
}

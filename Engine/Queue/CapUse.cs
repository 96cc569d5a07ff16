namespace Weir.Engine.Queue;

/// <summary>
/// How much of the caps of projects is in use. A build that waits for what it has set off lends its unit to one build of its project at a time that it waits for, directly or through others: what counts are the builds
/// below which nothing of their project runs. So a chain of builds that wait for one another is one, however long, and a cap can keep no build from that for which another one waits.
/// </summary>
internal sealed class CapUse(IEnumerable<(string Project, int Builds)> running)
{
    // Where nothing has a cap, nothing is counted: for a list without an entry PostgreSQL would make a plan each time, which takes longer than all else of a pass.
    private const string Nothing = "SELECT NULL::text AS project, 0 AS builds WHERE false";

    private const string Counted = """
        SELECT of.project, count(*)::int AS builds FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN builders of ON of.id = b.builder_id
        WHERE of.project = ANY(@capped) AND NOT (EXISTS (SELECT FROM triggers t WHERE t.build_id = b.id AND t.waiting) AND weir_lends_cap(b.id, of.project)) GROUP BY 1
        """;

    /// <summary>Builds that count, by project; of those that the parameter <c>capped</c> names.</summary>
    public static string Sql(IReadOnlyCollection<string> capped) => capped.Count == 0 ? Nothing : Counted;

    private readonly Dictionary<string, int> used = running.ToDictionary(r => r.Project, r => r.Builds);
    private readonly HashSet<(string, long)> lent = [];

    public int Of(string project) => used.GetValueOrDefault(project);

    /// <param name="project">A project with a cap.</param>
    /// <param name="cap">How many of its builds may run.</param>
    /// <param name="lender">The build whose unit there is to be had; null: none.</param>
    public bool HasRoom(string project, int cap, long? lender) => Lends(project, lender) || Of(project) < cap;

    /// <summary>One more of its builds runs.</summary>
    public void Take(string project, long? lender)
    {
        if (Lends(project, lender))
            lent.Add((project, lender!.Value));
        else
            used[project] = Of(project) + 1;
    }

    private bool Lends(string project, long? lender) => lender is { } build && !lent.Contains((project, build));
}

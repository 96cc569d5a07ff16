namespace Weir.Engine.Configuration;

/// <summary>
/// What things of the configuration were called before. What is frozen (the plans of builds, source stamps) says the names of its revision; the store's functions <c>weir_thing</c> and <c>weir_called</c> lead from these to
/// the things, and this does for what is worked out in the program.
/// </summary>
internal sealed class FormerNames(IEnumerable<FormerNames.Row> rows)
{
    /// <summary>All of them.</summary>
    public const string Sql = "SELECT section, name, until_revision, weir_called(section, thing_id) AS now FROM former_names";

    /// <summary>What the codebase of the source stamp <c>s</c> is called now, whose buildset was made under this revision (an SQL expression).</summary>
    public static string Codebase(string revision) =>
        $"CASE WHEN EXISTS (SELECT FROM former_names WHERE section = 'codebases') THEN coalesce(weir_called('codebases', weir_thing('codebases', s.codebase, {revision})), s.codebase) ELSE s.codebase END";

    internal sealed record Row
    {
        public string Section { get; init; } = "";
        public string Name { get; init; } = "";
        public long UntilRevision { get; init; }
        public string Now { get; init; } = "";
    }

    private readonly ILookup<(string, string), Row> rows = rows.ToLookup(r => (r.Section, r.Name));

    /// <summary>What is called now what had this name under a revision.</summary>
    public string Now(string section, string name, long revision) => rows[(section, name)].Where(r => r.UntilRevision > revision).MinBy(r => r.UntilRevision)?.Now ?? name;
}

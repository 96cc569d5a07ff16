using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Revisions;

/// <summary>How a revision differs from the one before it: as text, thing by thing, and in a line. Without one before, everything is new.</summary>
internal sealed record RevisionDifference(string Text, IReadOnlyList<ConfigurationDifference> Things, string? Summary)
{
    public static RevisionDifference Nothing { get; } = new("", [], null);

    public static RevisionDifference Between((IReadOnlyList<ConfigurationPart> Parts, WeirConfiguration Model)? before, (IReadOnlyList<ConfigurationPart> Parts, WeirConfiguration Model) after)
    {
        var things = ModelDifference.Between(before?.Model ?? new(), after.Model);
        return new(Difference.Between(before?.Parts ?? [], after.Parts), things, DifferenceWords.Summary(things, isFirst: before is null));
    }

    /// <summary>One row for each thing, in the revision's own transaction: a thing's page finds the revisions in which it changed.</summary>
    public Task Write(StoreTransaction unit, long revision) => Things.Count == 0 ? Task.CompletedTask : unit.Execute("""
        INSERT INTO config_differences (revision_id, place, kind, section, name, former_name, settings)
        SELECT @revision, place, kind, section, name, former, settings
        FROM jsonb_to_recordset(@rows::jsonb) AS r (place integer, kind text, section text, name text, former text, settings jsonb)
        """, new { revision, rows = ConfigurationJson.Write(Things.Select((t, i) => new { place = i, kind = t.Kind.ToString(), section = t.Section, name = t.Name, former = t.FormerName, settings = t.Settings })) });
}

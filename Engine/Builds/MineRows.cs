using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Schedulers;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>The last changes of a person, and the builds that they, or the person's own word, set in motion. However long the history is, only its end is looked at.</summary>
internal static class MineRows
{
    private const int LookedAt = 2000;
    private const int MostChanges = 6;
    private const int MostBuilds = 8;

    // An author is "Ada Lovelace <ada@example.org>": an account is hers by the whole, the name, the address, or what stands before its @.
    private const string Address = "lower(coalesce(substring(h.author FROM '<([^>]*)>'), h.author))";
    private const string Mine = $"""
        (SELECT h.id FROM (SELECT id, author FROM changes ORDER BY id DESC LIMIT @LookedAt) AS h
         WHERE @me IN (lower(h.author), lower(btrim(split_part(h.author, '<', 1))), {Address}, split_part({Address}, '@', 1)))
        """;

    private const string Sql = $"""
        {ChangeRows.Select}
        WHERE c.id = ANY(ARRAY(SELECT k.id FROM {Mine} AS k ORDER BY k.id DESC LIMIT @MostChanges))
        ORDER BY c.id DESC;

        {BuildRows.Select}
        WHERE b.id = ANY(ARRAY(
            SELECT k.id
            FROM (SELECT id, buildset_id FROM builds ORDER BY id DESC LIMIT @LookedAt) AS k
            JOIN buildsets s ON s.id = k.buildset_id
            WHERE s.properties @> @forced::jsonb OR s.id IN (SELECT x.buildset_id FROM {Mine} AS m JOIN buildset_changes x ON x.change_id = m.id)
            ORDER BY k.id DESC LIMIT @MostBuilds))
        ORDER BY b.id DESC;
        """;

    public static Task<MyWork> Read(StoreSnapshot snapshot, string user)
    {
        var forced = ConfigurationJson.Write(new[] { BuildsetProperties.Text("owner", user, BuildsetProperties.FromForce) });
        return snapshot.Batch(Sql, new { me = user.ToLowerInvariant(), forced, LookedAt, MostChanges, MostBuilds }, async results =>
            new MyWork([.. (await results.List<ChangeRow>()).Select(c => c.ToRecord())], await results.List<BuildSummary>()));
    }
}

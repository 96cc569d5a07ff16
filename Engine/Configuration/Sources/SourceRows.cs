using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>Reads and writes the rows of sources.</summary>
internal static class SourceRows
{
    private const string Sql = $"SELECT {SourceRow.Columns} FROM config_sources ORDER BY name";

    public static async Task<SourceSet> Read(Database database, CancellationToken cancellation) => new(await database.Query<SourceRow>(Sql, null, cancellation));

    public static async Task<bool> Stand(StoreTransaction unit, SourceSet sources) =>
        sources.Fingerprint == (await unit.QuerySingle<string>("""SELECT coalesce(string_agg(name || ':' || number, ' ' ORDER BY name COLLATE "C"), '') FROM config_sources""") ?? "");

    /// <summary>What was offered is the newest good content from now on.</summary>
    public static async Task Take(StoreTransaction unit, Judgement judged)
    {
        foreach (var offer in judged.Offers)
        {
            // The problems of what a source gave last stay with it, if that is not what was taken now (a revision was restored, say).
            await unit.Execute("""
                INSERT INTO config_sources AS s (name, origin, parts, taken_at, place, commit_id, given)
                VALUES (@Source, @origin, @parts::jsonb, weir_now(), @Place, @Commit, @Given)
                ON CONFLICT (name) DO UPDATE SET number = s.number + 1, origin = excluded.origin, parts = excluded.parts, commit_id = excluded.commit_id,
                    taken_at = CASE WHEN s.parts = excluded.parts THEN s.taken_at ELSE excluded.taken_at END,
                    place = coalesce(excluded.place, s.place), given = coalesce(excluded.given, s.given),
                    pending = CASE WHEN @answers THEN NULL ELSE s.pending END, pending_commit = CASE WHEN @answers THEN NULL ELSE s.pending_commit END,
                    problems = CASE WHEN @answers THEN '[]'::jsonb ELSE s.problems END, broken_since = CASE WHEN @answers THEN NULL ELSE s.broken_since END
                """, new { offer.Source, origin = offer.Origin.ToString(), parts = Written(offer.Parts), offer.Place, offer.Commit, offer.Given, answers = offer.Given is not null });
        }
        foreach (var offer in judged.Offers.Where(o => o.Origin == PartOrigin.Repository))
            await PartNews.Note(unit, offer.Source);
        // A repository that is declared again begins anew.
        await unit.Execute("DELETE FROM config_sources WHERE origin = 'Repository' AND name <> ALL(@declared)", new { declared = judged.Model!.Parts.Select(p => p.Name).ToArray() });
    }

    /// <summary>What a file or repository offered is not good: its last good content stays, and the row says what is wrong. Of what people send nothing is kept: they hear it at once.</summary>
    public static async Task Refuse(StoreTransaction unit, IReadOnlyList<Offer> offers, IReadOnlyList<ConfigurationProblem> problems)
    {
        foreach (var offer in offers.Where(o => o.Given is not null))
        {
            await unit.Execute("""
                INSERT INTO config_sources AS s (name, origin, place, given, pending, pending_commit, pending_author, problems, broken_since)
                VALUES (@Source, @origin, @Place, @Given, @pending::jsonb, @Commit, @Author, @problems::jsonb, weir_now())
                ON CONFLICT (name) DO UPDATE SET number = s.number + 1, place = coalesce(excluded.place, s.place), given = excluded.given, pending = excluded.pending, pending_commit = excluded.pending_commit, pending_author = excluded.pending_author,
                    problems = excluded.problems, broken_since = coalesce(s.broken_since, excluded.broken_since)
                """, new
            {
                offer.Source,
                origin = offer.Origin.ToString(),
                offer.Place,
                offer.Given,
                offer.Commit,
                offer.Author,
                pending = Written(offer.Parts),
                problems = ConfigurationJson.Write(problems.Select(StorableText.Of)),
            });
            await PartNews.Note(unit, offer.Source);
        }
    }

    /// <summary>A repository was looked at: nothing new in it, or it could not be read (<paramref name="trouble"/>).</summary>
    public static async Task Looked(StoreTransaction unit, PartConfiguration part, string? trouble)
    {
        await unit.Execute("""
            INSERT INTO config_sources AS s (name, origin, place, repository, trouble, broken_since, looked_at)
            VALUES (@Name, 'Repository', @Place, @Repository, @trouble, CASE WHEN @trouble IS NULL THEN NULL ELSE weir_now() END, weir_now())
            ON CONFLICT (name) DO UPDATE SET place = excluded.place, repository = excluded.repository, trouble = excluded.trouble, looked_at = excluded.looked_at,
                broken_since = CASE WHEN s.pending IS NULL AND @trouble::text IS NULL THEN NULL ELSE coalesce(s.broken_since, excluded.broken_since) END
            """, new { part.Name, part.Place, part.Repository, trouble });
        await PartNews.Note(unit, part.Name);
    }

    public static Task<bool> AnyBroken(StoreTransaction unit) => unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM config_sources WHERE pending IS NOT NULL)");

    private static string Written(IReadOnlyList<ConfigurationPart> parts) => ConfigurationJson.Write(parts.Select(p => new { Name = StorableText.Of(p.Name), Text = StorableText.Of(p.Text) }));
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>
/// Tells the owners of a part that it is broken, once for each new error, and once that it is good again: in the transaction in which that is so. Where no engine has a mail server nobody is told, and nobody counts
/// as told: should one get a server later, whoever looks at the part next tells it.
/// </summary>
internal static class PartNews
{
    private const int MostProblems = 100;

    // A server that cannot be reached for a moment is no news.
    private static readonly TimeSpan TroubleIsNews = TimeSpan.FromMinutes(15);

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string? Place { get; init; }
        public string? CommitId { get; init; }
        public DateTimeOffset? TakenAt { get; init; }
        public bool Broken { get; init; }
        public string? PendingCommit { get; init; }
        public string? PendingAuthor { get; init; }
        public string Problems { get; init; } = "[]";
        public string? Trouble { get; init; }
        public bool Lasts { get; init; }
        public string? Told { get; init; }
        public string[] ToldTo { get; init; } = [];
        public string[] Notify { get; init; } = [];
        public bool CanSend { get; init; }
        public string? Title { get; init; }
        public string? Url { get; init; }
    }

    /// <summary>The state of the part may have changed in this transaction.</summary>
    public static async Task Note(StoreTransaction unit, string part)
    {
        var row = await unit.QuerySingle<Row>($"""
            SELECT s.name, s.place, s.commit_id, s.taken_at, s.pending IS NOT NULL AS broken, s.pending_commit, s.pending_author, s.problems::text AS problems, s.trouble,
                coalesce(s.broken_since < weir_now() - @TroubleIsNews, false) AS lasts, s.told, s.told_to, {MailOutbox.CanSend} AS can_send, r.model->>'Title' AS title, r.model->>'Url' AS url,
                ARRAY(SELECT jsonb_array_elements_text(p->'Notify') FROM jsonb_array_elements(r.model->'Parts') p WHERE p->>'Name' = s.name) AS notify
            FROM config_sources s LEFT JOIN config_revisions r ON r.id = (SELECT revision_id FROM config_in_force) WHERE s.name = @part FOR UPDATE OF s
            """, new { part, TroubleIsNews });
        if (row is not { CanSend: true })
            return;
        var error = row.Broken ? Fingerprint(row.Problems) : row is { Trouble: not null, Lasts: true } ? "trouble" : null;
        if (error is null && row is { Told: not null, Trouble: null })
            await Tell(unit, row, row.ToldTo, null, $"the part {row.Name} is good again", Mended(row));
        else if (error is not null && error != row.Told && Recipients(row) is { Length: > 0 } recipients)
            await Tell(unit, row, recipients, error, $"the part {row.Name} is not good", Broken(row));
    }

    private static async Task Tell(StoreTransaction unit, Row row, string[] recipients, string? error, string subject, string body)
    {
        await MailOutbox.Write(unit, [.. recipients.Select(r => new OutgoingMail($"part {row.Name}", r, $"{row.Title ?? "Weir"}: {subject}", body))]);
        // Who was told of any of its errors hears that it is over.
        await unit.Execute("UPDATE config_sources SET told = @error, told_to = @to WHERE name = @Name", new { row.Name, error, to = error is null ? [] : row.ToldTo.Union(recipients).ToArray() });
    }

    private static string[] Recipients(Row row) =>
        [.. row.Notify.Select(n => n == PartConfiguration.Author ? row.Broken ? row.PendingAuthor : null : n).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];

    // The same complaints about another commit are no news.
    private static string Fingerprint(string problems) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(problems)))[..32];

    private static string Broken(Row row)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The part {row.Name} cannot be put in force as it is now. ");
        text.Append(row.CommitId is { } good ? $"What was good last stays in force: commit {Short(good)}.\n" : "Nothing of it is in force.\n");
        Where(text, row);
        if (row.Broken)
        {
            if (row.PendingCommit is { } commit)
                text.Append(CultureInfo.InvariantCulture, $"Commit:  {commit}\n");
            text.Append("\nWhat is wrong:\n");
            var problems = ConfigurationJson.Read<ConfigurationProblem[]>(row.Problems);
            foreach (var problem in problems.Take(MostProblems))
                text.Append(CultureInfo.InvariantCulture, $"\n- {problem.Part}, line {problem.Line}, column {problem.Column}{(problem.Path.Length == 0 ? "" : $" ({problem.Path})")}:\n  {problem.Message.ReplaceLineEndings("\n  ")}\n");
            if (problems.Length > MostProblems)
                text.Append(CultureInfo.InvariantCulture, $"\nand {problems.Length - MostProblems} more.\n");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"\nIt could not be read: {row.Trouble}\n");
        }
        return Link(text, row);
    }

    private static string Mended(Row row)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"The part {row.Name} is good again{(row.CommitId is { } commit ? $", with commit {Short(commit)}" : "")}.\n");
        Where(text, row);
        return Link(text, row);
    }

    private static void Where(StringBuilder text, Row row) => text.Append(CultureInfo.InvariantCulture, $"\nWhere:   {row.Place}\n");

    private static string Link(StringBuilder text, Row row) => (row.Url is { } url ? text.Append(CultureInfo.InvariantCulture, $"\n{url.TrimEnd('/')}/configuration#part-of-{row.Name}\n") : text).ToString();

    private static string Short(string commit) => commit[..Math.Min(12, commit.Length)];
}

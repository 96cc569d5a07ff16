using Weir.Engine.Configuration.Check;
using Weir.Engine.Configuration.Reading;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Sources;

/// <summary>Shows the sources, each with how it is and what it defines.</summary>
internal sealed class PartQueries(Database database) : IPartQueries
{
    public async Task<IReadOnlyList<PartRecord>> Parts(CancellationToken cancellation)
    {
        var sources = await SourceRows.Read(database, cancellation);
        var told = sources.Rows.Any(r => r.OriginKind == PartOrigin.Repository)
            ? (await database.Query<ToldRow>(ToldSql, null, cancellation)).ToDictionary(t => t.Name) : [];
        return await Task.Run<IReadOnlyList<PartRecord>>(() => [.. sources.InOrder().Select(Record).Select(p => told.GetValueOrDefault(p.Name) is { } its
            ? p with { Notify = its.Notify, CanSendMail = its.CanSend, Mails = ConfigurationJson.Read<PartMail[]>(its.Mails) } : p)], cancellation);
    }

    private const string ToldSql = $"""
        SELECT p->>'Name' AS name, ARRAY(SELECT jsonb_array_elements_text(p->'Notify')) AS notify, {MailOutbox.CanSend} AS can_send, coalesce((
            SELECT jsonb_agg(jsonb_build_object('Recipient', m.recipient, 'Subject', m.subject, 'WrittenAt', m.written_at, 'Attempts', m.attempts, 'LastError', m.last_error, 'SentAt', m.sent_at, 'GivenUpAt', m.given_up_at, 'NextAt', m.next_at) ORDER BY m.id DESC)
            FROM (SELECT * FROM mails WHERE about = 'part ' || (p->>'Name') ORDER BY id DESC LIMIT 10) m), '[]')::text AS mails
        FROM config_revisions r CROSS JOIN jsonb_array_elements(r.model->'Parts') p WHERE r.id = (SELECT revision_id FROM config_in_force)
        """;

    private sealed record ToldRow
    {
        public string Name { get; init; } = "";
        public string[] Notify { get; init; } = [];
        public bool CanSend { get; init; }
        public string Mails { get; init; } = "[]";
    }

    public async Task<string?> Export(CancellationToken cancellation) =>
        await database.QuerySingle<string>("SELECT parts::text FROM config_revisions WHERE id = (SELECT revision_id FROM config_in_force)", null, cancellation) is { } parts
            ? await Task.Run(() => ConfigurationExport.Of(RevisionRow.ReadParts(parts)), cancellation)
            : null;

    private static PartRecord Record(SourceRow row)
    {
        var good = row.Good();
        return new()
        {
            Name = row.Name,
            Origin = row.OriginKind,
            State = State(row, good),
            Trouble = row.Trouble,
            Problems = ConfigurationJson.Read<ConfigurationProblem[]>(row.Problems),
            BrokenSince = row.BrokenSince,
            Place = row.Place,
            Commit = row.CommitId,
            BrokenCommit = row.Pending is null ? null : row.PendingCommit,
            TakenAt = row.TakenAt,
            LookedAt = row.LookedAt,
            Files = [.. good.Select(p => p.Name)],
            Defines = [.. good.SelectMany(Defined)],
        };
    }

    private static PartState State(SourceRow row, IReadOnlyList<ConfigurationPart> good) => row switch
    {
        { Pending: not null } or { Trouble: not null } => PartState.Broken,
        { Given: null } when row.OriginKind != PartOrigin.Store => PartState.Waiting,
        { Given: { } given } when (row.OriginKind == PartOrigin.Repository ? row.CommitId != given.Split(' ')[0] : ContentHash.Of(good) != given) => PartState.Replaced,
        _ => PartState.Good,
    };

    private static IEnumerable<DefinedName> Defined(ConfigurationPart part) => YamlReader.Read(part, new()) is { } root
        ? Sections.Names.SelectMany(section => root.Map(section).Select(entry => new DefinedName(section, entry.Key.Text, part.Name, entry.Key.Line)))
        : [];
}

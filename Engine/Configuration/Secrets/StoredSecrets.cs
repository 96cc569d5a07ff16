using Weir.Engine.Configuration.Format;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Configuration.Secrets;

/// <summary>A secret as the store takes it: with its value sealed, or without one (then it keeps the one it has); without builders and projects those may use it who could.</summary>
internal sealed record SealedSecret(string Name, string? Sealed, string[]? Builders, string[]? Projects)
{
    public string? Reason { get; init; }
}

/// <summary>Secrets that the store keeps: sealed when they are written, opened when one is used by somebody who may. Nothing is kept in memory, so a changed secret is in use at once.</summary>
public sealed class StoredSecrets(Database database, ISecretSeal seal) : ISecretStore
{
    // A shorter text stands in too many harmless places to be masked.
    private const int Shortest = 4;
    private const int MostNames = 1000;

    private sealed record NowRow(string? Builder, string? Project);

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Sealed { get; init; } = "";
        public string[] Builders { get; init; } = [];
        public string[] Projects { get; init; } = [];
        public bool IsNoted { get; init; }
    }

    private sealed record ListedRow
    {
        public string Name { get; init; } = "";
        public string[] Builders { get; init; } = [];
        public string[] Projects { get; init; } = [];
        public DateTimeOffset SetAt { get; init; }
        public string SetBy { get; init; } = "";
        public string[] UsedBy { get; init; } = [];
    }

    public async Task<IReadOnlyList<StoredSecret>> List(CancellationToken cancellation)
    {
        var rows = await database.Query<ListedRow>("""
            SELECT s.name, s.builders, s.projects, s.set_at, s.set_by, ARRAY(SELECT u.used_by FROM secret_uses u WHERE u.secret = s.name ORDER BY u.used_by) AS used_by FROM secrets s ORDER BY s.name
            """, null, cancellation);
        return [.. rows.Select(r => new StoredSecret { Name = r.Name, Builders = r.Builders, Projects = r.Projects, SetAt = r.SetAt, SetBy = r.SetBy, UsedBy = r.UsedBy })];
    }

    public async Task<ActionOutcome> Set(SecretEdit edit, Actor by, CancellationToken cancellation) => Sealed(edit) switch
    {
        (_, { Count: > 0 } problems) => new ActionOutcome.Invalid(problems),
        var (made, _) => await Keep(made!, by, cancellation),
    };

    /// <summary>Checks an edit, and seals its value.</summary>
    internal (SealedSecret? Made, IReadOnlyList<FieldProblem> Problems) Sealed(SecretEdit edit)
    {
        var value = edit.Value is null ? null : WithoutLastLineEnd(edit.Value);
        return Problems(edit, value).ToList() is { Count: > 0 } problems ? (null, problems)
            : (new(edit.Name, value is null ? null : seal.Seal(edit.Name, value), Who(edit.Builders), Who(edit.Projects)) { Reason = edit.Reason }, []);

        // Whoever says one of both says both.
        string[]? Who(IReadOnlyList<string>? names) => names is null && (edit.Builders ?? edit.Projects) is null ? null : [.. (names ?? []).Distinct().Order(StringComparer.Ordinal)];
    }

    internal Task<ActionOutcome> Keep(SealedSecret edit, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        var isThere = await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM secrets WHERE name = @Name)", new { edit.Name });
        if (edit.Sealed is null && !isThere)
            return new ActionOutcome.Invalid([new("value", "It is missing: a new secret needs a value.")]);
        var secret = new { edit.Name, builders = edit.Builders, projects = edit.Projects, value = edit.Sealed ?? "", by = by.Name };
        if (edit.Sealed is not null)
        {
            await unit.Execute("""
                INSERT INTO secrets (name, sealed, builders, projects, set_at, set_by) VALUES (@Name, @value, '{}', '{}', weir_now(), @by)
                ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by
                """, secret);
            await unit.Execute("DELETE FROM secret_uses WHERE secret = @Name", secret);
        }
        var rights = (await unit.QuerySingle<Row>("""
            UPDATE secrets SET builders = coalesce(@builders::text[], builders), projects = coalesce(@projects::text[], projects) WHERE name = @Name RETURNING name, builders, projects
            """, secret))!;
        Audit.Write(unit, by, edit.Sealed is null ? "secret.allow" : isThere ? "secret.rotate" : "secret.add", $"secret {edit.Name}", string.Join("; ", new[] { Who(rights.Builders, rights.Projects), edit.Reason }.Where(t => !string.IsNullOrWhiteSpace(t))));
        return new ActionOutcome.Done();
    }, cancellation);

    public Task<ActionOutcome> Remove(string name, string? reason, Actor by, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        if (await unit.Execute("DELETE FROM secrets WHERE name = @name", new { name }) == 0)
            return new ActionOutcome.NotFound($"secret {name} in the store");
        Audit.Write(unit, by, "secret.remove", $"secret {name}", reason);
        return new ActionOutcome.Done();
    }, cancellation);

    /// <summary>Those of these secrets that the store has, for a build of a builder: the value, or why this builder does not get it. That it uses one is noted in the record of who did what, once for each value.</summary>
    public async Task<IReadOnlyDictionary<string, SecretAnswer>> ForBuild(IReadOnlyList<SecretSourceConfiguration> sources, IReadOnlyCollection<string> names, string builder, string? project, long build, CancellationToken cancellation)
    {
        if (names.Count == 0 || sources.All(s => s.From != SecretReader.Store))
            return new Dictionary<string, SecretAnswer>();
        // Its plan says the names of its revision, and who may use a secret is told by those of now.
        var now = await database.QuerySingle<NowRow>("""
            SELECT weir_called('builders', weir_thing('builders', @builder, config_revision_id)) AS builder, weir_called('projects', weir_thing('projects', @project, config_revision_id)) AS project FROM builds WHERE id = @build
            """, new { builder, project, build }, cancellation);
        return await ForBuilder(sources, names, now?.Builder ?? builder, project is null ? null : now?.Project ?? project, cancellation);
    }

    /// <summary>The same for a builder as it is called now.</summary>
    public Task<IReadOnlyDictionary<string, SecretAnswer>> ForBuilder(IReadOnlyList<SecretSourceConfiguration> sources, IEnumerable<string> names, string builder, string? project, CancellationToken cancellation) =>
        For(sources, names, $"builder {builder}", r => (r.Builders.Length == 0 && r.Projects.Length == 0) || r.Builders.Contains(builder) || (project is not null && r.Projects.Contains(project)), cancellation);

    /// <summary>The same for a webhook, which gets those that all may use.</summary>
    public Task<IReadOnlyDictionary<string, SecretAnswer>> ForHook(IReadOnlyList<SecretSourceConfiguration> sources, string name, string hook, CancellationToken cancellation) =>
        For(sources, [name], $"webhook {hook}", r => r.Builders.Length == 0 && r.Projects.Length == 0, cancellation);

    /// <summary>The same within a transaction.</summary>
    internal Task<IReadOnlyDictionary<string, SecretAnswer>> ForHook(StoreTransaction unit, IReadOnlyList<SecretSourceConfiguration> sources, string name, string hook) =>
        For(sources, [name], $"webhook {hook}", r => r.Builders.Length == 0 && r.Projects.Length == 0, unit.Query<Row>, note => note(unit));

    /// <summary>The same for a part of the configuration, whose repository is reached with it; which secret that is only an admin says.</summary>
    public Task<IReadOnlyDictionary<string, SecretAnswer>> ForPart(IReadOnlyList<SecretSourceConfiguration> sources, string name, string part, CancellationToken cancellation) =>
        For(sources, [name], $"part {part}", r => r.Builders.Length == 0 && r.Projects.Length == 0, cancellation);

    private Task<IReadOnlyDictionary<string, SecretAnswer>> For(IReadOnlyList<SecretSourceConfiguration> sources, IEnumerable<string> names, string user, Func<Row, bool> may, CancellationToken cancellation) =>
        For(sources, names, user, may, (sql, parameters) => database.Query<Row>(sql, parameters, cancellation), note => database.Write(note, cancellation));

    private async Task<IReadOnlyDictionary<string, SecretAnswer>> For(
        IReadOnlyList<SecretSourceConfiguration> sources, IEnumerable<string> names, string user, Func<Row, bool> may, Func<string, object?, Task<IReadOnlyList<Row>>> ask, Func<Func<StoreTransaction, Task>, Task> write)
    {
        var wanted = sources.Any(s => s.From == SecretReader.Store) ? names.Distinct().ToArray() : [];
        if (wanted.Length == 0)
            return new Dictionary<string, SecretAnswer>();
        var rows = await ask("""
            SELECT s.name, s.sealed, s.builders, s.projects, EXISTS (SELECT FROM secret_uses u WHERE u.secret = s.name AND u.used_by = @user) AS is_noted FROM secrets s WHERE s.name = ANY(@wanted)
            """, new { wanted, user });
        var answers = rows.ToDictionary(r => r.Name, r => Answer(r, user, may(r)));
        if (rows.Where(r => !r.IsNoted && answers[r.Name] is SecretAnswer.Found).Select(r => r.Name).ToArray() is { Length: > 0 } news)
            await write(unit => Note(unit, news, user));
        return answers;
    }

    private SecretAnswer Answer(Row row, string user, bool may) => !may
        ? new SecretAnswer.Missing($"The secret {row.Name} of the store is not for the {user}: {Who(row.Builders, row.Projects)} may use it.")
        : seal.Open(row.Name, row.Sealed) is { } value
            ? new SecretAnswer.Found(new(value))
            : new SecretAnswer.Missing($"The secret {row.Name} of the store cannot be opened: it was sealed with keys that the store does not have any more. Set it again.");

    private static async Task Note(StoreTransaction unit, string[] names, string user)
    {
        foreach (var name in await unit.Query<string>("INSERT INTO secret_uses (secret, used_by, first_used_at) SELECT s.name, @user, weir_now() FROM secrets s WHERE s.name = ANY(@names) ON CONFLICT DO NOTHING RETURNING secret", new { names, user }))
            Audit.Write(unit, Actor.Weir(user), "secret.use", $"secret {name}", "for the first time since it was set");
    }

    private static IEnumerable<FieldProblem> Problems(SecretEdit edit, string? value)
    {
        if (TextRules.SecretName(edit.Name) is { } name)
            yield return new("name", name);
        if (value is not null && value.Length < Shortest)
            yield return new("value", $"A secret has at least {Shortest} characters: a shorter one could not be masked in logs.");
        if (value is not null && System.Text.Encoding.UTF8.GetByteCount(value) > SecretReader.MaxBytes)
            yield return new("value", $"At most {SecretReader.MaxBytes / 1024} KiB.");
        if (value?.Contains('\0', StringComparison.Ordinal) == true)
            yield return new("value", "It holds a NUL character.");
        foreach (var (field, names) in new[] { ("builders", edit.Builders), ("projects", edit.Projects) })
        {
            if (names?.Count > MostNames)
                yield return new(field, $"At most {MostNames}.");
            foreach (var wrong in (names ?? []).Select(TextRules.Name).OfType<string>().Take(1))
                yield return new(field, wrong);
        }
    }

    private static string Who(IReadOnlyList<string> builders, IReadOnlyList<string> projects) => (builders, projects) switch
    {
        ([], []) => "all builders",
        (_, []) => $"the builders {string.Join(", ", builders)}",
        ([], _) => $"the builders of {string.Join(", ", projects)}",
        _ => $"the builders {string.Join(", ", builders)} and those of {string.Join(", ", projects)}",
    };

    private static string WithoutLastLineEnd(string value) => value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value.EndsWith('\n') ? value[..^1] : value;
}

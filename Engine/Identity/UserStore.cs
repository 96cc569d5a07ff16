using System.Security.Cryptography;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.Engine.Identity;

/// <summary>Users as rows. A changed password or changed rights give a new security stamp, which ends the sessions begun before.</summary>
public sealed class UserStore(Database database) : IUserStore
{
    private const int StampBytes = 16;

    private sealed record UserRow
    {
        public required string Name { get; init; }
        public required string PasswordHash { get; init; }
        public required string SecurityStamp { get; init; }
        public required string[] Rights { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset? DisabledAt { get; init; }

        public UserRecord ToRecord() => new()
        {
            Name = Name,
            PasswordHash = PasswordHash,
            SecurityStamp = SecurityStamp,
            Rights = Rights,
            CreatedAt = CreatedAt,
            DisabledAt = DisabledAt,
        };
    }

    private sealed record AuditRow
    {
        public long Id { get; init; }
        public DateTimeOffset At { get; init; }
        public required string Actor { get; init; }
        public required string Action { get; init; }
        public required string Subject { get; init; }
        public string? Reason { get; init; }
        public string? Address { get; init; }
    }

    public async Task<UserRecord?> FindUser(string name, CancellationToken cancellation) =>
        (await database.QuerySingle<UserRow>("SELECT name, password_hash, security_stamp, rights, created_at, disabled_at FROM users WHERE name = @name", new { name }, cancellation))?.ToRecord();

    public Task<bool> AnyUser(CancellationToken cancellation) => database.QuerySingle<bool>("SELECT EXISTS (SELECT FROM users)", null, cancellation);

    public Task SaveUser(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation) =>
        database.Write(unit => Save(unit, name, passwordHash, rights, by), cancellation);

    /// <summary>Creates the user only if the store has none at all; of several masters that start at once, one succeeds.</summary>
    public Task<bool> SaveFirstUser(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation) =>
        database.Write(async unit =>
        {
            await unit.Execute("SELECT pg_advisory_xact_lock(hashtext('weir first user ' || current_schema()))");
            if (await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM users)"))
                return false;
            await Save(unit, name, passwordHash, rights, by);
            return true;
        }, cancellation);

    public async Task<IReadOnlyList<UserRecord>> List(CancellationToken cancellation) =>
        [.. (await database.Query<UserRow>("SELECT name, password_hash, security_stamp, rights, created_at, disabled_at FROM users ORDER BY name", null, cancellation)).Select(u => u.ToRecord())];

    public Task<ActionOutcome> Add(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation) =>
        database.Write<ActionOutcome>(async unit =>
        {
            var id = await unit.QuerySingle<long?>("""
                INSERT INTO users (name, password_hash, security_stamp, rights, created_at)
                VALUES (@name, @passwordHash, @stamp, @rights, weir_now())
                ON CONFLICT (name) DO NOTHING RETURNING id
                """, new { name, passwordHash, stamp = NewStamp(), rights = rights.ToArray() });
            if (id is null)
                return new ActionOutcome.Conflict($"There is a user {name} already.");
            Audit.Write(unit, by, "user.add", $"user {name}: {Words(rights)}", null);
            return new ActionOutcome.Done(id);
        }, cancellation);

    public Task<ActionOutcome> SetRights(string name, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation) => Change(name, by, "user.rights", $"user {name}: {Words(rights)}", null,
        "UPDATE users SET rights = @rights, security_stamp = @stamp WHERE name = @name", new { name, rights = rights.ToArray(), stamp = NewStamp() }, cancellation);

    public Task<ActionOutcome> SetPassword(string name, string passwordHash, Actor by, CancellationToken cancellation) => Change(name, by, "user.password", $"user {name}", null,
        "UPDATE users SET password_hash = @passwordHash, security_stamp = @stamp WHERE name = @name", new { name, passwordHash, stamp = NewStamp() }, cancellation);

    public Task<ActionOutcome> SetDisabled(string name, bool disabled, string? reason, Actor by, CancellationToken cancellation) => Change(name, by, disabled ? "user.disable" : "user.enable", $"user {name}", reason,
        "UPDATE users SET disabled_at = CASE WHEN @disabled THEN coalesce(disabled_at, weir_now()) END, security_stamp = @stamp WHERE name = @name", new { name, disabled, stamp = NewStamp() }, cancellation);

    public async Task<IReadOnlyList<AuditRecord>> RecentAudit(int count, CancellationToken cancellation) =>
        [.. (await database.Query<AuditRow>("SELECT id, at, actor, action, subject, reason, address FROM audit ORDER BY day DESC, id DESC LIMIT @count", new { count }, cancellation))
            .Select(a => new AuditRecord(a.Id, a.At, a.Actor, a.Action, a.Subject, a.Reason, a.Address))];

    // One at a time, so that two who take each other's rights away at once do not leave a store that nobody rules.
    private Task<ActionOutcome> Change(string name, Actor by, string action, string subject, string? reason, string sql, object parameters, CancellationToken cancellation) =>
        database.Write<ActionOutcome>(async unit =>
        {
            await unit.Execute("SELECT pg_advisory_xact_lock(hashtext('weir first user ' || current_schema()))");
            if (await unit.Execute(sql, parameters) == 0)
                return new ActionOutcome.NotFound($"user {name}");
            if (!await unit.QuerySingle<bool>("SELECT EXISTS (SELECT FROM users WHERE disabled_at IS NULL AND @Admin = ANY(rights))", new { Right.Admin }))
            {
                await unit.Rollback();
                return new ActionOutcome.Conflict($"{name} is the last account with the right \"{Right.Admin}\": nobody could give it back.");
            }
            Audit.Write(unit, by, action, subject, reason);
            return new ActionOutcome.Done();
        }, cancellation);

    private static string NewStamp() => RandomNumberGenerator.GetHexString(StampBytes * 2, lowercase: true);

    private static string Words(IReadOnlyCollection<string> rights) => rights.Count == 0 ? "no rights" : string.Join(", ", rights);

    private static async Task Save(StoreTransaction unit, string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by)
    {
        await unit.Execute("""
            INSERT INTO users (name, password_hash, security_stamp, rights, created_at)
            VALUES (@name, @passwordHash, @stamp, @rights, weir_now())
            ON CONFLICT (name) DO UPDATE SET password_hash = @passwordHash, security_stamp = @stamp, rights = @rights, disabled_at = NULL
            """, new { name, passwordHash, stamp = NewStamp(), rights = rights.ToArray() });
        Audit.Write(unit, by, "user.save", name, null);
    }
}

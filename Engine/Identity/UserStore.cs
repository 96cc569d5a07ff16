using System.Security.Cryptography;
using Weir.Engine.Storage;
using Weir.Shared.Identity;

namespace Weir.Engine.Identity;

/// <summary>Users and tokens as rows. A changed password or changed rights give a new security stamp, which ends the sessions begun before.</summary>
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

    public Task<long> AddToken(string userName, string label, byte[] hash, DateTimeOffset? expiresAt, Actor by, CancellationToken cancellation) =>
        database.Write(async unit =>
        {
            var id = await unit.QuerySingle<long?>("""
                INSERT INTO tokens (user_id, label, hash, created_at, expires_at)
                SELECT id, @label, @hash, weir_now(), @expiresAt FROM users WHERE name = @userName AND disabled_at IS NULL
                RETURNING id
                """, new { userName, label, hash, expiresAt }) ?? throw new InvalidOperationException($"There is no user {userName} to whom a token could belong.");
            await Audit.Write(unit, by, "token.create", $"{userName}: {label}", null);
            return id;
        }, cancellation);

    public async Task<UserRecord?> FindByToken(byte[] hash, CancellationToken cancellation) =>
        (await database.QuerySingle<UserRow>("""
            SELECT u.name, u.password_hash, u.security_stamp, u.rights, u.created_at, u.disabled_at
            FROM tokens t JOIN users u ON u.id = t.user_id
            WHERE t.hash = @hash AND (t.expires_at IS NULL OR t.expires_at > weir_now()) AND u.disabled_at IS NULL
            """, new { hash }, cancellation))?.ToRecord();

    public async Task<IReadOnlyList<AuditRecord>> RecentAudit(int count, CancellationToken cancellation) =>
        [.. (await database.Query<AuditRow>("SELECT id, at, actor, action, subject, reason, address FROM audit ORDER BY day DESC, id DESC LIMIT @count", new { count }, cancellation))
            .Select(a => new AuditRecord(a.Id, a.At, a.Actor, a.Action, a.Subject, a.Reason, a.Address))];

    private static async Task Save(StoreTransaction unit, string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by)
    {
        await unit.Execute("""
            INSERT INTO users (name, password_hash, security_stamp, rights, created_at)
            VALUES (@name, @passwordHash, @stamp, @rights, weir_now())
            ON CONFLICT (name) DO UPDATE SET password_hash = @passwordHash, security_stamp = @stamp, rights = @rights, disabled_at = NULL
            """, new { name, passwordHash, stamp = RandomNumberGenerator.GetHexString(StampBytes * 2, lowercase: true), rights = rights.ToArray() });
        await Audit.Write(unit, by, "user.save", name, null);
    }
}

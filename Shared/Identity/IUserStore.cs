namespace Weir.Shared.Identity;

/// <summary>Users and tokens of the store. Passwords arrive and leave hashed.</summary>
public interface IUserStore
{
    Task<UserRecord?> FindUser(string name, CancellationToken cancellation);
    Task<bool> AnyUser(CancellationToken cancellation);

    /// <summary>Creates the user if there is none of that name, else replaces its password and rights. Audited.</summary>
    Task SaveUser(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation);

    /// <summary>Creates a token; the caller has hashed it (SHA-256 of the token's text).</summary>
    Task<long> AddToken(string userName, string label, byte[] hash, DateTimeOffset? expiresAt, Actor by, CancellationToken cancellation);
    Task<UserRecord?> FindByToken(byte[] hash, CancellationToken cancellation);
    Task<IReadOnlyList<AuditRecord>> RecentAudit(int count, CancellationToken cancellation);
}

/// <summary>A user as the store knows it. <see cref="SecurityStamp"/> changes with the password, which ends its sessions.</summary>
public sealed record UserRecord
{
    public required string Name { get; init; }
    public required string PasswordHash { get; init; }
    public required string SecurityStamp { get; init; }
    public required IReadOnlyList<string> Rights { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }
}

/// <summary>One action somebody took: who, when, what, on what, why, from where.</summary>
public sealed record AuditRecord(long Id, DateTimeOffset At, string Actor, string Action, string Subject, string? Reason, string? Address);

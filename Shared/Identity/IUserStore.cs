namespace Weir.Shared.Identity;

/// <summary>Users of the store. Passwords arrive and leave hashed. Whatever changes something leaves its record of who did it in the same transaction.</summary>
public interface IUserStore
{
    Task<UserRecord?> FindUser(string name, CancellationToken cancellation);
    Task<bool> AnyUser(CancellationToken cancellation);
    Task<IReadOnlyList<UserRecord>> List(CancellationToken cancellation);

    /// <summary>Creates the user if there is none of that name, else replaces its password and rights. Audited.</summary>
    Task SaveUser(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation);

    /// <summary>Creates a user; a conflict if the name is taken.</summary>
    Task<ActionOutcome> Add(string name, string passwordHash, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation);

    /// <summary>Replaces the rights; sessions begun before end. Refused if nobody with the right <see cref="Right.Admin"/> would be left.</summary>
    Task<ActionOutcome> SetRights(string name, IReadOnlyCollection<string> rights, Actor by, CancellationToken cancellation);

    /// <summary>Replaces the password; sessions begun before end, tokens stay.</summary>
    Task<ActionOutcome> SetPassword(string name, string passwordHash, Actor by, CancellationToken cancellation);

    /// <summary>A disabled user's sessions and tokens open nothing until it is enabled again. Refused if nobody with the right <see cref="Right.Admin"/> would be left.</summary>
    Task<ActionOutcome> SetDisabled(string name, bool disabled, string? reason, Actor by, CancellationToken cancellation);
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

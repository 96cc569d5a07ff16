namespace Weir.Shared.Identity;

/// <summary>Tokens of the store; a token arrives hashed (SHA-256 of its text) and never leaves. What changes something is audited in the same transaction.</summary>
public interface ITokenStore
{
    /// <summary>Makes a token.</summary>
    Task<(ActionOutcome Outcome, MadeToken? Made)> Add(NewToken token, Actor by, CancellationToken cancellation);

    /// <summary>Who holds a token that is still valid, of a user who is not disabled.</summary>
    Task<TokenHolder?> Holder(byte[] hash, CancellationToken cancellation);

    /// <summary>The tokens of one user, or of all; newest first, those that are over included.</summary>
    Task<IReadOnlyList<TokenRecord>> List(string? user, CancellationToken cancellation);

    /// <summary>Takes a token back at once and for good.</summary>
    /// <param name="id">The token's number.</param>
    /// <param name="onlyOf">Only if it belongs to this user; null: whoever's it is.</param>
    /// <param name="by">Who takes it back.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<ActionOutcome> Revoke(long id, string? onlyOf, Actor by, CancellationToken cancellation);
}

/// <summary>A token to be made. <see cref="Scopes"/> null: all rights of its user, also those it gets later.</summary>
/// <param name="User">Whose it will be.</param>
/// <param name="Label">What it is for.</param>
/// <param name="Hash">SHA-256 of its text.</param>
/// <param name="Scopes">The only rights it carries.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Seal">Its text, readable by masters with pages alone; kept with the answer where the actor gave a key.</param>
public sealed record NewToken(string User, string Label, byte[] Hash, IReadOnlyList<string>? Scopes, DateTimeOffset ExpiresAt, string? Seal = null);

/// <summary>A token that was made; with the seal under which its text was kept, which is another's if the same request was done before.</summary>
public sealed record MadeToken(long Id, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string? Seal);

/// <summary>One token, without its text.</summary>
public sealed record TokenRecord
{
    public required long Id { get; init; }
    public required string User { get; init; }
    public required string Label { get; init; }

    /// <summary>The only rights it carries; null: all of its user's.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? CreatedBy { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>To the hour.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Neither taken back nor past its end, when it was read.</summary>
    public bool Valid { get; init; }
}

/// <summary>Who came by a token: the user with the rights that the token carries of it.</summary>
/// <param name="User">The user; its rights are those of the token.</param>
/// <param name="TokenId">The token's number.</param>
/// <param name="Scoped">The token names its rights, so it carries not even reading unless it says so.</param>
public sealed record TokenHolder(UserRecord User, long TokenId, bool Scoped);

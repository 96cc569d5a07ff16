using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Identity;

namespace Weir.Engine.Identity;

/// <summary>Tokens as rows. What a token may is worked out when it is used: never more than its user may at that moment.</summary>
internal sealed class TokenStore(Database database) : ITokenStore
{
    private sealed record HolderRow
    {
        public long TokenId { get; init; }
        public bool Scoped { get; init; }
        public required string Name { get; init; }
        public required string PasswordHash { get; init; }
        public required string SecurityStamp { get; init; }
        public required string[] Rights { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
    }

    private sealed record TokenRow
    {
        public long Id { get; init; }
        public required string User { get; init; }
        public required string Label { get; init; }
        public string[]? Scopes { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
        public string? CreatedBy { get; init; }
        public DateTimeOffset? ExpiresAt { get; init; }
        public DateTimeOffset? RevokedAt { get; init; }
        public DateTimeOffset? LastUsedAt { get; init; }
        public bool Valid { get; init; }
    }

    private sealed record MadeRow(long Id, DateTimeOffset CreatedAt);

    private sealed record Revoked(string User, string Label);

    public Task<(ActionOutcome Outcome, MadeToken? Made)> Add(NewToken token, Actor by, CancellationToken cancellation) => database.Write(unit => unit.Once<MadeToken>(by, async () =>
    {
        var made = await unit.QuerySingle<MadeRow>("""
            INSERT INTO tokens (user_id, label, hash, scopes, created_at, created_by, expires_at)
            SELECT id, @Label, @Hash, @scopes, weir_now(), @by, @ExpiresAt FROM users WHERE name = @User AND disabled_at IS NULL
            RETURNING id, created_at
            """, new { token.Label, token.Hash, scopes = token.Scopes?.ToArray(), by = by.Name, token.ExpiresAt, token.User });
        if (made is null)
            return (new ActionOutcome.NotFound($"user {token.User}"), null);
        Audit.Write(unit, by, "token.create", FormattableString.Invariant($"token {made.Id} of {token.User}: {token.Label}"), token.Scopes is null ? null : "only " + string.Join(", ", token.Scopes));
        return (new ActionOutcome.Done(made.Id), new(made.Id, made.CreatedAt, token.ExpiresAt, token.Seal));
    }), cancellation);

    // The use is noted once an hour, in the same statement: whoever cleans up wants to know which tokens nobody uses.
    public async Task<TokenHolder?> Holder(byte[] hash, CancellationToken cancellation) => await database.QuerySingle<HolderRow>("""
        WITH used AS (UPDATE tokens SET last_used_at = weir_now() WHERE hash = @hash AND (last_used_at IS NULL OR last_used_at < weir_now() - interval '1 hour'))
        SELECT t.id AS token_id, t.scopes IS NOT NULL AS scoped, u.name, u.password_hash, u.security_stamp, u.created_at,
               CASE WHEN t.scopes IS NULL THEN u.rights
                    WHEN 'admin' = ANY(u.rights) THEN t.scopes
                    ELSE ARRAY(SELECT unnest(t.scopes) INTERSECT SELECT unnest(u.rights || ARRAY['read'])) END AS rights
        FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.hash = @hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > weir_now()) AND u.disabled_at IS NULL
        """, new { hash }, cancellation) is { } row
            ? new(new UserRecord { Name = row.Name, PasswordHash = row.PasswordHash, SecurityStamp = row.SecurityStamp, Rights = row.Rights, CreatedAt = row.CreatedAt }, row.TokenId, row.Scoped)
            : null;

    public async Task<IReadOnlyList<TokenRecord>> List(string? user, CancellationToken cancellation) => [.. (await database.Query<TokenRow>("""
        SELECT t.id, u.name AS user, t.label, t.scopes, t.created_at, coalesce(t.created_by, u.name) AS created_by, t.expires_at, t.revoked_at, t.last_used_at,
               t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > weir_now()) AND u.disabled_at IS NULL AS valid
        FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE @user::text IS NULL OR u.name = @user
        ORDER BY t.id DESC
        LIMIT 10000
        """, new { user }, cancellation)).Select(r => new TokenRecord
    {
        Id = r.Id,
        User = r.User,
        Label = r.Label,
        Scopes = r.Scopes,
        CreatedAt = r.CreatedAt,
        CreatedBy = r.CreatedBy,
        ExpiresAt = r.ExpiresAt,
        RevokedAt = r.RevokedAt,
        LastUsedAt = r.LastUsedAt,
        Valid = r.Valid,
    })];

    public Task<ActionOutcome> Revoke(long id, string? onlyOf, Actor by, CancellationToken cancellation) => database.Write<ActionOutcome>(async unit =>
    {
        var token = await unit.QuerySingle<Revoked>("""
            UPDATE tokens t SET revoked_at = coalesce(t.revoked_at, weir_now()) FROM users u
            WHERE t.id = @id AND u.id = t.user_id AND (@onlyOf::text IS NULL OR u.name = @onlyOf)
            RETURNING u.name AS user, t.label
            """, new { id, onlyOf });
        if (token is null)
            return new ActionOutcome.NotFound(FormattableString.Invariant($"token {id}"));
        Audit.Write(unit, by, "token.revoke", FormattableString.Invariant($"token {id} of {token.User}: {token.Label}"), null);
        return new ActionOutcome.Done();
    }, cancellation);
}

using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;

namespace Weir.Engine.Changes.Hooks;

/// <summary>
/// Takes hooks in: finds the source, checks who sent it, stores it as it came, and only then answers. What it says is read afterwards by an engine. On a master that does not
/// have the secret it is stored too, and believed only when an engine has checked it.
/// </summary>
internal sealed class HookInbox(Database database, ConfigurationInForce configuration, StoredSecrets secrets, TimeProvider time) : IHookInbox
{
    private const int Listed = 100;

    private sealed record Stored
    {
        public DateOnly Day { get; init; }
        public string? Source { get; init; }
    }

    public async Task<bool> Knows(string? source, string? dialect, CancellationToken cancellation) => await Candidates(source, dialect, cancellation) is { Count: > 0 };

    public async Task<HookReceipt> Receive(HookDelivery delivery, CancellationToken cancellation)
    {
        var model = (await configuration.Read(cancellation))?.Model;
        var candidates = await Candidates(delivery.Source, delivery.Dialect, cancellation);
        if (model is null || candidates.Count == 0)
            return new(HookStanding.Unknown, delivery.Source is null ? $"No webhook of the dialect {delivery.Dialect} is configured (changeSources)." : $"There is no webhook named {ChangeText.Fit(delivery.Source, 100)} (changeSources).", null);
        var headers = new HookHeaders(delivery.Headers);
        string? complaint = null;
        WebhookConfiguration? unchecked_ = null;
        foreach (var source in candidates)
        {
            if (source.Secret is null)
                return delivery.MaySendChanges ? await Store(source, verified: true) : new(HookStanding.NeedsRight, $"{source.Name} has no secret: send as a user who may send changes.", null);
            switch (HookSecrets.Find(model, source.Secret, await secrets.ForHook(model.Secrets, source.Secret, source.Name, cancellation)))
            {
                case (null, _):
                    unchecked_ = source;
                    break;
                case ({ } secret, _) when HookSignature.Complaint(source.Dialect, headers, delivery.Body, secret) is { } wrong:
                    complaint = wrong;
                    break;
                default:
                    return await Store(source, verified: true);
            }
        }
        if (unchecked_ is not null)
            return await Store(unchecked_, verified: false);
        var name = delivery.Source ?? candidates[0].Name;
        await database.Write(unit => RawHooks.Refuse(unit, Today, name, complaint!, delivery.Address), cancellation);
        return new(HookStanding.Refused, $"Not believed: {complaint}.", null);

        async Task<HookReceipt> Store(WebhookConfiguration source, bool verified)
        {
            var kind = HookDialects.Event(source.Dialect, headers);
            var id = await database.Write(unit => RawHooks.Store(unit, Today, new()
            {
                Dialect = source.Dialect,
                Source = source.Name,
                Event = kind,
                Delivery = HookDialects.Delivery(source.Dialect, headers),
                Verified = verified,
                ContentType = delivery.ContentType,
                Headers = verified ? new Dictionary<string, string>() : HookSignature.ToKeep(headers, source.Dialect),
                Body = delivery.Body,
                Address = delivery.Address,
            }), cancellation);
            return HookDialects.IsPing(source.Dialect, kind) && verified
                ? new(HookStanding.Answered, $"pong: the webhook {source.Name} can be reached, and its secret is right.", id)
                : new(HookStanding.Stored, FormattableString.Invariant($"stored as hook {id}"), id);
        }
    }

    public async Task<Page<HookRecord>> List(string? source, long? before, int limit, CancellationToken cancellation)
    {
        limit = Math.Clamp(limit, 1, Listed);
        var rows = await database.Query<HookRecord>($"""
            SELECT r.id, r.received_at, r.dialect, r.source, r.event, r.delivery, r.content_type, octet_length(r.body) AS size, r.address, r.verdict
            FROM raw_hooks r WHERE {(source is null ? "true" : "r.source = @source")} AND {(before is null ? "true" : "r.id < @before")} ORDER BY r.day DESC, r.id DESC LIMIT @limit + 1
            """, new { source, before, limit }, cancellation);
        return new([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    public Task<IReadOnlyList<HookRefusal>> Refusals(CancellationToken cancellation) => database.Query<HookRefusal>("""
        SELECT source, reason, sum(count)::bigint AS count, max(last_at) AS last_at, (array_agg(last_address ORDER BY last_at DESC))[1] AS last_address
        FROM hook_refusals WHERE day > (weir_now() - interval '7 days')::date GROUP BY source, reason ORDER BY max(last_at) DESC LIMIT @Listed
        """, new { Listed }, cancellation);

    public Task<ActionOutcome> ReadAgain(long id, Actor by, CancellationToken cancellation) => database.Write<ActionOutcome>(async unit =>
    {
        var hook = await unit.QuerySingle<Stored>("SELECT day, source FROM raw_hooks WHERE id = @id", new { id });
        if (hook is null)
            return new ActionOutcome.NotFound(FormattableString.Invariant($"hook {id}"));
        await unit.Execute("INSERT INTO hook_work (hook_id, day) VALUES (@id, @Day) ON CONFLICT DO NOTHING; UPDATE raw_hooks SET verdict = NULL WHERE day = @Day AND id = @id", new { id, hook.Day });
        Audit.Write(unit, by, "hook.read", FormattableString.Invariant($"hook {id} of {hook.Source ?? "base"}"), null);
        unit.Wake(WakeTopic.Hooks);
        return new ActionOutcome.Done(id);
    }, cancellation);

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private async Task<IReadOnlyList<WebhookConfiguration>> Candidates(string? source, string? dialect, CancellationToken cancellation)
    {
        var webhooks = ((await configuration.Read(cancellation))?.Model.ChangeSources ?? []).OfType<WebhookConfiguration>().ToList();
        if (source is null)
            return [.. webhooks.Where(w => w.Dialect == dialect && w.Secret is not null)];
        // Forges post to the address that they were given once.
        var name = webhooks.Exists(w => w.Name == source) ? source : await database.QuerySingle<string>("""
            SELECT weir_called('change_sources', thing_id) FROM former_names WHERE section = 'change_sources' AND name = @source ORDER BY until_revision DESC LIMIT 1
            """, new { source }, cancellation);
        return [.. webhooks.Where(w => w.Name == name)];
    }
}

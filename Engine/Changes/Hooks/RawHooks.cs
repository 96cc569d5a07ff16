using Weir.Engine.Configuration;
using Weir.Engine.Storage;

namespace Weir.Engine.Changes.Hooks;

/// <summary>A hook as it came.</summary>
internal sealed record RawHook
{
    public required string Dialect { get; init; }

    /// <summary>The change source it came to; null: it came by itself, from a user who may send changes.</summary>
    public string? Source { get; init; }
    public string? Event { get; init; }
    public string? Delivery { get; init; }

    /// <summary>Who sent it has proved itself.</summary>
    public bool Verified { get; init; } = true;
    public required string ContentType { get; init; }
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
    public required byte[] Body { get; init; }
    public string? Address { get; init; }
}

/// <summary>Stores hooks as they came, each with its row of work, and counts those that were turned away.</summary>
internal static class RawHooks
{
    public static async Task<long> Store(StoreTransaction unit, DateOnly day, RawHook hook)
    {
        var headers = hook.Headers.ToDictionary(h => ChangeText.Fit(h.Key, ChangeText.MaxShort), h => ChangeText.Fit(h.Value, ChangeText.MaxLink));
        var id = await unit.QuerySingle<long>("""
            INSERT INTO raw_hooks (day, received_at, dialect, source, event, delivery, verified, content_type, headers, body, address)
            VALUES (@day, weir_now(), @dialect, @source, @kind, @delivery, @verified, @contentType, @headers::jsonb, @body, @address) RETURNING id
            """, new
        {
            day,
            dialect = ChangeText.Fit(hook.Dialect, ChangeText.MaxShort),
            source = hook.Source,
            kind = ChangeText.FitOrNull(hook.Event, ChangeText.MaxShort),
            delivery = ChangeText.FitOrNull(hook.Delivery, ChangeText.MaxShort),
            verified = hook.Verified,
            contentType = ChangeText.Fit(hook.ContentType, ChangeText.MaxShort),
            headers = ConfigurationJson.Write(headers),
            body = hook.Body,
            address = hook.Address,
        });
        await unit.Execute("INSERT INTO hook_work (hook_id, day) VALUES (@id, @day)", new { id, day });
        unit.Wake(WakeTopic.Hooks);
        return id;
    }

    public static Task Refuse(StoreTransaction unit, DateOnly day, string source, string reason, string? address) => unit.Execute("""
        INSERT INTO hook_refusals AS r (source, reason, day, last_at, last_address) VALUES (@source, @reason, @day, weir_now(), @address)
        ON CONFLICT (source, reason, day) DO UPDATE SET count = r.count + 1, last_at = excluded.last_at, last_address = excluded.last_address
        """, new { source = ChangeText.Fit(source, ChangeText.MaxShort), reason = ChangeText.Fit(reason, ChangeText.MaxLink), day, address });
}

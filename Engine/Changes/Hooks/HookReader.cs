using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Changes.Hooks;

/// <summary>
/// Reads stored webhooks, the oldest first. The changes, the verdict in words and the end of the work row are one transaction, so a hook is read exactly once, whatever
/// master reads it, and a bad one is answered and never read again.
/// </summary>
internal sealed partial class HookReader(Database database, ConfigurationInForce configuration, StoredSecrets secrets, Wakeups wakeups, TimeProvider time, ILogger<HookReader> logger)
    : Duty(wakeups, time, logger, WakeTopic.Hooks)
{
    private const int MostRemarks = 20;

    private sealed record Waiting
    {
        public long HookId { get; init; }
        public DateOnly Day { get; init; }
        public string? Dialect { get; init; }
        public string? Source { get; init; }
        public string? Event { get; init; }
        public bool Verified { get; init; }
        public string ContentType { get; init; } = "";
        public string Headers { get; init; } = "{}";
        public byte[]? Body { get; init; }
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        await ReadAll(cancellation);
        return null;
    }

    /// <summary>Reads what waits; says how many.</summary>
    internal async Task<int> ReadAll(CancellationToken cancellation)
    {
        var count = 0;
        while (await ReadNext(cancellation))
            count++;
        return count;
    }

    private async Task<bool> ReadNext(CancellationToken cancellation)
    {
        Waiting? current = null;
        try
        {
            return await database.Write(async unit =>
            {
                current = await unit.QuerySingle<Waiting>("""
                    SELECT w.hook_id, w.day, r.dialect, r.source, r.event, r.verified, r.content_type, r.headers::text AS headers, r.body
                    FROM hook_work w LEFT JOIN raw_hooks r ON r.day = w.day AND r.id = w.hook_id
                    ORDER BY w.hook_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
                    """);
                if (current is null)
                    return false;
                await Finish(unit, current, await Take(unit, current));
                return true;
            }, cancellation);
        }
        catch (Exception e) when (current is not null && Database.IsFault(e))
        {
            // Whatever it was, this hook must not stand before the others for ever.
            LogUnreadable(e, current.HookId);
            await database.Write(unit => Finish(unit, current, "it could not be read; the server's log says why"), cancellation);
            return true;
        }
    }

    private async Task<string> Take(StoreTransaction unit, Waiting hook)
    {
        if (hook.Body is null)
            return "its body is gone";
        var model = (await configuration.Read(unit))?.Model;
        if (hook.Source is null)
            return hook.Dialect == "base" ? await TakeBase(unit, hook, model) : $"no such dialect: {hook.Dialect}";
        if (model?.ChangeSources.OfType<WebhookConfiguration>().FirstOrDefault(s => s.Name == hook.Source) is not { } source)
            return $"there is no webhook named {hook.Source} any more";
        if (source.Dialect != hook.Dialect)
            return $"{hook.Source} speaks {source.Dialect} now, not {hook.Dialect}";
        if (!hook.Verified && await NotBelieved(unit, model, source, hook) is { } why)
            return why;
        return hook.Dialect == "base" ? await TakeBase(unit, hook, model) : await TakeNews(unit, hook, model, source);
    }

    private async Task<string?> NotBelieved(StoreTransaction unit, WeirConfiguration model, WebhookConfiguration source, Waiting hook)
    {
        if (source.Secret is null)
            return "it came before its webhook lost its secret, and was not checked";
        var (secret, why) = HookSecrets.Find(model, source.Secret, await secrets.ForHook(unit, model.Secrets, source.Secret, source.Name));
        if (secret is null)
            return $"not checked: {why} When it can be had, have this hook read again.";
        var headers = new HookHeaders(ConfigurationJson.Read<Dictionary<string, string>>(hook.Headers));
        return HookSignature.Complaint(source.Dialect, headers, hook.Body!, secret) is { } complaint ? $"not believed: {complaint}" : null;
    }

    private static async Task<string> TakeNews(StoreTransaction unit, Waiting hook, WeirConfiguration model, WebhookConfiguration source)
    {
        HookContent content;
        try
        {
            content = HookDialects.Read(hook.Dialect!, hook.Event, hook.ContentType, hook.Body!);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        var (changes, remarks) = HookSelection.Decide(model, source, content);
        var said = new List<string>();
        if (changes.Count > 0)
            said.Add(Say(await ChangeWriter.Add(unit, changes)));
        said.AddRange(remarks.Distinct().Take(MostRemarks));
        return said.Count > 0 ? string.Join("; ", said) : "it makes no change";
    }

    private static string Say(IReadOnlyList<ChangeWriter.Written> written)
    {
        var (made, known) = (written.Where(w => w.IsNew).Select(w => w.Id).Distinct().ToArray(), written.Where(w => !w.IsNew).Select(w => w.Id).Distinct().ToArray());
        return (made, known) switch
        {
            ([], _) => $"{Of(known)}, known already",
            (_, []) => Of(made),
            _ => $"{Of(made)}; {Of(known)}, known already",
        };

        static string Of(long[] ids) => ids.Length == 1 ? FormattableString.Invariant($"change {ids[0]}") : FormattableString.Invariant($"{ids.Length} changes, {ids[0]} to {ids[^1]}");
    }

    private static async Task<string> TakeBase(StoreTransaction unit, Waiting hook, WeirConfiguration? model)
    {
        var (change, problem) = BaseDialect.Read(hook.ContentType, hook.Body!);
        if (change is null)
            return problem!;
        var (complete, problems) = ChangeCheck.Check(change, model);
        if (problems.Count > 0)
            return string.Join("; ", problems.Select(p => p.Message.StartsWith("no such", StringComparison.Ordinal) ? p.Message : $"{p.Field}: {p.Message}"));
        return Say(await ChangeWriter.Add(unit, [complete]));
    }

    private static async Task Finish(StoreTransaction unit, Waiting hook, string verdict)
    {
        await unit.Execute("UPDATE raw_hooks SET verdict = @verdict WHERE day = @Day AND id = @HookId", new { verdict = ChangeText.Fit(verdict, ChangeText.MaxLink), hook.Day, hook.HookId });
        await unit.Execute("DELETE FROM hook_work WHERE hook_id = @HookId", new { hook.HookId });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Hook} could not be read.")]
    private partial void LogUnreadable(Exception e, long hook);
}

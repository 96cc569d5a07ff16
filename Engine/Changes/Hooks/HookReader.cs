using Microsoft.Extensions.Logging;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Changes.Hooks;

/// <summary>
/// Reads stored webhooks, the oldest first. The change, the verdict in words and the end of the work row are one transaction, so a hook is read exactly once, whatever
/// master reads it, and a bad one is answered and never read again.
/// </summary>
internal sealed partial class HookReader(Database database, ConfigurationInForce configuration, Wakeups wakeups, TimeProvider time, ILogger<HookReader> logger)
    : Duty(wakeups, time, logger, WakeTopic.Hooks)
{
    private sealed record Waiting
    {
        public long HookId { get; init; }
        public DateOnly Day { get; init; }
        public string? Dialect { get; init; }
        public string ContentType { get; init; } = "";
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
                    SELECT w.hook_id, w.day, r.dialect, r.content_type, r.body FROM hook_work w LEFT JOIN raw_hooks r ON r.day = w.day AND r.id = w.hook_id
                    ORDER BY w.hook_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
                    """);
                if (current is null)
                    return false;
                await Finish(unit, current, await Take(unit, current, cancellation));
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

    private async Task<string> Take(StoreTransaction unit, Waiting hook, CancellationToken cancellation)
    {
        if (hook.Body is null)
            return "its body is gone";
        if (hook.Dialect != "base")
            return $"no such dialect: {hook.Dialect}";
        var (change, problem) = BaseDialect.Read(hook.ContentType, hook.Body);
        if (change is null)
            return problem!;
        var (complete, problems) = ChangeCheck.Check(change, (await configuration.Read(cancellation))?.Model);
        if (problems.Count > 0)
            return string.Join("; ", problems.Select(p => p.Message.StartsWith("no such", StringComparison.Ordinal) ? p.Message : $"{p.Field}: {p.Message}"));
        var written = (await ChangeWriter.Add(unit, [complete]))[0];
        return written.IsNew ? $"change {written.Id}" : $"change {written.Id}, known already";
    }

    private static async Task Finish(StoreTransaction unit, Waiting hook, string verdict)
    {
        await unit.Execute("UPDATE raw_hooks SET verdict = @verdict WHERE day = @Day AND id = @HookId", new { verdict = ChangeText.Fit(verdict, ChangeText.MaxLink), hook.Day, hook.HookId });
        await unit.Execute("DELETE FROM hook_work WHERE hook_id = @HookId", new { hook.HookId });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Webhook {Hook} could not be read.")]
    private partial void LogUnreadable(Exception e, long hook);
}

using System.Security.Cryptography;
using System.Text.Json;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Schedulers;

/// <summary>What people do with schedulers: force, switch on, switch off. Each is one transaction with its audit row.</summary>
internal sealed class SchedulerActions(Database database, InForce inForce, ConfigurationInForce configuration, TimeProvider time) : ISchedulerActions
{
    private sealed record Answer
    {
        /// <summary>Tells another order under the same key from the same one sent again.</summary>
        public required string Order { get; init; }
        public long BuildsetId { get; init; }
        public Dictionary<long, long> Requests { get; init; } = [];
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public bool Enabled { get; init; }
    }

    public async Task<(ActionOutcome Outcome, ForceResult? Result)> Force(ForceOrder order, Actor by, CancellationToken cancellation)
    {
        var (outcome, result) = await inForce.Write((unit, revision) => Force(unit, revision, order, by), cancellation);
        return (outcome ?? new ActionOutcome.Conflict("There is no configuration yet."), result);
    }

    private async Task<(ActionOutcome? Outcome, ForceResult? Result)> Force(StoreTransaction unit, RevisionInForce revision, ForceOrder order, Actor by)
    {
        var hash = Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order)));
        if (order.IdempotencyKey is { } known && await Claim(unit, by, known, hash) is { } before)
        {
            await unit.Rollback();
            return before.Order == hash
                ? (new ActionOutcome.Done(before.BuildsetId), new(before.BuildsetId, before.Requests))
                : (new ActionOutcome.Conflict("This idempotency key was used for another order."), null);
        }
        var (outcome, result) = await FireForm(unit, revision, order, by);
        if (result is null)
            await unit.Rollback();
        else if (order.IdempotencyKey is { } key)
        {
            var answer = ConfigurationJson.Write(new Answer { Order = hash, BuildsetId = result.BuildsetId, Requests = new(result.RequestByBuilder) });
            await unit.Execute("UPDATE action_keys SET answer = @answer::jsonb WHERE actor = @Name AND key = @key", new { answer, by.Name, key });
        }
        return (outcome, result);
    }

    // Null: the key is ours now. A concurrent order with the same key waits here for the other's commit.
    private static async Task<Answer?> Claim(StoreTransaction unit, Actor by, string key, string hash)
    {
        if (key.Length is 0 or > 200)
            return null; // said with the other fields
        var mine = await unit.Execute("""
            INSERT INTO action_keys (actor, key, answer, created_at) VALUES (@Name, @key, @answer::jsonb, weir_now()) ON CONFLICT DO NOTHING
            """, new { by.Name, key, answer = ConfigurationJson.Write(new Answer { Order = hash }) });
        return mine == 1 ? null : ConfigurationJson.Read<Answer>((await unit.QuerySingle<string>("SELECT answer::text FROM action_keys WHERE actor = @Name AND key = @key", new { by.Name, key }))!);
    }

    private async Task<(ActionOutcome Outcome, ForceResult? Result)> FireForm(StoreTransaction unit, RevisionInForce revision, ForceOrder order, Actor by)
    {
        var scheduler = revision.Model.Schedulers.OfType<ForceConfiguration>().FirstOrDefault(s => s.Name == order.Scheduler);
        var row = scheduler is null ? null : await unit.QuerySingle<Row>("SELECT id, enabled FROM schedulers WHERE name = @Name AND retired_at IS NULL", new { scheduler.Name });
        if (scheduler is null || row is null)
            return (new ActionOutcome.NotFound($"force scheduler {Changes.ChangeText.Fit(order.Scheduler, 100)}"), null);
        if (!scheduler.Enabled || !row.Enabled)
            return (new ActionOutcome.Conflict($"The scheduler {scheduler.Name} is switched off."), null);
        var (properties, problems) = ForceFields.Check(scheduler, SourceStamps.Codebases(revision.Model, scheduler), order);
        if (problems.Count > 0)
            return (new ActionOutcome.Invalid(problems), null);

        var reason = string.IsNullOrWhiteSpace(order.Reason) ? scheduler.Reason ?? $"forced by {by.Name}" : Changes.ChangeText.Clean(order.Reason.Trim());
        var set = await Firing.Fire(unit, revision, new FiringOrder
        {
            Scheduler = scheduler,
            Identity = $"force:{Guid.CreateVersion7(time.GetUtcNow())}",
            Builders = order.Builders,
            Asked = order.SourceStamps,
            Reason = reason,
            Priority = order.Priority,
            Properties = [BuildsetProperties.Text("owner", by.Name, BuildsetProperties.FromForce), BuildsetProperties.Text("reason", reason, BuildsetProperties.FromForce), .. properties],
        });
        if (set is null)
            return (new ActionOutcome.Conflict("None of its builders is there."), null);
        await Audit.Write(unit, by, "scheduler.force", $"scheduler {scheduler.Name}: buildset {set.Id}", order.Reason);
        return (new ActionOutcome.Done(set.Id), new(set.Id, set.RequestByBuilder));
    }

    public async Task<ActionOutcome> SetEnabled(string scheduler, bool enabled, Actor by, CancellationToken cancellation)
    {
        while (true)
        {
            var revision = await configuration.Read(cancellation);
            var (held, outcome) = await database.Write(async unit =>
            {
                await Gate.TakeWhole(unit);
                if (revision is not null && !await InForce.IsInForce(unit, revision))
                    return (false, new ActionOutcome.Done());
                return (true, await SetEnabled(unit, revision, scheduler, enabled, by));
            }, cancellation);
            if (held)
                return outcome;
        }
    }

    private static async Task<ActionOutcome> SetEnabled(StoreTransaction unit, RevisionInForce? revision, string scheduler, bool enabled, Actor by)
    {
        var row = await unit.QuerySingle<Row>("SELECT id, enabled FROM schedulers WHERE name = @scheduler AND retired_at IS NULL", new { scheduler });
        var configured = revision?.Model.Schedulers.FirstOrDefault(s => s.Name == scheduler);
        if (row is null || configured is null)
            return new ActionOutcome.NotFound($"scheduler {Changes.ChangeText.Fit(scheduler, 100)}");
        if (enabled && !configured.Enabled)
            return new ActionOutcome.Conflict("The configuration switches it off (enabled: false).");
        if (row.Enabled == enabled)
            return new ActionOutcome.Done(row.Id);
        await unit.Execute("UPDATE schedulers SET enabled = @enabled WHERE id = @Id", new { enabled, row.Id });
        await ScheduleSync.Apply(unit, revision!.Model);
        await Audit.Write(unit, by, enabled ? "scheduler.enable" : "scheduler.disable", $"scheduler {scheduler}", null);
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
        return new ActionOutcome.Done(row.Id);
    }
}

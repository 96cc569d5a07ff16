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
        var key = order.IdempotencyKey is { Length: > 0 and <= ActionKey.Longest } given
            ? new ActionKey(given, "force " + Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order))))
            : null; // one that is too long is said with the other fields
        switch (key is null ? new Claimed.Ours() : await ActionKeys.Claim(unit, by.Name, key))
        {
            case Claimed.Before before:
                await unit.Rollback();
                var answer = before.Answer.Deserialize<Answer>()!;
                return (new ActionOutcome.Done(answer.BuildsetId), new(answer.BuildsetId, answer.Requests));
            case Claimed.ForAnother:
                await unit.Rollback();
                return (new ActionOutcome.KeyReused(), null);
        }
        var (outcome, result) = await FireForm(unit, revision, order, by);
        if (result is null)
            await unit.Rollback();
        else if (key is not null)
            await ActionKeys.Store(unit, by.Name, key, JsonSerializer.SerializeToElement(new Answer { BuildsetId = result.BuildsetId, Requests = new(result.RequestByBuilder) }));
        return (outcome, result);
    }

    private async Task<(ActionOutcome Outcome, ForceResult? Result)> FireForm(StoreTransaction unit, RevisionInForce revision, ForceOrder order, Actor by)
    {
        if (revision.Model.Schedulers.OfType<ForceConfiguration>().FirstOrDefault(s => s.Name == order.Scheduler) is not { } scheduler)
            return (NoForm(order.Scheduler), null);
        if (!scheduler.Enabled)
            return (SwitchedOff(scheduler.Name), null);
        if (await Pausing.WhyNot(unit, scheduler.Name) is { } paused)
            return (paused, null);
        var (properties, problems) = ForceFields.Check(scheduler, SourceStamps.Codebases(revision.Model, scheduler), order);
        if (problems.Count > 0)
            return (new ActionOutcome.Invalid(problems), null);

        var reason = string.IsNullOrWhiteSpace(order.Reason) ? scheduler.Reason ?? $"forced by {by.Name}" : Changes.ChangeText.Clean(order.Reason.Trim());
        var set = await Firing.Fire(unit, revision, new FiringOrder
        {
            Scheduler = scheduler,
            Identity = $"force:{Guid.CreateVersion7(time.GetUtcNow())}",
            IsUnique = true,
            Builders = order.Builders,
            Asked = order.SourceStamps,
            Reason = reason,
            Priority = order.Priority,
            FailFast = order.FailFast,
            Properties = [BuildsetProperties.Text("owner", by.Name, BuildsetProperties.FromForce), BuildsetProperties.Text("reason", reason, BuildsetProperties.FromForce), .. properties],
        });
        if (set is null)
            return (await WhyNot(unit, scheduler.Name), null);
        Audit.Write(unit, by, "scheduler.force", $"scheduler {scheduler.Name}: buildset {set.Id}", order.Reason);
        return (new ActionOutcome.Done(set.Id), new(set.Id, set.RequestByBuilder));
    }

    private static async Task<ActionOutcome> WhyNot(StoreTransaction unit, string scheduler) => await unit.QuerySingle<Row>("SELECT id, enabled FROM schedulers WHERE name = @scheduler AND retired_at IS NULL", new { scheduler }) switch
    {
        null => NoForm(scheduler),
        { Enabled: false } => SwitchedOff(scheduler),
        _ => new ActionOutcome.Conflict("None of its builders is there."),
    };

    private static ActionOutcome.NotFound NoForm(string scheduler) => new($"force scheduler {Changes.ChangeText.Fit(scheduler, 100)}");

    private static ActionOutcome.Conflict SwitchedOff(string scheduler) => new($"The scheduler {scheduler} is switched off.");

    public async Task<ActionOutcome> SetEnabled(string scheduler, bool enabled, Actor by, CancellationToken cancellation)
    {
        while (true)
        {
            var revision = await configuration.Read(cancellation);
            var held = true;
            var outcome = await database.Act(by, async unit =>
            {
                await Gate.TakeWhole(unit);
                held = revision is null || await InForce.IsInForce(unit, revision);
                return held ? await SetEnabled(unit, revision, scheduler, enabled, by) : new ActionOutcome.Conflict("Another configuration has come into force.");
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
        Audit.Write(unit, by, enabled ? "scheduler.enable" : "scheduler.disable", $"scheduler {scheduler}", null);
        unit.Add(new WeirEvent { Kind = EventKind.SchedulerChanged });
        return new ActionOutcome.Done(row.Id);
    }
}

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

    public async Task<(ActionOutcome Outcome, ForceResult? Result)> Force(ForceOrder order, Actor by, CancellationToken cancellation) =>
        Made(await inForce.Try(revision => Force(revision, Named(revision, order.Scheduler), order, by, cancellation), cancellation));

    public async Task<(ActionOutcome Outcome, ForceResult? Result)> Force(string scheduler, Func<ForceForm, FilledForm> fill, Actor by, CancellationToken cancellation) => Made(await inForce.Try(async revision =>
    {
        if (Named(revision, scheduler) is not { Enabled: true } found)
            return (await Holds(revision, cancellation), (new ActionOutcome.NotFound($"force scheduler {Changes.ChangeText.Fit(scheduler, 100)} that is switched on"), null));
        var filled = fill(SchedulerQueries.Form(revision, found));
        return filled.Order is { } order
            ? await Force(revision, found, order, by, cancellation)
            : (await Holds(revision, cancellation), (new ActionOutcome.Invalid(filled.Problems), null));
    }, cancellation));

    private static (ActionOutcome, ForceResult?) Made((ActionOutcome? Outcome, ForceResult? Result) answer) => (answer.Outcome ?? new ActionOutcome.Conflict("There is no configuration yet."), answer.Result);

    private static ForceConfiguration? Named(RevisionInForce revision, string scheduler) => revision.Model.Schedulers.OfType<ForceConfiguration>().FirstOrDefault(s => s.Name == scheduler);

    private async Task<bool> Holds(RevisionInForce revision, CancellationToken cancellation) => (await configuration.Read(cancellation))?.Id == revision.Id;

    // What was made under the key before goes before all complaints.
    private async Task<(bool Held, (ActionOutcome?, ForceResult?) Answer)> Force(RevisionInForce revision, ForceConfiguration? scheduler, ForceOrder order, Actor by, CancellationToken cancellation)
    {
        var key = order.IdempotencyKey is { Length: > 0 and <= ActionKey.Longest } given
            ? new ActionKey(given, "force " + Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(order))))
            : null; // one that is too long is said with the other fields
        var (held, outcome, made) = scheduler is { Enabled: true }
            ? await FireForm(revision, scheduler, order, key, by, cancellation)
            : (await Holds(revision, cancellation), scheduler is null ? NoForm(order.Scheduler) : SwitchedOff(scheduler.Name), null);
        if (!held || made is not null || key is null)
            return (held, (outcome, made));
        switch (await ActionKeys.Find(database, by.Name, key, cancellation))
        {
            case Claimed.Before before:
                var answer = before.Answer.Deserialize<Answer>()!;
                return (true, (new ActionOutcome.Done(answer.BuildsetId), new(answer.BuildsetId, answer.Requests)));
            case Claimed.ForAnother:
                return (true, (new ActionOutcome.KeyReused(), null));
            default:
                return (true, (outcome, null));
        }
    }

    private async Task<(bool Held, ActionOutcome Outcome, ForceResult? Result)> FireForm(RevisionInForce revision, ForceConfiguration scheduler, ForceOrder order, ActionKey? key, Actor by, CancellationToken cancellation)
    {
        var (properties, problems) = ForceFields.Check(scheduler, SourceStamps.Codebases(revision.Model, scheduler), order);
        var reason = string.IsNullOrWhiteSpace(order.Reason) ? scheduler.Reason ?? $"forced by {by.Name}" : Changes.ChangeText.Clean(order.Reason.Trim());
        var firing = new FiringOrder
        {
            Scheduler = scheduler,
            Identity = $"force:{Guid.CreateVersion7(time.GetUtcNow())}",
            Builders = order.Builders,
            Asked = order.SourceStamps,
            Reason = reason,
            Priority = order.Priority,
            FailFast = order.FailFast,
            Properties = [BuildsetProperties.Text("owner", by.Name, BuildsetProperties.FromForce), BuildsetProperties.Text("reason", reason, BuildsetProperties.FromForce), .. properties],
        };
        var forced = problems.Count > 0
            ? await ForceStatement.Look(database, scheduler.Name, cancellation)
            : await ForceStatement.Send(database, revision, firing, key, by, order.Reason, cancellation);
        if (forced.Made is { } made)
            return (true, new ActionOutcome.Done(made.BuildsetId), made);
        return (forced.RevisionId == revision.Id, forced switch
        {
            { PausedBy: { } who } => Pausing.Paused(scheduler.Name, who, forced.PauseReason),
            _ when problems.Count > 0 => new ActionOutcome.Invalid(problems),
            { Enabled: null } => NoForm(scheduler.Name),
            { Enabled: false } => SwitchedOff(scheduler.Name),
            _ => new ActionOutcome.Conflict("None of its builders is there."),
        }, null);
    }

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

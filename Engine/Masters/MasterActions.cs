using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Masters;

namespace Weir.Engine.Masters;

/// <summary>What admins do with masters. A drain is committed behind the gate: no claim of that master can follow it (invariant 3a).</summary>
internal sealed class MasterActions(Database database) : IMasterActions
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string State { get; init; } = "";
    }

    public Task<ActionOutcome> Shutdown(long id, ShutdownOrder order, Actor by, CancellationToken cancellation) =>
        order.Within is { } within && (within < TimeSpan.Zero || within > LongestWait)
            ? Task.FromResult<ActionOutcome>(new ActionOutcome.Invalid([new("deadline", "A time between 0 s and 7 days is expected.")]))
            : Change(id, by, "master.shutdown", order.Reason, state => state is MasterState.Stopped or MasterState.Dead ? "It does not run." : null, """
                UPDATE masters SET state = 'Draining', drain_requested_at = coalesce(drain_requested_at, weir_now()), drain_by = @by, drain_reason = @Reason, drain_quick = @Quick,
                    drain_deadline = weir_now() + @Within WHERE id = @id
                """, new { id, by = by.Name, order.Reason, order.Quick, order.Within }, cancellation);

    public Task<ActionOutcome> CancelShutdown(long id, Actor by, CancellationToken cancellation) =>
        Change(id, by, "master.shutdown.cancel", null, state => state == MasterState.Draining ? null : "It is not shutting down.", """
            UPDATE masters SET state = 'Active', drain_requested_at = NULL, drain_by = NULL, drain_reason = NULL, drain_quick = false, drain_deadline = NULL WHERE id = @id
            """, new { id }, cancellation);

    public Task<ActionOutcome> Retire(long id, Actor by, CancellationToken cancellation) =>
        Change(id, by, "master.retire", null, state => state is MasterState.Stopped or MasterState.Dead ? null : "It runs; shut it down first.",
            "UPDATE masters SET retired_at = weir_now() WHERE id = @id", new { id }, cancellation);

    private Task<ActionOutcome> Change(long id, Actor by, string action, string? reason, Func<MasterState, string?> objection, string sql, object parameters, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        await Gate.TakeWhole(unit);
        var row = await unit.QuerySingle<Row>($"SELECT m.name, {MasterRows.State} AS state FROM masters m WHERE m.id = @id AND m.retired_at IS NULL FOR UPDATE", new { id });
        ActionOutcome? refusal = row is null ? new ActionOutcome.NotFound($"master {id}") : objection(Enum.Parse<MasterState>(row.State)) is { } why ? new ActionOutcome.Conflict($"{row.Name}: {why}") : null;
        if (refusal is not null)
        {
            await unit.Rollback();
            return refusal;
        }
        await unit.Execute(sql, parameters);
        Audit.Write(unit, by, action, $"master {row!.Name}", reason);
        unit.Add(new WeirEvent { Kind = EventKind.MasterChanged, MasterId = id });
        unit.Wake(WakeTopic.Masters);
        unit.Wake(WakeTopic.Queue);
        return new ActionOutcome.Done(id);
    }, cancellation);
}

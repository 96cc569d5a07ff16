using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Identity;
using Weir.Engine.Pauses;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Pauses;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>What admins do with workers: tokens, pauses.</summary>
internal sealed class WorkerActions(Database database, ConfigurationInForce configuration) : IWorkerActions
{
    public async Task<(ActionOutcome Outcome, MadeWorkerToken? Made)> AddToken(string name, NewWorkerToken token, Actor by, CancellationToken cancellation)
    {
        var configured = await configuration.Read(cancellation) is { } revision ? WorkerPatterns.Find(revision.Model, name) : null;
        return await database.Write(unit => unit.Once<MadeWorkerToken>(by, async () =>
        {
            var made = await unit.QuerySingle<long>("""
                INSERT INTO workers (name, token_hash, configured, max_builds, tags, properties, missing_after)
                VALUES (@name, @Hash, @configured, @maxBuilds, @tags, @properties::jsonb, @missingAfter)
                ON CONFLICT (name) DO UPDATE SET token_hash = @Hash, retired_at = NULL
                RETURNING id
                """, new
            {
                name,
                token.Hash,
                configured = configured is not null,
                maxBuilds = configured?.MaxBuilds ?? 1,
                tags = configured?.Tags.ToArray() ?? [],
                properties = ConfigurationJson.Write(configured?.Properties ?? new Dictionary<string, System.Text.Json.JsonElement>()),
                missingAfter = configured?.MissingAfter ?? TimeSpan.FromMinutes(10),
            });
            await OpeningRows.Write(unit, [(name, configured?.Availability)]);
            Audit.Write(unit, by, "worker.token", $"worker {name}", null);
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = made });
            return (new ActionOutcome.Done(made), new(made, token.Seal));
        }), cancellation);
    }

    public Task<ActionOutcome> Pause(string name, string? reason, Actor by, CancellationToken cancellation) => Act(name, by, (unit, worker) => PauseRows.Begin(unit, worker, reason, null, by), cancellation);

    public Task<ActionOutcome> Resume(string name, Actor by, CancellationToken cancellation) => Act(name, by, (unit, worker) => PauseRows.End(unit, worker, by), cancellation);

    // Behind the gate: after the commit no claim can start on a worker that it saw before the pause.
    private Task<ActionOutcome> Act(string name, Actor by, Func<StoreTransaction, PauseSubject, Task<long?>> act, CancellationToken cancellation) => database.Act(by, async unit =>
    {
        await Gate.TakeWhole(unit);
        if (await act(unit, new(PauseKind.Worker, name)) is { } done)
            return new ActionOutcome.Done(done);
        await unit.Rollback();
        return new ActionOutcome.NotFound($"worker {name}");
    }, cancellation);
}

using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Timetables;
using Weir.Engine.Identity;
using Weir.Engine.Storage;
using Weir.Shared;
using Weir.Shared.Events;
using Weir.Shared.Identity;
using Weir.Shared.Workers;

namespace Weir.Engine.Workers;

/// <summary>What admins do with workers: tokens.</summary>
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
}

using System.Text.Json;
using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;

namespace Weir.Engine.Builds;

/// <summary>
/// The claim: a waiting request becomes a build, owned, with a frozen plan, in one transaction. Behind the gate it is checked that the worker's session is still ours, that the worker
/// is neither paused nor full, and that the revision is in force; the row of <c>open_requests</c> decides between engines.
/// </summary>
internal sealed class Starting(Database database, Self self)
{
    private sealed record RequestRow
    {
        public long BuildsetId { get; init; }
        public string Reason { get; init; } = "";
        public string? Scheduler { get; init; }
        public string Properties { get; init; } = "[]";
    }

    private sealed record ChangeRow
    {
        public string Author { get; init; } = "";
        public string? Branch { get; init; }
        public string? Revision { get; init; }
        public string? Codebase { get; init; }
        public string Comments { get; init; } = "";
        public string[] Files { get; init; } = [];
    }

    private sealed record WorkerRow(string Name, string Properties, string[] Tags)
    {
        public WorkerRow() : this("", "{}", []) { }
    }

    private sealed record Made(long Id, int Number, int Attempt, long BuildsetId);

    private sealed record Request(RequestRow Row, IReadOnlyList<SourceStampRecord> Stamps, IReadOnlyList<ChangeRow> Changes, WorkerRow Worker);

    /// <summary>Null when the claim did not come to be: another was faster, or something it relied on has changed.</summary>
    public async Task<BuildState?> Claim(long requestId, long builderId, BuilderConfiguration builder, RevisionInForce revision, WorkerSession session, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        var request = await Read(requestId, session.WorkerId, cancellation);
        return await database.Write(async unit =>
        {
            await Gate.PassShared(unit);
            var used = await unit.Query<string>("""
                SELECT p.plan->>'Directory' FROM worker_sessions s
                LEFT JOIN build_owners o ON o.worker_id = s.worker_id LEFT JOIN build_plans p ON p.build_id = o.build_id
                WHERE s.worker_id = @WorkerId AND s.session = @Number AND s.master_id = @master AND s.ended_at IS NULL AND (SELECT revision_id FROM config_in_force) = @revision
                FOR UPDATE OF s
                """, new { session.WorkerId, session.Number, master, revision = revision.Id });
            if (used.Count == 0)
                return await GiveUp(unit);
            var directory = FreeDirectory(builder.Name, used);
            var made = await unit.QuerySingle<Made>("""
                WITH taken AS (
                    DELETE FROM open_requests o USING workers w
                    WHERE o.request_id = @requestId AND w.id = @WorkerId AND w.paused_at IS NULL AND w.retired_at IS NULL
                      AND (SELECT count(*) FROM build_owners b WHERE b.worker_id = w.id) < w.max_builds
                    RETURNING o.request_id, o.buildset_id, o.builder_id, o.attempt),
                claimed AS (UPDATE requests SET claimed_at = weir_now(), claimed_by = @master WHERE id IN (SELECT request_id FROM taken)),
                numbered AS (UPDATE builders b SET last_number = b.last_number + 1 FROM taken WHERE b.id = taken.builder_id RETURNING b.last_number)
                INSERT INTO builds (builder_id, number, request_id, buildset_id, worker_id, master_id, config_revision_id, attempt, started_at, state_text, branch, revision)
                SELECT builder_id, last_number, request_id, buildset_id, @WorkerId, @master, @revision, attempt, weir_now(), 'starting', @branch, @stamped FROM taken, numbered
                RETURNING id, number, attempt, buildset_id
                """, new { requestId, session.WorkerId, master, revision = revision.Id, branch = request.Stamps.FirstOrDefault()?.Branch, stamped = request.Stamps.FirstOrDefault()?.Revision });
            if (made is null)
                return await GiveUp(unit);
            var state = State(made, requestId, builderId, builder, session, request, directory);
            await unit.Execute("""
                INSERT INTO build_plans (build_id, format, plan) VALUES (@Id, @format, @plan::jsonb);
                INSERT INTO build_properties (build_id, name, value, source) SELECT @Id, name, value::jsonb, source FROM unnest(@names, @values, @sources) AS p (name, value, source);
                INSERT INTO build_owners (build_id, epoch, master_id, worker_id) VALUES (@Id, 1, @master, @WorkerId);
                """, new
            {
                made.Id,
                format = BuildPlan.Format,
                plan = ConfigurationJson.Write(state.Plan),
                names = state.Properties.Values.Select(p => p.Name).ToArray(),
                values = state.Properties.Values.Select(p => p.Value).ToArray(),
                sources = state.Properties.Values.Select(p => p.Source).ToArray(),
                master,
                session.WorkerId,
            });
            unit.Add(new WeirEvent { Kind = EventKind.RequestClaimed, RequestId = requestId, BuildsetId = made.BuildsetId, BuilderId = builderId });
            unit.Add(new WeirEvent { Kind = EventKind.BuildStarted, BuildId = made.Id, BuilderId = builderId, RequestId = requestId, BuildsetId = made.BuildsetId, WorkerId = session.WorkerId });
            return state;
        }, cancellation);
    }

    // What a buildset says never changes, so it is read before the transaction.
    private Task<Request> Read(long requestId, long workerId, CancellationToken cancellation) => database.Read(async connection =>
    {
        const string sql = """
            SELECT r.buildset_id, b.reason, b.scheduler, b.properties::text AS properties FROM requests r JOIN buildsets b ON b.id = r.buildset_id WHERE r.id = @requestId;
            SELECT s.id, s.codebase, s.project, s.repository, s.branch, s.revision, s.created_at
            FROM requests r JOIN buildset_sourcestamps bs ON bs.buildset_id = r.buildset_id JOIN sourcestamps s ON s.id = bs.sourcestamp_id WHERE r.id = @requestId ORDER BY s.id;
            SELECT c.author, c.branch, c.revision, c.codebase, left(c.comments, 2000) AS comments, c.files[1:100] AS files
            FROM requests r JOIN buildset_changes bc ON bc.buildset_id = r.buildset_id JOIN changes c ON c.id = bc.change_id WHERE r.id = @requestId ORDER BY c.id DESC LIMIT 200;
            SELECT name, properties::text AS properties, tags FROM workers WHERE id = @workerId;
            """;
        await using var all = await connection.QueryMultipleAsync(new CommandDefinition(sql, new { requestId, workerId }, cancellationToken: cancellation));
        return new Request(await all.ReadFirstAsync<RequestRow>(), (await all.ReadAsync<SourceStampRecord>()).AsList(), (await all.ReadAsync<ChangeRow>()).Reverse().ToArray(), await all.ReadFirstAsync<WorkerRow>());
    }, cancellation);

    private static BuildState State(Made made, long requestId, long builderId, BuilderConfiguration builder, WorkerSession session, Request request, string directory)
    {
        var properties = StartProperties.Assemble(builder, ConfigurationJson.Read<Dictionary<string, JsonElement>>(request.Worker.Properties), session.Name,
            ConfigurationJson.Read<PropertyRecord[]>(request.Row.Properties), request.Stamps, directory);
        properties["buildnumber"] = new("buildnumber", JsonSerializer.Serialize(made.Number), "Build");
        return new BuildState
        {
            BuildId = made.Id,
            BuilderId = builderId,
            RequestId = requestId,
            BuildsetId = made.BuildsetId,
            WorkerId = session.WorkerId,
            Number = made.Number,
            Epoch = 1,
            Properties = properties,
            Plan = new BuildPlan
            {
                Builder = builder,
                Directory = directory,
                SourceStamps = request.Stamps,
                Buildset = new(made.BuildsetId, request.Row.Reason, request.Row.Scheduler),
                Worker = new(session.Name, request.Worker.Tags),
                Changes = [.. request.Changes.Select(c => new PlannedChange(c.Author, c.Branch, c.Revision, c.Codebase, c.Comments, c.Files))],
                Attempt = made.Attempt,
            },
        };
    }

    // name, name~2, …: two builds of a builder that run on one worker at the same time never share a directory.
    private static string FreeDirectory(string builder, IReadOnlyCollection<string> used)
    {
        var directory = builder;
        for (var n = 2; used.Contains(directory); n++)
            directory = FormattableString.Invariant($"{builder}~{n}");
        return directory;
    }

    private static async Task<BuildState?> GiveUp(StoreTransaction unit)
    {
        await unit.Rollback();
        return null;
    }
}

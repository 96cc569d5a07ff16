using Dapper;
using Weir.Engine.Configuration;
using Weir.Engine.Logs;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Protocol;

namespace Weir.Engine.Builds;

/// <summary>Rebuilds an open build from the store, in one round trip (invariant 2).</summary>
internal sealed class BuildLoading(Database database)
{
    private sealed record BuildRow
    {
        public long Id { get; init; }
        public long BuilderId { get; init; }
        public int Number { get; init; }
        public long RequestId { get; init; }
        public long BuildsetId { get; init; }
        public long WorkerId { get; init; }
        public long Epoch { get; init; }
        public int Format { get; init; }
        public string Plan { get; init; } = "";
        public string? StopBy { get; init; }
        public string? StopReason { get; init; }
        public bool StopAgain { get; init; }
    }

    private sealed record StepRow(long Id, int Number, short? Results, string StateText, string Outputs, bool AfterStop, bool LocksGranted);
    private sealed record LockRow
    {
        public string Name { get; init; } = "";
        public int Units { get; init; }
        public bool Exclusive { get; init; }
        public int? UntilStep { get; init; }
        public bool Held { get; init; }
        public string[] Labels { get; init; } = [];
        public string[] Names { get; init; } = [];
    }

    private sealed record CommandRow(long Id, long StepId, int Ordinal, string Spec, long Applied, string? Ended);
    private sealed record LogRow(long Id, long StepId, string Slug, DateOnly ExpiresOn, long LineCount, long ByteCount, int ChunkCount);

    /// <summary>Null when the build is complete.</summary>
    public Task<BuildState?> Load(long buildId, CancellationToken cancellation) => database.Read(async connection =>
    {
        const string sql = """
            SELECT b.id, b.builder_id, b.number, b.request_id, b.buildset_id, b.worker_id, o.epoch, p.format, p.plan::text AS plan, s.requested_by AS stop_by, s.reason AS stop_reason, coalesce(s.requeue, false) AS stop_again
            FROM build_owners o JOIN builds b ON b.id = o.build_id JOIN build_plans p USING (build_id) LEFT JOIN build_stops s USING (build_id) WHERE o.build_id = @buildId;
            SELECT name, value::text AS value, source FROM build_properties WHERE build_id = @buildId;
            SELECT id, number, results, state_text, outputs::text AS outputs, coalesce(started_at > (SELECT requested_at FROM build_stops WHERE build_id = @buildId), false) AS after_stop, locks_acquired_at IS NOT NULL AS locks_granted
            FROM steps WHERE build_id = @buildId ORDER BY number;
            SELECT id, step_id, ordinal, spec::text AS spec, applied, ended::text AS ended FROM commands WHERE build_id = @buildId ORDER BY step_id, ordinal;
            SELECT id, step_id, slug, expires_on, line_count, byte_count, chunk_count FROM logs WHERE build_id = @buildId AND completed_at IS NULL;
            SELECT weir_called('locks', c.lock_id, b.config_revision_id) AS name, c.units, c.exclusive, c.until_step, c.held_at IS NOT NULL AS held, c.labels, c.names FROM lock_claims c JOIN builds b ON b.id = c.build_id WHERE c.build_id = @buildId;
            """;
        await using var all = await connection.QueryMultipleAsync(new CommandDefinition(sql, new { buildId }, cancellationToken: cancellation));
        if (await all.ReadFirstOrDefaultAsync<BuildRow>() is not { } row)
            return null;
        var plan = BuildPlan.Read(row.Format, row.Plan);
        var state = new BuildState
        {
            BuildId = row.Id,
            BuilderId = row.BuilderId,
            RequestId = row.RequestId,
            BuildsetId = row.BuildsetId,
            WorkerId = row.WorkerId,
            Number = row.Number,
            Epoch = row.Epoch,
            Plan = plan,
            Properties = (await all.ReadAsync<PropertyRecord>()).ToDictionary(p => p.Name),
            Stop = row.StopBy is { } by ? new(by, row.StopReason, row.StopAgain) : null,
        };
        var steps = new Dictionary<long, StepState>();
        foreach (var step in await all.ReadAsync<StepRow>())
        {
            var made = new StepState(step.Number, plan.Builder.Steps[step.Number])
            {
                Id = step.Id,
                Results = (BuildResult?)step.Results,
                StateText = step.StateText,
                Outputs = ConfigurationJson.Read<Dictionary<string, string>>(step.Outputs),
                AfterStop = step.AfterStop,
                LocksGranted = step.LocksGranted,
            };
            state.Steps.Add(made);
            steps[step.Id] = made;
        }
        foreach (var command in await all.ReadAsync<CommandRow>())
        {
            steps[command.StepId].Commands.Add(new(command.Id, command.Ordinal, ConfigurationJson.Read<CommandSpec>(command.Spec), command.Applied)
            {
                Ended = command.Ended is null ? null : ConfigurationJson.Read<EndedFrame>(command.Ended),
            });
        }
        foreach (var log in await all.ReadAsync<LogRow>())
        {
            var file = new LogFile(log.Id, log.ExpiresOn, log.LineCount, log.ByteCount, log.ChunkCount);
            if (log.Slug == "stdio")
                steps[log.StepId].Log = file;
            else
                steps[log.StepId].OtherLogs[log.Slug] = file;
        }
        foreach (var held in await all.ReadAsync<LockRow>())
        {
            if (held.Names.Length > 0)
                state.Given.Add(new(held.Name, held.UntilStep, held.Names));
            if (held.UntilStep is not { } until)
                continue;
            var taken = new StepLock(held.Name, held.Units, held.Exclusive, until, string.Join(',', held.Labels));
            state.StepLocks.Add(taken);
            if (!held.Held)
                state.Current!.Asked = [.. state.Current.Asked, taken];
        }
        // A step that has its locks and no command yet begins in earnest now: nobody did that for it.
        if (state.Current is { Commands.Count: 0 } current && state.StepLocks.Count > 0)
            current.WaitsForLocks = true;
        return state;
    }, cancellation);
}

using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Logs;
using Weir.Engine.Storage;
using Weir.Shared.Logs;
using Weir.Shared.Steps;

namespace Weir.Engine.Steps;

/// <summary>Reads the steps that have begun, with their logs.</summary>
public sealed class StepQueries(Database database) : IStepQueries
{
    public async Task<StepRecord?> Find(long id, CancellationToken cancellation) => await Read($"""
        {StepRows.Select} WHERE p.id = @id;
        {LogRows.Select} WHERE l.step_id = @id ORDER BY l.id;
        {StepRows.SelectTriggered.Replace("p.build_id = @id", "p.id = @id", StringComparison.Ordinal)};
        """, id, cancellation) is [var step] ? step : null;

    public Task<IReadOnlyList<StepRecord>> OfBuild(long buildId, CancellationToken cancellation) => Read($"""
        {StepRows.Select} WHERE p.build_id = @id ORDER BY p.number;
        {LogRows.Select} WHERE l.build_id = @id ORDER BY l.id;
        {StepRows.SelectTriggered};
        """, buildId, cancellation);

    public async Task<IReadOnlyList<StepOutput>?> Outputs(long buildId, CancellationToken cancellation)
    {
        // A build that gave out nothing is one row without a name; no row, no build.
        var rows = await database.Query<OutputRow>("""
            SELECT p.name AS step, o.key AS name, o.value
            FROM builds b LEFT JOIN (steps p CROSS JOIN LATERAL jsonb_each_text(p.outputs) o) ON p.build_id = b.id
            WHERE b.id = @buildId ORDER BY p.number, o.key
            """, new { buildId }, cancellation);
        return rows.Count == 0 ? null : [.. rows.Where(r => r.Name is not null).Select(r => new StepOutput(r.Step!, r.Name!, r.Value ?? ""))];
    }

    private sealed record OutputRow
    {
        public string? Step { get; init; }
        public string? Name { get; init; }
        public string? Value { get; init; }
    }

    private Task<IReadOnlyList<StepRecord>> Read(string sql, long id, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch(sql, new { id }, async results =>
        {
            var steps = await results.List<StepRecord>();
            return steps.With(await results.List<LogRecord>(), await results.List<TriggeredBuild>());
        }), cancellation);
}

/// <summary>Registers the reading of steps.</summary>
public static class StepQueriesRegistration
{
    public static IServiceCollection AddStepQueries(this IServiceCollection services) => services.AddSingleton<IStepQueries, StepQueries>();
}

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
        """, id, cancellation) is [var step] ? step : null;

    public Task<IReadOnlyList<StepRecord>> OfBuild(long buildId, CancellationToken cancellation) => Read($"""
        {StepRows.Select} WHERE p.build_id = @id ORDER BY p.number;
        {LogRows.Select} WHERE l.build_id = @id ORDER BY l.id;
        """, buildId, cancellation);

    private Task<IReadOnlyList<StepRecord>> Read(string sql, long id, CancellationToken cancellation) => database.Snapshot(
        snapshot => snapshot.Batch(sql, new { id }, async results =>
        {
            var steps = await results.List<StepRecord>();
            return steps.WithLogs(await results.List<LogRecord>());
        }), cancellation);
}

/// <summary>Registers the reading of steps.</summary>
public static class StepQueriesRegistration
{
    public static IServiceCollection AddStepQueries(this IServiceCollection services) => services.AddSingleton<IStepQueries, StepQueries>();
}

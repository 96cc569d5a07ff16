using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Configuration;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;
using Weir.Shared.Schedulers;

namespace Weir.Engine.Builds;

/// <summary>Reads builders from the store alone.</summary>
public sealed class BuilderQueries(Database database, ISchedulerQueries schedulers) : IBuilderQueries
{
    private const int MostWaiting = 1000;

    public Task<IReadOnlyList<BuilderSummary>> List(CancellationToken cancellation) =>
        database.Snapshot(snapshot => BuilderRows.Read(snapshot, "true", new(), withStrip: true), cancellation);

    public Task<BuilderOverview> Overview(BuilderWish wish, CancellationToken cancellation) => database.Snapshot(snapshot => OverviewRows.Read(snapshot, wish), cancellation);

    public Task<BuilderStatistics> Statistics(long builderId, CancellationToken cancellation) => database.Snapshot(snapshot => StatisticsRows.Read(snapshot, builderId), cancellation);

    public Task<BuilderSummary?> Find(long id, CancellationToken cancellation) => database.Snapshot(snapshot => One(snapshot, "id = @Id", new() { Id = id }), cancellation);

    public Task<BuilderSummary?> Find(string name, CancellationToken cancellation) => database.Snapshot(snapshot => One(snapshot, "name = @Name", new() { Name = name }), cancellation);

    public async Task<BuilderDetail?> Detail(string name, CancellationToken cancellation)
    {
        var forms = await schedulers.ForceForms(cancellation);
        return await database.Snapshot(async snapshot =>
        {
            if (await One(snapshot, "name = @Name", new() { Name = name }) is not { } builder)
                return null;
            var (queue, parts) = await snapshot.Batch($"""
                {RequestRows.Select} WHERE o.builder_id = @Id ORDER BY {RequestRows.Order} LIMIT @MostWaiting;
                SELECT r.parts::text FROM config_in_force f JOIN config_revisions r ON r.id = f.revision_id;
                """, new { builder.Id, MostWaiting }, async results => (await results.List<RequestRow>(), await results.First<string>()));
            return new BuilderDetail
            {
                Builder = builder,
                Queue = [.. queue.Select(r => r.ToSummary())],
                ForceForms = [.. forms.Where(f => f.Builders.Contains(name))],
                ConfigurationText = parts is null || builder.RetiredAt is not null ? null : Text(parts, name),
            };
        }, cancellation);
    }

    private static async Task<BuilderSummary?> One(StoreSnapshot snapshot, string condition, BuilderChoice choice) =>
        await BuilderRows.Read(snapshot, condition, choice, withStrip: true) is [var builder] ? builder : null;

    private static string? Text(string parts, string builder) =>
        Written(ConfigurationJson.Read<ConfigurationPart[]>(parts), builder);

    // One that a matrix makes stands under the beginning of its name.
    private static string? Written(ConfigurationPart[] parts, string builder)
    {
        for (var name = builder; name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf('-'))])
        {
            if (parts.Select(p => BuilderText.Find(p.Text, name)).FirstOrDefault(t => t is not null) is { } text && (name == builder || text.Contains("matrix", StringComparison.Ordinal)))
                return text;
        }
        return null;
    }
}

/// <summary>Registers the reading of builders and of the waterfall.</summary>
public static class BuilderQueriesRegistration
{
    public static IServiceCollection AddBuilderQueries(this IServiceCollection services) => services.AddSingleton<IBuilderQueries, BuilderQueries>();
}

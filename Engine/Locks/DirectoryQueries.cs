using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Configuration;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Orders;
using Weir.Shared.Configuration;
using Weir.Shared.Locks;

namespace Weir.Engine.Locks;

/// <summary>Reads shared directories, with what their workers said of them.</summary>
public sealed class DirectoryQueries(Database database, ConfigurationInForce configuration) : IDirectoryQueries
{
    private const string Sql = """
        SELECT l.name AS lock, w.name AS worker, d.placed_at, d.placed_by, (s->>'Bytes')::bigint AS bytes, s->>'Writer' AS writer, (s->>'WrittenAt')::timestamptz AS written_at, (s->>'Well')::boolean AS well
        FROM shared_directories d JOIN locks l ON l.id = d.lock_id JOIN workers w ON w.id = d.worker_id
        LEFT JOIN LATERAL (SELECT s FROM jsonb_array_elements(w.directories) s WHERE s->>'Name' = l.place LIMIT 1) AS said (s) ON true;
        SELECT name, tags FROM workers WHERE configured AND retired_at IS NULL ORDER BY name;
        """;

    private sealed record WorkerRow
    {
        public string Name { get; init; } = "";
        public string[] Tags { get; init; } = [];
    }

    private sealed record Row
    {
        public string Lock { get; init; } = "";
        public string Worker { get; init; } = "";
        public DateTimeOffset PlacedAt { get; init; }
        public string? PlacedBy { get; init; }
        public long? Bytes { get; init; }
        public string? Writer { get; init; }
        public DateTimeOffset? WrittenAt { get; init; }
        public bool? Well { get; init; }
    }

    public async Task<IReadOnlyList<SharedDirectoryRecord>> List(CancellationToken cancellation)
    {
        if (await configuration.Read(cancellation) is not { } revision || revision.Model.SharedDirectories.Count == 0)
            return [];
        var (said, workers) = await database.Snapshot(snapshot => snapshot.Batch(Sql, null, async results => (await results.List<Row>(), await results.List<WorkerRow>())), cancellation);
        var rows = said.ToDictionary(r => SharedDirectories.Of(r.Lock)!);
        var groups = DirectoryGroups.Of(revision.Model);
        return [.. revision.Model.SharedDirectories.OrderBy(d => d.Name, StringComparer.Ordinal).Select(d => Record(d, rows.GetValueOrDefault(d.Name), groups.FirstOrDefault(g => g.Directories.Contains(d.Name)), workers))];
    }

    private static SharedDirectoryRecord Record(SharedDirectoryConfiguration directory, Row? row, DirectoryGroup? group, IReadOnlyList<WorkerRow> workers) => new()
    {
        Name = directory.Name,
        Description = directory.Description,
        Worker = row?.Worker,
        Since = row?.PlacedAt,
        MovedBy = row?.PlacedBy,
        Bytes = row?.Bytes,
        Writer = row?.Writer,
        WrittenAt = row?.WrittenAt,
        Well = row?.Writer is null ? null : row.Well,
        Builders = [.. (group?.Builders ?? []).Where(b => DirectoryGroups.Used(b).Contains(directory.Name)).Select(b => b.Name)],
        Possible = [.. workers.Where(w => w.Name != row?.Worker && group?.MayUse(w.Name, w.Tags) != false).Select(w => w.Name)],
        Together = [.. (group?.Directories ?? []).Where(n => n != directory.Name)],
    };
}

/// <summary>Registers what is known of, and done with, shared directories.</summary>
public static class DirectoriesRegistration
{
    public static IServiceCollection AddDirectoryQueries(this IServiceCollection services) => services.AddSingleton<IDirectoryQueries, DirectoryQueries>();

    /// <summary>What is done with them: by an engine, or ordered from one.</summary>
    public static IServiceCollection AddDirectories(this IServiceCollection services, bool engine)
    {
        if (!engine)
            return services.AddSingleton<IDirectoryActions, DirectoryOrders>();
        services.AddSingleton<DirectoryActions>();
        services.AddSingleton<IDirectoryActions>(p => p.GetRequiredService<DirectoryActions>());
        return services.AddOrderKinds(p => DirectoryOrders.Kinds(p.GetRequiredService<DirectoryActions>()));
    }
}

using Microsoft.Extensions.DependencyInjection;
using Weir.Engine.Storage;
using Weir.Engine.Storage.Listing;
using Weir.Shared;
using Weir.Shared.Builds;

namespace Weir.Engine.Builds;

/// <summary>Lists builds for scripts, by any of their fields, in bounded work.</summary>
internal sealed class BuildLists(Database database, TimeProvider time) : IBuildLists
{
    public async Task<ListAnswer<ListedBuild>> Builds(ListQuery query, IReadOnlyCollection<string> properties, CancellationToken cancellation)
    {
        var answer = await database.List(BuildTable.For(query), query, time, cancellation);
        if (answer is not ListAnswer<ListedBuild>.Rows rows || properties.Count == 0 || rows.Items.Count == 0)
            return answer;
        var found = await database.Query<Row>("""
            SELECT p.build_id, p.name, p.value::text AS value, p.source FROM build_properties p
            WHERE p.build_id = ANY(@builds) AND (@all OR p.name = ANY(@names))
            ORDER BY p.build_id, p.name
            """, new { builds = rows.Items.Select(b => b.Id).ToArray(), all = properties.Contains("*"), names = properties.ToArray() }, cancellation);
        var byBuild = found.ToLookup(p => p.BuildId, p => new PropertyRecord(p.Name, p.Value, p.Source));
        return rows with { Items = [.. rows.Items.Select(b => b with { Properties = [.. byBuild[b.Id]] })] };
    }

    public async Task<IReadOnlyList<PropertyRecord>?> Properties(long build, CancellationToken cancellation)
    {
        // One row of nulls says that the build is there and has none.
        var found = await database.Query<Row>("""
            SELECT b.id AS build_id, coalesce(p.name, '') AS name, coalesce(p.value::text, '') AS value, coalesce(p.source, '') AS source
            FROM builds b LEFT JOIN build_properties p ON p.build_id = b.id
            WHERE b.id = @build
            ORDER BY p.name
            """, new { build }, cancellation);
        return found.Count == 0 ? null : [.. found.Where(p => p.Name.Length > 0).Select(p => new PropertyRecord(p.Name, p.Value, p.Source))];
    }

    public Task<long?> IdOf(string builder, int number, CancellationToken cancellation) => database.QuerySingle<long?>(
        $"SELECT b.id FROM builds b WHERE b.builder_id = {BuilderLists.Given} AND b.number = @number", new { given = builder, number }, cancellation);

    private sealed record Row
    {
        public long BuildId { get; init; }
        public string Name { get; init; } = "";
        public string Value { get; init; } = "";
        public string Source { get; init; } = "";
    }
}

/// <summary>Registers the lists of builds and builders.</summary>
public static class BuildListsRegistration
{
    public static IServiceCollection AddBuildLists(this IServiceCollection services) => services.AddSingleton<IBuildLists, BuildLists>().AddSingleton<IBuilderLists, BuilderLists>();
}

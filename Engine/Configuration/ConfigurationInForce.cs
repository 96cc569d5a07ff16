using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration;

/// <summary>A revision as engines use it.</summary>
public sealed record RevisionInForce(long Id, WeirConfiguration Model)
{
    private readonly Dictionary<string, BuilderConfiguration> builders = Model.Builders.ToDictionary(b => b.Name);

    private readonly Dictionary<string, ProjectConfiguration> projects = Model.Projects.ToDictionary(p => p.Name);

    private readonly Dictionary<string, DirectoryGroup> groups = DirectoryGroups.Of(Model).SelectMany(g => g.Builders.Select(b => (b.Name, g))).ToDictionary(g => g.Name, g => g.g);

    /// <summary>What a builder shares with others; null: no directory.</summary>
    public DirectoryGroup? Group(string builder) => groups.GetValueOrDefault(builder);

    public BuilderConfiguration? Builder(string name) => builders.GetValueOrDefault(name);

    public ProjectConfiguration? Project(string? name) => name is null ? null : projects.GetValueOrDefault(name);
}

/// <summary>The revision in force. Asks the store for its id each time (one row) and loads a revision's model once.</summary>
public sealed class ConfigurationInForce(Database database) : IDisposable
{
    private readonly SemaphoreSlim loading = new(1);
    private volatile RevisionInForce? loaded;

    /// <summary>Null on a store that has never had a configuration.</summary>
    public async Task<RevisionInForce?> Read(CancellationToken cancellation)
    {
        var id = await database.QuerySingle<long>("SELECT revision_id FROM config_in_force", null, cancellation);
        return id == 0 ? null : await Of(id, cancellation);
    }

    /// <summary>The revision that was in force when this process last looked; null before that. For those who check behind the gate that it still is.</summary>
    public RevisionInForce? Loaded => loaded;

    /// <summary>The revision that the caller has read to be in force.</summary>
    public async Task<RevisionInForce> Of(long id, CancellationToken cancellation)
    {
        if (loaded is { } known && known.Id == id)
            return known;
        // A new one is wanted by all at once, and is read once.
        await loading.WaitAsync(cancellation);
        try
        {
            return await Of(id, (sql, parameters) => database.QuerySingle<string>(sql, parameters, cancellation));
        }
        finally
        {
            loading.Release();
        }
    }

    /// <summary>The same within a transaction, null on a store that has never had a configuration.</summary>
    public async Task<RevisionInForce?> Read(StoreTransaction unit)
    {
        var id = await unit.QuerySingle<long>("SELECT revision_id FROM config_in_force");
        return id == 0 ? null : await Of(id, unit.QuerySingle<string>);
    }

    private async Task<RevisionInForce> Of(long id, Func<string, object?, Task<string?>> ask)
    {
        if (loaded is { } known && known.Id == id)
            return known;
        var model = await ask("SELECT model::text FROM config_revisions WHERE id = @id", new { id });
        return loaded = new(id, ConfigurationJson.Read<WeirConfiguration>(model!));
    }

    public void Dispose() => loading.Dispose();
}

/// <summary>How models, plans and properties are written as JSON into the store.</summary>
public static class ConfigurationJson
{
    // jsonb keeps its own order of members, so the type's name is not always first.
    public static JsonSerializerOptions Options { get; } = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowOutOfOrderMetadataProperties = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveEmptyOut } },
    };

    // Most lists and maps of a configuration are empty. What is not written is read as empty again, where that is how a thing begins; of a model it is half of the text, and the store takes its time over each character.
    private static void LeaveEmptyOut(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.Namespace != typeof(WeirConfiguration).Namespace || type.Type.IsAbstract || type.Type.GetConstructor(Type.EmptyTypes) is not { } make)
            return;
        var begun = make.Invoke(null);
        foreach (var property in type.Properties.Where(p => p.Get is not null && typeof(IEnumerable).IsAssignableFrom(p.PropertyType) && p.Get(begun) is ICollection { Count: 0 }))
            property.ShouldSerialize = static (_, value) => value is not (null or ICollection { Count: 0 });
    }

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"An empty {typeof(T).Name} in the store.");
}

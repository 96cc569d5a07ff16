using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Worker.Journal;

namespace Weir.Worker.Directories;

/// <summary>Who wrote into a shared directory last.</summary>
/// <param name="Build">The build, as people know it.</param>
/// <param name="Command">The command.</param>
/// <param name="Began">When it began.</param>
/// <param name="Ended">When it ended; null: it has not, or nobody was there to see it.</param>
/// <param name="Well">It ended by itself, and said that all was well.</param>
internal sealed record SharedNote(string Build, long Command, DateTimeOffset Began, DateTimeOffset? Ended, bool Well)
{
    /// <summary>Null: nothing was written yet, or what was noted cannot be read.</summary>
    public static SharedNote? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), SharedJson.Default.SharedNote) : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }

    public void Write(string path) => Durable.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, SharedJson.Default.SharedNote), "keeper.note");
}

/// <summary>What the files beside shared directories look like.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SharedNote))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class SharedJson : JsonSerializerContext;

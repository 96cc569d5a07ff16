using System.Text.Json;

namespace Weir.Worker.Journal;

/// <summary>Who a work directory is: made once, for ever.</summary>
internal sealed record Identity(Guid Instance)
{
    public static Identity Of(WorkDirectory work)
    {
        var path = Path.Combine(work.State, "identity.json");
        if (!File.Exists(path))
            Durable.Write(path, JsonSerializer.SerializeToUtf8Bytes(new(Guid.NewGuid()), JournalJson.Default.Identity), "journal.identity");
        return JsonSerializer.Deserialize(File.ReadAllBytes(path), JournalJson.Default.Identity) ?? throw new JsonException($"{path} is empty.");
    }
}

/// <summary>Whose orders were obeyed last: the store, and its highest session.</summary>
internal sealed record Standing(string Store, long Session)
{
    public static readonly Standing None = new("", 0);
}

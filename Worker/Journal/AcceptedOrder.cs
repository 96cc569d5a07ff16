using System.Text.Json;
using System.Text.Json.Serialization;
using Weir.Shared.Protocol;

namespace Weir.Worker.Journal;

/// <summary>An order as it is kept on disk from its acceptance to its end, in <see cref="AcceptedOrders"/> and in its command's directory.</summary>
/// <param name="Command">The command's id.</param>
/// <param name="Epoch">The highest epoch it was seen under.</param>
/// <param name="Machine">The machine's boot when it was accepted: after another boot its processes cannot be alive.</param>
/// <param name="Spec">What to do.</param>
internal sealed record AcceptedOrder(long Command, long Epoch, string Machine, CommandSpec Spec)
{
    /// <exception cref="JsonException">It is not readable, or of a kind that this version does not know.</exception>
    public static AcceptedOrder Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), JournalJson.Default.AcceptedOrder) ?? throw new JsonException("The order is empty.");

    /// <summary>Replaces the file as a whole; a power cut may take it.</summary>
    public void Write(string path)
    {
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, JournalJson.Default.AcceptedOrder));
        Crash.At("journal.order.before-rename");
        File.Move(path + ".new", path, overwrite: true);
    }
}

/// <summary>What the journal's files look like.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AcceptedOrder))]
[JsonSerializable(typeof(Identity))]
[JsonSerializable(typeof(Standing))]
internal sealed partial class JournalJson : JsonSerializerContext;

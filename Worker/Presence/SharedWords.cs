using System.Globalization;
using Weir.Shared.Protocol;

namespace Weir.Worker.Presence;

/// <summary>A shared directory in words, for the owner.</summary>
internal static class SharedWords
{
    public static string Of(SharedDirectoryState directory, TimeProvider time)
    {
        var written = directory is { Writer: { } writer, WrittenAt: { } at }
            ? $"written by {writer} at {TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}{(directory.Well ? "" : ", which did not end well")}"
            : "nothing written yet";
        return $"{directory.Name}, {Size(directory.Bytes)}, {written}{(directory.InUse ? ", in use" : "")}";
    }

    private static string Size(long bytes) => bytes switch
    {
        < 1000 => FormattableString.Invariant($"{bytes} bytes"),
        < 1_000_000 => FormattableString.Invariant($"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => FormattableString.Invariant($"{bytes / 1e6:0.#} MB"),
        _ => FormattableString.Invariant($"{bytes / 1e9:0.#} GB"),
    };
}

using System.Text;

namespace Weir.Worker.Commands;

/// <summary>Reads what a command wrote to <c>$WEIR_OUTPUT</c>: lines <c>name=value</c>, the last one of a name wins. What cannot be used is said in the log.</summary>
internal static class OutputFile
{
    private const int Limit = 64 * 1024;

    public static IReadOnlyDictionary<string, string> Read(string path, CommandLog log)
    {
        var outputs = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in Text(path, log).Split('\n'))
        {
            number++;
            if (line.TrimEnd('\r') is not { Length: > 0 } entry)
                continue;
            if (entry.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
                outputs[entry[..at]] = entry[(at + 1)..];
            else
                log.Header($"Line {number} of $WEIR_OUTPUT is not name=value; it is left out.");
        }
        return outputs;
    }

    private static string Text(string path, CommandLog log)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var bytes = new byte[Math.Min(RandomAccess.GetLength(handle), Limit + 1)];
            var count = RandomAccess.Read(handle, bytes, 0);
            if (count <= Limit)
                return Encoding.UTF8.GetString(bytes, 0, count);
            log.Header($"$WEIR_OUTPUT is longer than {Limit / 1024} KiB; the rest is left out.");
            return Encoding.UTF8.GetString(bytes, 0, bytes.AsSpan(0, Limit).LastIndexOf((byte)'\n') + 1);
        }
        catch (FileNotFoundException)
        {
            return ""; // the command removed it
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Header($"$WEIR_OUTPUT cannot be read: {e.Message}");
            return "";
        }
    }
}

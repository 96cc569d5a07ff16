using Weir.Engine.Configuration.Reading;
using Weir.Shared.Configuration;

namespace Weir.Engine.Configuration.Watching;

/// <summary>What was found on disk: the parts, or why they cannot be taken (<see cref="Trouble"/>: now; <see cref="Problems"/>: as long as the files are so).</summary>
internal sealed record SourceContent
{
    public IReadOnlyList<ConfigurationPart> Parts { get; init; } = [];
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];
    public string? Trouble { get; init; }
}

/// <summary>The file or folder that the admin edits.</summary>
internal sealed class ConfigurationSource(string path)
{
    private readonly string path = System.IO.Path.GetFullPath(path);

    public string Path => path;

    /// <summary>The folder in which changes show.</summary>
    public string Folder => Directory.Exists(path) ? path : System.IO.Path.GetDirectoryName(path)!;

    /// <summary>Changes whenever a file comes, goes, grows or is written.</summary>
    public string Fingerprint()
    {
        try
        {
            return string.Join('\n', Files().Select(Target).Select(f => FormattableString.Invariant($"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Reads all files, if they stayed the same while they were read.</summary>
    public async Task<SourceContent> Read(CancellationToken cancellation)
    {
        var before = Fingerprint();
        var parts = new List<ConfigurationPart>();
        var problems = new List<ConfigurationProblem>();
        try
        {
            foreach (var file in Files())
            {
                var bytes = await ReadBytes(file, cancellation);
                if (bytes.Length == 0)
                    return new() { Trouble = $"{System.IO.Path.GetFileName(file)} is empty; perhaps it is just being written" };
                var (part, problem) = SourceText.Decode(System.IO.Path.GetFileName(file), bytes);
                parts.Add(part);
                problems.AddRange(problem is null ? [] : [problem]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new() { Trouble = e.Message };
        }
        if (parts.Count == 0)
            return new() { Trouble = Directory.Exists(path) ? $"the folder {path} holds no *.yaml or *.yml" : $"{path} is not there" };
        return before == Fingerprint() ? new() { Parts = parts, Problems = problems } : new() { Trouble = "the files are just being written" };
    }

    /// <summary>One byte more than a part may have, at most: then it is refused for its length without having been read whole.</summary>
    private static async Task<byte[]> ReadBytes(string file, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(file);
        var bytes = new byte[Math.Min(stream.Length, SourceText.MaxBytes + 1)];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        return bytes[..read];
    }

    // A link is as new as what it leads to.
    private static FileInfo Target(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true) as FileInfo ?? new(file);

    private IReadOnlyList<string> Files()
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            return [];
        return [.. Directory.EnumerateFiles(path)
            .Where(f => System.IO.Path.GetExtension(f) is ".yaml" or ".yml" && System.IO.Path.GetFileName(f)[0] is not ('.' or '#'))
            .Order(StringComparer.Ordinal)];
    }
}

namespace Weir.Engine.Storage.Embedded;

/// <summary>A lock on a file that ends with its holder, also when that is killed.</summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Waits until nobody else holds it in any form.</summary>
    public static async Task<FileLock> Exclusive(string path, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            if (TryExclusive(path) is { } taken)
                return taken;
            if (time.GetElapsedTime(start) > atMost)
                throw new EmbeddedPostgresException($"{path} is held by another process that starts or stops the database and does not come to an end.");
            await Task.Delay(Pause, time, cancellation);
        }
    }

    public static FileLock? TryExclusive(string path) => Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Held together with others that share it; the caller knows that nobody holds it exclusively.</summary>
    public static FileLock Shared(string path)
    {
        if (!File.Exists(path))
            File.WriteAllBytes(path, []);
        return Open(path, FileMode.Open, FileAccess.Read, FileShare.Read) ?? throw new EmbeddedPostgresException($"{path} is held by another process.");
    }

    public void Dispose() => stream.Dispose();

    private static FileLock? Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        try
        {
            return new(new FileStream(path, mode, access, share, bufferSize: 1));
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }
}

namespace Weir.Worker.Journal;

/// <summary>A file that one process holds; the system frees it when that process ends, however it ends.</summary>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Null if another process holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether some process holds it.</summary>
    public static bool IsTaken(string path)
    {
        using var free = TryTake(path);
        return free is null;
    }

    public void Dispose() => _stream.Dispose();
}

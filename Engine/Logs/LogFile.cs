namespace Weir.Engine.Logs;

/// <summary>An open log as its writer counts it: where the next chunk goes. The store's row says the same after every commit.</summary>
public sealed class LogFile(long id, DateOnly expiresOn, long lines, long bytes, int chunks)
{
    public long Id => id;
    public DateOnly ExpiresOn => expiresOn;
    public long Lines { get; private set; } = lines;
    public long Bytes { get; private set; } = bytes;
    public int Chunks { get; private set; } = chunks;

    internal void Grow(int lineCount, int byteCount)
    {
        Lines += lineCount;
        Bytes += byteCount;
        Chunks++;
    }
}

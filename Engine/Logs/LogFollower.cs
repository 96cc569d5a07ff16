using System.Buffers;
using System.Runtime.CompilerServices;
using Weir.Engine.Storage;
using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>
/// Reads a log as text from a line on and waits for more until the log has ended. Each line of the log, the commands' and our own, is one line of the text, so whoever counts
/// the lines that he received knows where to go on. It reads no further than it is asked: a slow taker holds one chunk.
/// </summary>
public sealed class LogFollower(Database database, Wakeups wakeups)
{
    private sealed record State(long LineCount, bool IsComplete);

    /// <summary>Pieces of text with the number of the line that follows them; a piece is good until the next is asked for. With streams each line begins with its letter (o, e, h). An empty piece says that nothing came for a while.</summary>
    public async IAsyncEnumerable<(ReadOnlyMemory<byte> Text, long Next)> Follow(long id, long from, bool withStreams, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Heard from before the first look, so that nothing falls between.
        using var news = wakeups.Subscribe(WakeTopic.LogPrefix + id);
        var buffer = ArrayPool<byte>.Shared.Rent(LogChunk.MaxPlain);
        try
        {
            while (await Look(id, cancellation) is { } state)
            {
                var before = from;
                await foreach (var chunk in LogChunks.From(database, id, from, cancellation))
                {
                    var (bytes, lines) = chunk.Text(buffer, from, withStreams);
                    from += lines;
                    if (bytes > 0)
                        yield return (buffer.AsMemory(0, bytes), from);
                }
                if (state.IsComplete && from >= state.LineCount)
                    yield break;
                if (from == before)
                    yield return (default, from);
                await news.Wait(database.Options.Sweep, cancellation);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Task<State?> Look(long id, CancellationToken cancellation) =>
        database.QuerySingle<State>("SELECT line_count, completed_at IS NOT NULL AS is_complete FROM logs WHERE id = @id", new { id }, cancellation);
}

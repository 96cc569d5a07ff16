using Weir.Engine.Storage;
using Weir.Shared.Logs;

namespace Weir.Engine.Logs;

/// <summary>
/// Searches a log chunk by chunk, in the text that is shown. An answer takes a slice of time and a chunk's memory, however long the log; a chunk without a hit costs its unpacking and one search.
/// Few searches run at once, so that nobody's page waits for somebody's pattern.
/// </summary>
public sealed class LogSearch(Database database, TimeProvider time) : ILogSearch
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(400);
    private static readonly SemaphoreSlim Turn = new(Math.Max(1, Environment.ProcessorCount / 2));

    public async Task<LogHits> Search(long id, LogQuestion question, CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            return await Run(id, question, cancellation);
        }
        finally
        {
            Turn.Release();
        }
    }

    private async Task<LogHits> Run(long id, LogQuestion question, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        using var text = new LogText();
        var found = new FoundHits(question);
        await foreach (var chunk in LogChunks.From(database, id, question.From, cancellation))
        {
            if (chunk.FirstLine >= question.To && !found.WantsMore)
                break;
            // Between chunks only: each answer moves on by one at least.
            if (chunk.FirstLine > question.From && (found.IsFull || time.GetElapsedTime(began) > Slice) && !found.WantsMore)
                return found.Until(chunk.FirstLine);
            if (found.Search(text.Read(chunk), chunk.FirstLine) is { } next)
                return found.Until(next);
        }
        return found.Until(null);
    }
}

using System.Collections.Concurrent;
using Weir.Engine.Storage;
using Weir.Engine.Workers;

namespace Weir.Engine.Queue;

/// <summary>How long builders' builds usually take, for deciding whether another fits before a window closes. What was read is good for a while: a guess need not be newer.</summary>
public sealed class UsualDurations(Database database, TimeProvider time)
{
    private static readonly TimeSpan Good = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<long, (TimeSpan? Usual, long ReadAt)> known = new();

    private sealed record Row(long Id, TimeSpan? Usual);

    /// <summary>Without those that have no good build yet.</summary>
    public async Task<IReadOnlyDictionary<long, TimeSpan?>> Of(IReadOnlyCollection<long> builders, CancellationToken cancellation)
    {
        var asked = builders.Where(b => !known.TryGetValue(b, out var k) || time.GetElapsedTime(k.ReadAt) > Good).ToArray();
        if (asked.Length > 0)
        {
            foreach (var row in await database.Query<Row>($"SELECT of.id, {BuildRows.UsualDuration} AS usual FROM builders of WHERE of.id = ANY(@asked)", new { asked }, cancellation))
                known[row.Id] = (row.Usual, time.GetTimestamp());
        }
        return builders.Where(b => known.GetValueOrDefault(b).Usual is not null).ToDictionary(b => b, b => known[b].Usual);
    }
}

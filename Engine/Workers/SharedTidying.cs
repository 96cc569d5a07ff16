using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>
/// Has workers remove the shared directories that nobody needs there any more: they are no longer in the configuration, or have moved, and no open build of the worker uses them. With the wish goes which uses of the
/// directory it knew; a command that came since keeps it.
/// </summary>
internal sealed partial class SharedTidying(WorkerSessions sessions, Database database, Wakeups wakeups, TimeProvider time, ILogger<SharedTidying> logger)
    : Duty(wakeups, time, logger, WakeTopic.Configuration, WakeTopic.Workers)
{
    // Until a build that uses it has ended; and what was lost on the way is said again.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private sealed record Row(long WorkerId, string Name, long Uses, bool InUse);

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        var listening = sessions.All.Where(s => s.Protocol >= WorkerProtocol.WithDirectories && s.Ready.IsCompletedSuccessfully).ToDictionary(s => s.WorkerId);
        if (listening.Count == 0)
            return null;
        var rows = await database.Query<Row>("""
            SELECT w.id AS worker_id, d->>'Name' AS name, (d->>'Uses')::bigint AS uses,
                EXISTS (SELECT FROM build_owners o JOIN build_plans p USING (build_id)
                    WHERE o.worker_id = w.id AND (jsonb_path_exists(p.plan, '$.Builder.Steps[*].Locks[*].Name ? (@ == $name)', jsonb_build_object('name', @prefix || (d->>'Name')))
                        OR jsonb_path_exists(p.plan, '$.Places.* ? (@ == $place)', jsonb_build_object('place', d->>'Name')))) AS in_use
            FROM workers w CROSS JOIN jsonb_array_elements(w.directories) AS d
            WHERE w.id = ANY(@workers) AND w.directories <> '[]'
                AND NOT EXISTS (SELECT FROM shared_directories s JOIN locks l ON l.id = s.lock_id WHERE s.worker_id = w.id AND l.place = d->>'Name')
            """, new { workers = listening.Keys.ToArray(), prefix = SharedDirectories.Lock("") }, cancellation);
        foreach (var row in rows.Where(r => !r.InUse))
        {
            var session = listening[row.WorkerId];
            LogRemoving(row.Name, session.Name);
            await session.Link.Remove(session.Number, row.Name, row.Uses);
        }
        return rows.Count > 0 ? Again : null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The shared directory {Name} is not needed on worker {Worker} any more; it is told to remove it.")]
    private partial void LogRemoving(string name, string worker);
}

using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Storage;
using Weir.Shared.Events;
using Weir.Shared.Protocol;

namespace Weir.Engine.Workers;

/// <summary>Keeps what workers say of the shared directories that they have.</summary>
public sealed class SharedReports(Database database, Self self)
{
    /// <summary>So many are believed.</summary>
    public const int Most = 1000;

    /// <summary>Only the holder of the worker's session writes it.</summary>
    public async Task Take(WorkerSession session, IReadOnlyList<SharedDirectoryState> directories, CancellationToken cancellation)
    {
        var master = await self.Id(cancellation);
        await database.Write(async unit =>
        {
            var rows = await unit.Query<long>("SELECT worker_id FROM worker_sessions WHERE worker_id = @WorkerId AND session = @Number AND master_id = @master AND ended_at IS NULL FOR SHARE", new { session.WorkerId, session.Number, master });
            if (rows.Count == 0 || await unit.Execute("UPDATE workers SET directories = @said::jsonb WHERE id = @WorkerId AND directories <> @said::jsonb", new { session.WorkerId, said = ConfigurationJson.Write(directories) }) == 0)
                return;
            unit.Add(new WeirEvent { Kind = EventKind.WorkerChanged, WorkerId = session.WorkerId });
        }, cancellation);
        database.Nudge([WakeTopic.Workers]);
    }
}

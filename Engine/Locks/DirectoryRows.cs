using Weir.Engine.Storage;
using Weir.Shared.Configuration;
using static Weir.Engine.Storage.StoreBatch;

namespace Weir.Engine.Locks;

/// <summary>The rows that say which worker has which shared directory. Whoever writes one holds the row of its lock.</summary>
public static class DirectoryRows
{
    /// <summary>All of them: the lock's name, the worker and whether that is in the configuration.</summary>
    public const string Homes = """
        SELECT l.name AS directory, d.worker_id AS worker, w.name, w.configured AND w.retired_at IS NULL AS configured
        FROM shared_directories d JOIN locks l ON l.id = d.lock_id JOIN workers w ON w.id = d.worker_id
        """;

    /// <summary>Under which names they lie on their workers, by the locks' names.</summary>
    public const string Places = "SELECT name, place FROM locks WHERE place IS NOT NULL AND retired_at IS NULL";

    /// <summary>Directories that are nowhere yet come with a build to its worker.</summary>
    public static void Settle(StoreBatch batch, IEnumerable<string> directories, long worker) => batch.Add(
        "INSERT INTO shared_directories (lock_id, worker_id, placed_at) SELECT id, $2, weir_now() FROM locks WHERE name = ANY($1) ORDER BY id ON CONFLICT DO NOTHING",
        P(directories.Select(SharedDirectories.Lock).ToArray()), P(worker));
}

using Microsoft.Extensions.Logging;
using Weir.Engine.Masters;
using Weir.Engine.Storage;

namespace Weir.Engine.Schedulers;

/// <summary>
/// Brings the past of what was renamed after, where it is kept by name: buildsets of a scheduler, changes of a codebase and of a project. In small batches beside everything else; whatever could still be acted on had the
/// new name at once, in the transaction that renamed.
/// </summary>
internal sealed class HistoryNames(Database database, Wakeups wakeups, TimeProvider time, ILogger<HistoryNames> logger) : Duty(wakeups, time, logger, WakeTopic.Configuration)
{
    private const int Batch = 5000;

    private sealed record Row
    {
        public string Section { get; init; } = "";
        public string Name { get; init; } = "";
        public string? Now { get; init; }
        public long UntilRevision { get; init; }
        public DateTimeOffset RenamedAt { get; init; }
        public long ToldTo { get; init; }
    }

    protected override async Task<TimeSpan?> RunOnce(CancellationToken cancellation)
    {
        while (await Tell(cancellation))
        {
        }
        return null;
    }

    /// <summary>One batch; false: nothing is left, or another engine is at it.</summary>
    internal Task<bool> Tell(CancellationToken cancellation) => database.Write(async unit =>
    {
        if (await unit.QuerySingle<Row>("""
            SELECT section, name, weir_called(section, thing_id) AS now, until_revision, renamed_at, told_to FROM former_names WHERE NOT told ORDER BY until_revision, section, name LIMIT 1 FOR UPDATE SKIP LOCKED
            """) is not { } row)
            return false;
        // What came since under this name is of another thing.
        var (table, column, at) = row.Section switch
        {
            "schedulers" => ("buildsets", "scheduler", "submitted_at"),
            "codebases" => ("changes", "codebase", "received_at"),
            _ => ("changes", "project", "received_at"),
        };
        var to = await unit.QuerySingle<long?>($"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > @ToldTo ORDER BY id LIMIT {Batch}) b", row);
        if (to is { } end)
            await unit.Execute($"UPDATE {table} SET {column} = @Now WHERE id > @ToldTo AND id <= @end AND {column} = @Name AND {at} <= @RenamedAt", new { row.Now, row.ToldTo, end, row.Name, row.RenamedAt });
        await unit.Execute("UPDATE former_names SET told = @told, told_to = @end WHERE section = @Section AND name = @Name AND until_revision = @UntilRevision",
            new { told = to is null, end = to ?? row.ToldTo, row.Section, row.Name, row.UntilRevision });
        return true;
    }, cancellation);
}

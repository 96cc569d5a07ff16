using Weir.Shared.Protocol;

namespace Weir.Engine.Storage.Backfills;

/// <summary>Moves a back-fill by a batch. Its row is locked meanwhile, so of several engines one is at it; whoever finds it locked leaves it alone.</summary>
internal static class BackfillRun
{
    private sealed record Standing(string? Place);

    /// <summary>True: there may be more to do. False: it is done, or another engine is at it.</summary>
    public static async Task<bool> Step(Database database, IBackfill backfill, CancellationToken cancellation)
    {
        var more = await database.Write(async unit =>
        {
            if (await unit.QuerySingle<Standing>("SELECT place FROM backfills WHERE name = @Name AND done_at IS NULL FOR UPDATE SKIP LOCKED", new { backfill.Name }) is not { } standing)
                return false;
            var step = await backfill.Next(unit, standing.Place);
            await unit.Execute("""
                UPDATE backfills SET place = @Place, rows_done = rows_done + @Rows, moved_at = weir_now(), done_at = CASE WHEN @IsLast THEN weir_now() END, last_error = NULL WHERE name = @Name
                """, new { step.Place, step.Rows, step.IsLast, backfill.Name });
            Crash.At("backfill.batch");
            return !step.IsLast;
        }, cancellation);
        Crash.At("backfill.moved");
        return more;
    }

    /// <summary>Writes down what is to be done, once for all engines.</summary>
    public static Task Announce(Database database, IReadOnlyCollection<string> names, CancellationToken cancellation) => database.Write(unit => unit.Execute("""
        INSERT INTO backfills (name, started_at, moved_at) SELECT name, weir_now(), weir_now() FROM unnest(@names) AS n (name) ON CONFLICT DO NOTHING
        """, new { names = names.ToArray() }), cancellation);

    /// <summary>Why it stands still.</summary>
    public static Task Complain(Database database, string name, string why, CancellationToken cancellation) => database.Write(unit => unit.Execute(
        "UPDATE backfills SET last_error = @why WHERE name = @name", new { name, why }), cancellation);
}

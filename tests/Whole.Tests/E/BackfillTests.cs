using System.Net.Http.Json;

namespace Weir.Whole.Tests.E;

/// <summary>E3: an engine is killed in the middle of a back-fill, before and after a batch is stored; the next start finishes it, and what comes out is what would have come without.</summary>
public sealed class BackfillTests
{
    private const string Configuration = """
        weir: 1
        workers: { w1: {} }
        builders:
          one: { steps: [ { name: work, run: "true" } ] }
        """;

    // Thirty-five revisions of before: three batches and a half.
    private const int Revisions = 35;

    [Theory]
    [InlineData("backfill.batch:2")]
    [InlineData("backfill.moved:2")]
    public async Task A_back_fill_that_is_killed_is_finished_by_the_next_start(string crash)
    {
        await using var weir = await Installation.Create(Configuration);
        var engine = await weir.StartMaster("engine", configured: false);
        for (var n = 1; n <= Revisions; n++)
        {
            var text = Configuration.Replace("\"true\"", $"\"echo {n}\"", StringComparison.Ordinal);
            Assert.True((await engine.Http.PostAsJsonAsync("/api/v2/config/apply", new { parts = new[] { new { name = "weir.yaml", text } }, reason = $"revision {n}" })).IsSuccessStatusCode);
        }
        await engine.Process.Kill();
        // As a version without them would have left it.
        var wanted = await Differences(weir);
        await weir.Store.Execute("DELETE FROM config_differences; UPDATE config_revisions SET summary = NULL; DELETE FROM backfills");

        var killed = await weir.StartMaster("engine", crash: crash, configured: false);
        await killed.Process.WaitForExit(TimeSpan.FromSeconds(30));
        var done = await weir.Sql<long>("SELECT rows_done FROM backfills");
        Assert.InRange(done, 10, 20);

        await weir.StartMaster("engine", configured: false);
        await weir.Until(async () => await weir.Sql<long?>("SELECT rows_done FROM backfills WHERE done_at IS NOT NULL"), "the end of the back-fill");
        Assert.Equal(wanted, await Differences(weir));
        Assert.Equal(Revisions, await weir.Sql<long>("SELECT rows_done FROM backfills"));
    }

    private static Task<string> Differences(Installation weir) => weir.Sql<string>("""
        SELECT string_agg(r.id || ' ' || coalesce(r.summary, '-') || ' ' || coalesce(d.place || d.kind || d.section || d.name || d.settings::text, ''), E'\n' ORDER BY r.id, d.place)
        FROM config_revisions r LEFT JOIN config_differences d ON d.revision_id = r.id
        """);
}

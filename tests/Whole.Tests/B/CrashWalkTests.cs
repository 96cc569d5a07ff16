namespace Weir.Whole.Tests.B;

/// <summary>An engine dies before and after every commit, order and acknowledgement of a build's life, each place in turn, and is started again.</summary>
public sealed class CrashWalkTests
{
    private static bool All => Environment.GetEnvironmentVariable("WEIR_TEST_SLOW") == "1";

    public static TheoryData<string> Points => new("command.send.before", "command.send.after", "ingest.store.before", "ingest.store.after", "ingest.acknowledge.after", "hello.adopt.before", "hello.adopt.after", "store.commit.before", "store.commit.after");

    /// <summary>The first hits of each point; with <c>./test --slow</c> as many as there are, until the build gets through without meeting one.</summary>
    [Theory]
    [MemberData(nameof(Points))]
    public async Task The_engine_dies_at(string point)
    {
        var hits = All ? 40 : 1;
        for (var hit = point.StartsWith("store", StringComparison.Ordinal) && !All ? 6 : 1; hits-- > 0; hit++)
        {
            if (!await Walk($"{point}:{hit}"))
                return;
        }
    }

    // False when the build went through without the engine dying.
    private static async Task<bool> Walk(string crash)
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(SurvivalTests.Config(ledger).Replace("sleep 0.1", "sleep 0.01", StringComparison.Ordinal));
        var port = Installation.FreePort();
        var calm = await weir.StartMaster("one", port: port);
        var token = await weir.WorkerToken(calm, "w1");
        var request = await weir.Force(calm, "soak");
        await calm.Process.Kill();

        var doomed = await weir.StartMaster("one", port: port, crash: crash);
        weir.StartWorker("w1", token, $"http://127.0.0.1:{port}");
        await Installation.Eventually(async () => !doomed.Process.Alive || await weir.Sql<bool>("SELECT completed_at IS NOT NULL FROM requests WHERE id = @request", new { request }), "death or the end of the build");
        var died = !doomed.Process.Alive;
        var master = died ? await weir.StartMaster("one", port: port) : doomed;

        Assert.Equal(0, await weir.ResultOf(request));
        await SurvivalTests.AssertWhole(weir, master, ledger);
        return died;
    }
}

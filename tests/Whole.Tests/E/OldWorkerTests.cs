using System.Text.Json.Nodes;

namespace Weir.Whole.Tests.E;

/// <summary>A worker of the first protocol at masters of this version.</summary>
public sealed class OldWorkerTests
{
    private const string Config = """
        weir: 1
        workers:
          old: { maxBuilds: 2, missingAfter: 10m }
        schedulers:
          force: { type: force, builders: [plain, counted] }
        builders:
          plain:
            steps: [{ name: first, run: echo first }, { name: second, run: echo second }]
          counted:
            steps: [{ name: make, run: make, warnings: {} }]
        """;

    [Fact]
    public async Task It_builds_what_it_can_hears_nothing_that_it_does_not_know_and_its_page_says_what_it_lacks()
    {
        await using var weir = await Installation.Create(Config);
        var one = await weir.StartMaster("one");
        await using var worker = new WorkerOfProtocol1();

        var welcome = await worker.Connect(one.Url, await weir.WorkerToken(one, "old"), "old");
        Assert.Equal((1, null), ((int)welcome["protocol"]!, (string?)welcome["refusal"]));
        // A worker of this version would be told of it.
        await weir.StartMaster("two");
        Assert.Equal(0, await weir.ResultOf(await weir.Force(one, "plain")));

        await Installation.Eventually(() => Task.FromResult(worker.Stored.Values.All(s => s.Applied == s.Length)), "all to be acknowledged");
        Assert.Equal(2, worker.Stored.Count);
        foreach (var log in await weir.Sql<long[]>("SELECT array_agg(id) FROM logs"))
            Assert.Equal("hello\nwörld\n", await weir.RawLog(one, log));

        var waiting = await weir.Force(one, "counted");
        await Installation.Eventually(async () => await weir.Sql<string>("SELECT coalesce(max(text), '') FROM builder_waits") == "It needs a worker that can count warnings; worker old is of an earlier release.", "the reason");
        Assert.Contains("can count warnings", await one.Http.GetStringAsync("/workers/old"));
        var shown = JsonNode.Parse(await one.Http.GetStringAsync("/api/v2/workers/old"))!["workers"]![0]!;
        Assert.Contains("can count warnings", shown["lacks"]!.AsArray().Select(l => (string)l!));
        Assert.Equal(0, await weir.Sql<long>("SELECT count(*) FROM builds WHERE request_id = @waiting", new { waiting }));
        Assert.Subset(new HashSet<string> { "Start", "Interrupt", "Applied", "Forget", "Leave" }, worker.Called.Keys.ToHashSet());
    }
}

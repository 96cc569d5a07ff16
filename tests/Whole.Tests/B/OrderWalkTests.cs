using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Weir.Whole.Tests.B;

/// <summary>An engine dies over an order: taken and not done, done and not answered, answered. Its heir finds out which, and the deed is done once.</summary>
public sealed class OrderWalkTests
{
    [Fact]
    public async Task Wherever_the_engine_dies_over_an_order_its_heir_does_it_once_and_answers_it()
    {
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(CrashWalkTests.Config(ledger));
        var pages = await weir.StartMaster("pages", roles: "ui");
        var gone = await weir.StartMaster("gone", roles: "engine");
        await weir.WorkerToken(pages, "w1");
        await gone.Process.Terminate();
        var (cancelled, raised) = (await weir.Force(pages, "never"), await weir.Force(pages, "never"));

        // Two kinds at each point: those whose deed is done in one transaction with its answer.
        var deeds = new (string Order, string Deed, string Path, object Body)[]
        {
            ("pause.begin", "worker.pause", "workers/w1/actions/pause", new { reason = "new disk" }),
            ("request.cancel", "request.cancel", $"buildrequests/{cancelled}/actions/cancel", new { reason = "not needed" }),
            ("request.priority", "request.priority", $"buildrequests/{raised}/actions/set_priority", new { priority = 5 }),
            ("pause.end", "worker.resume", "workers/w1/actions/unpause", new { }),
            ("master.retire", "master.retire", $"masters/{await weir.Sql<long>("SELECT id FROM masters WHERE name = 'gone'")}/actions/retire", new { }),
            ("pause.begin", "worker.pause", "workers/w1/actions/pause", new { reason = "newer disk" }),
        };
        var walk = deeds.Zip(CrashPoints.OfOrders.Concat(CrashPoints.OfOrders)).Take(CrashPoints.All ? deeds.Length : CrashPoints.OfOrders.Length).ToArray();
        foreach (var ((_, _, path, body), point) in walk)
        {
            var engine = await weir.StartMaster("one", roles: "engine", crash: point + ":1");
            var answer = await pages.Http.PostAsJsonAsync("/api/v2/" + path, body);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
            // What was done is stored with the deed, whether the engine came to say so or not.
            Assert.Equal(point == "order.taken", answer.StatusCode == HttpStatusCode.Accepted);
            await CrashWalkTests.Died(engine);
            if (answer.StatusCode != HttpStatusCode.Accepted)
                continue;
            // The heir does what is left at once, and does not wait until the dead one's hold is over.
            var heir = await weir.StartMaster("one", roles: "engine");
            await Installation.Eventually(async () => JsonNode.Parse(await pages.Http.GetStringAsync(answer.Headers.Location))!["orders"]![0]!["done_at"] is not null, "the heir to do it", () => heir.Process.Output, 8);
            await heir.Process.Kill();
        }

        Assert.Equal(walk.Length, await weir.Sql<long>("SELECT count(*) FROM orders WHERE outcome = 'Done' AND kind <> 'worker.token'"));
        foreach (var ((order, deed), times) in walk.CountBy(w => (w.First.Order, w.First.Deed)))
        {
            Assert.Equal((deed, times), (deed, await weir.Sql<int>("SELECT count(*) FROM audit WHERE action = @deed", new { deed })));
            Assert.Equal((order, times), (order, await weir.Sql<int>("SELECT count(*) FROM audit WHERE action = @order || '.ordered'", new { order })));
        }
        Assert.Equal(CrashPoints.All ? "newer disk" : "new disk", await weir.Sql<string>("SELECT pause_reason FROM workers WHERE name = 'w1'"));
        Assert.Equal(6, await weir.ResultOf(cancelled));
        Assert.Equal(5, await weir.Sql<int>("SELECT priority FROM open_requests WHERE request_id = @raised", new { raised }));
        Assert.Equal(CrashPoints.All, await weir.Sql<bool>("SELECT retired_at IS NOT NULL FROM masters WHERE name = 'gone'"));
        File.Delete(ledger);
    }
}

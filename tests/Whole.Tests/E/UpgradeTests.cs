using System.Globalization;

namespace Weir.Whole.Tests.E;

/// <summary>B2, E3: a running installation of an older version becomes one of this version, master after master and worker after worker, under load. <c>tests/rolling-upgrade</c> makes the older programs.</summary>
public sealed class UpgradeTests(ITestOutputHelper output)
{
    private static readonly string? Old = Environment.GetEnvironmentVariable("WEIR_OLD_PROGRAMS");

    private sealed record Waits(double Median, double Longest, long Builds);

    [Fact(Explicit = true)]
    public async Task Masters_and_workers_of_an_older_version_are_replaced_under_load()
    {
        Assert.True(Old is not null, "WEIR_OLD_PROGRAMS names no folder; run tests/rolling-upgrade.");
        var ledger = Path.GetTempFileName();
        await using var weir = await Installation.Create(RollingTests.Config(ledger), bare: true);
        var ports = new[] { Installation.FreePort(), Installation.FreePort() };
        var engines = new[] { await weir.StartMaster("one", roles: "engine", port: ports[0], programs: Old), await weir.StartMaster("two", roles: "engine", port: ports[1], programs: Old) };
        var pages = await weir.StartMaster("pages", roles: "ui", programs: Old);
        var both = $"{engines[0].Url},{engines[1].Url}";
        var tokens = new Dictionary<string, string> { ["w1"] = await weir.WorkerToken(pages, "w1"), ["w2"] = await weir.WorkerToken(pages, "w2") };
        var workers = tokens.Keys.ToDictionary(w => w, w => weir.StartWorker(w, tokens[w], both, programs: Old));
        await using var load = new Load(weir, pages);
        await Task.Delay(8000);
        var before = await Between(weir, 0);
        var upgradeBegan = await weir.Sql<long>("SELECT coalesce(max(id), 0) FROM requests");

        for (var i = 0; i < 2; i++)
        {
            await engines[i].Process.Terminate(60);
            engines[i] = await weir.StartMaster(i == 0 ? "one" : "two", roles: "engine", port: ports[i]);
            await Task.Delay(2000);
        }
        var next = await weir.StartMaster("pages-2", roles: "ui");
        load.Through(next);
        await Task.Delay(500);
        await pages.Process.Terminate(60);
        foreach (var name in tokens.Keys)
        {
            await workers[name].Terminate(30);
            workers[name] = weir.StartWorker(name, tokens[name], both);
            await Task.Delay(2000);
        }
        var requests = await load.Stop();

        foreach (var request in requests)
            Assert.Equal(0, await weir.ResultOf(request, 120));
        var during = await Between(weir, upgradeBegan);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{requests.Count} builds; from order to start before: {before.Median:0} ms (longest {before.Longest:0}), while everything was replaced: {during.Median:0} ms (longest {during.Longest:0}); {load.Refused} orders had to be given again"));
        Assert.Equal(requests.Count, (await File.ReadAllLinesAsync(ledger)).Length);
        Assert.Equal(requests.Count, await weir.Sql<long>("SELECT count(*) FROM builds"));
        Assert.Equal(1, await weir.Sql<int>("SELECT max(attempt) FROM builds"));
        File.Delete(ledger);
    }

    private static async Task<Waits> Between(Installation weir, long after) => new(
        await weir.Sql<double>("SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM claimed_at - submitted_at) * 1000), 0) FROM requests WHERE id > @after", new { after }),
        await weir.Sql<double>("SELECT coalesce(max(extract(epoch FROM claimed_at - submitted_at) * 1000), 0)::float8 FROM requests WHERE id > @after", new { after }),
        await weir.Sql<long>("SELECT count(*) FROM requests WHERE id > @after", new { after }));

    /// <summary>Orders builds one after the other, through whatever master it is told; an order that was refused is given again.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource enough = new();
        private readonly List<long> requests = [];
        private readonly Task running;
        private Installation.Master master;

        public Load(Installation weir, Installation.Master first)
        {
            master = first;
            running = Task.Run(async () =>
            {
                for (var i = 0; !enough.IsCancellationRequested; i++)
                {
                    try
                    {
                        requests.Add(await weir.Force(Volatile.Read(ref master), i % 4 == 0 ? "long" : "short"));
                    }
                    catch (HttpRequestException)
                    {
                        Refused++;
                    }
                    await Task.Delay(250);
                }
            });
        }

        public int Refused { get; private set; }

        public void Through(Installation.Master next) => Volatile.Write(ref master, next);

        public async Task<IReadOnlyList<long>> Stop()
        {
            await enough.CancelAsync();
            await running;
            return requests;
        }

        public async ValueTask DisposeAsync()
        {
            await Stop();
            enough.Dispose();
        }
    }
}

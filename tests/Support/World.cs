using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine;
using Weir.Engine.Configuration;
using Weir.Engine.Configuration.Revisions;
using Weir.Engine.Configuration.Secrets;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Storage;
using Weir.Engine.Workers;
using Weir.Shared.Builds;
using Weir.Shared.Configuration;

namespace Weir.Support;

/// <summary>Engines on one store, with workers in memory: a small CI system that speaks the domain.</summary>
public sealed class World : IAsyncDisposable
{
    private readonly List<Engine> engines = [];
    private readonly string scratch = Directory.CreateTempSubdirectory("weir-world-").FullName;

    private World(TestStore store) => Store = store;

    public TestStore Store { get; }
    public LogLines Log { get; } = new();

    /// <summary>One engine master, as a process would run it.</summary>
    public sealed class Engine(IHost host)
    {
        public IServiceProvider Services => host.Services;
        public WorkerSessions Sessions => host.Services.GetRequiredService<WorkerSessions>();
        public T Get<T>() where T : notnull => host.Services.GetRequiredService<T>();

        public bool Stopped { get; private set; }

        public async Task Stop()
        {
            if (Stopped)
                return;
            Stopped = true;
            await host.StopAsync();
            host.Dispose();
        }
    }

    public static async Task<World> Create(WeirConfiguration configuration, bool notifications = true)
    {
        var world = new World(await TestStore.Create(notifications));
        await world.Apply(configuration);
        return world;
    }

    /// <summary>Builders with these steps, on any worker.</summary>
    public static WeirConfiguration Builders(params (string Name, StepConfiguration[] Steps)[] builders) => new()
    {
        Builders = [.. builders.Select(b => new BuilderConfiguration { Name = b.Name, Steps = b.Steps })],
        Workers = [new WorkerConfiguration { Name = "*", MaxBuilds = 4 }],
    };

    public static RunStepConfiguration Run(string name, string shell = "true") => new() { Name = name, Shell = shell };

    /// <summary>A revision in force, as applying it would leave it.</summary>
    public async Task<long> Apply(WeirConfiguration configuration) => await Store.Database.Write(async unit =>
    {
        var id = await unit.QuerySingle<long>("""
            INSERT INTO config_revisions (hash, author, created_at, reason, state, parts, model) VALUES (gen_random_uuid()::text, 'test', weir_now(), 'test', 'InForce', '[]', @model::jsonb) RETURNING id
            """, new { model = ConfigurationJson.Write(configuration) });
        await unit.Execute("INSERT INTO config_in_force (revision_id) VALUES (@id) ON CONFLICT (single) DO UPDATE SET revision_id = @id", new { id });
        foreach (var project in configuration.Projects)
            await unit.Execute("INSERT INTO projects (name) VALUES (@Name) ON CONFLICT DO NOTHING", new { project.Name });
        foreach (var builder in configuration.Builders)
        {
            await unit.Execute("INSERT INTO builders (name, project, tags, worker_names, worker_tags) VALUES (@Name, @Project, @tags, @names, @workerTags) ON CONFLICT (name) DO UPDATE SET retired_at = NULL, project = @Project, tags = @tags, worker_names = @names, worker_tags = @workerTags",
                new { builder.Name, builder.Project, tags = builder.Tags.ToArray(), names = builder.Workers.Names.ToArray(), workerTags = builder.Workers.Tags.ToArray() });
        }
        foreach (var held in SharedDirectories.AllLocks(configuration))
        {
            await unit.Execute("INSERT INTO locks (name, scope, capacity, per_worker, pool, place) VALUES (@Name, @scope, @Capacity, @perWorker::jsonb, @pool::jsonb, @place) ON CONFLICT (name) DO UPDATE SET scope = @scope, capacity = @Capacity, per_worker = @perWorker::jsonb, pool = @pool::jsonb, retired_at = NULL",
                new { held.Name, scope = held.Scope.ToString(), held.Capacity, place = SharedDirectories.Of(held.Name), perWorker = ConfigurationJson.Write(held.PerWorker), pool = held.Pool.Count == 0 ? null : ConfigurationJson.Write(held.Pool) });
        }
        unit.Wake(WakeTopic.Configuration);
        return id;
    }, CancellationToken.None);

    public async Task<Engine> StartEngine(string name = "engine", Action<IServiceCollection>? configure = null, string? data = null, BuilderLimits? limits = null, bool spreads = false)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Log);
        builder.Services.AddStorage(Store.Options);
        builder.Services.AddSingleton<ConfigurationInForce>();
        builder.Services.AddSingleton<RevisionActions>();
        builder.Services.AddSingleton<RevisionsToCome>();
        builder.Services.AddSingleton<StoredSecrets>();
        builder.Services.AddSingleton<ISecretSeal, PlainSeal>();
        builder.Services.AddSingleton<IRetiredRequests, RetiredRequests>();
        builder.Services.AddEngine(new MasterOptions { Name = name, DataDirectory = data ?? Path.Combine(scratch, name), CacheDirectory = Path.GetTempPath(), Heartbeat = TimeSpan.FromMilliseconds(500), Settling = TimeSpan.Zero, Spreads = spreads, Limits = limits ?? BuilderLimits.None, Addresses = [$"http://{name}"] });
        configure?.Invoke(builder.Services);
        var host = builder.Build();
        await using (var connection = await host.Services.GetRequiredService<Database>().Open(CancellationToken.None))
            await host.Services.GetRequiredService<StoreClock>().Measure(connection, CancellationToken.None);
        await host.StartAsync();
        var engine = new Engine(host);
        engines.Add(engine);
        return engine;
    }

    public async Task<FakeWorker> AddWorker(string name = "w1", int maxBuilds = 4, string[]? tags = null)
    {
        var id = await Store.Database.QuerySingle<long>("INSERT INTO workers (name, configured, max_builds, tags) VALUES (@name, true, @maxBuilds, @tags) RETURNING id", new { name, maxBuilds, tags = tags ?? [] }, CancellationToken.None);
        return new FakeWorker(this, name) { Id = id };
    }

    /// <summary>A request for each of the builders, in one buildset; answers the requests' ids in their order.</summary>
    public async Task<long[]> Request(params string[] builders) => (await Submit(builders)).Requests;

    public async Task<(long Buildset, long[] Requests)> Submit(string[] builders, PropertyRecord[]? properties = null, int priority = 0) => await Store.Database.Write(async unit =>
    {
        var ids = new List<long>();
        foreach (var builder in builders)
            ids.Add(await unit.QuerySingle<long>("SELECT id FROM builders WHERE name = @builder", new { builder }));
        var set = await Buildsets.Submit(unit, new NewBuildset
        {
            Reason = "a test",
            SourceStamps = [new NewSourceStamp("lib", null, "https://example.org/lib.git", "main", "abc")],
            Builders = [.. ids.Select(i => (i, priority))],
            Properties = properties ?? [],
        });
        return (set.Id, ids.Select(i => set.RequestByBuilder[i]).ToArray());
    }, CancellationToken.None);

    /// <summary>Nudges every engine of this world, as a notice would.</summary>
    public void Nudge(string topic)
    {
        foreach (var engine in engines.Where(e => !e.Stopped))
            engine.Get<Wakeups>().Signal([topic]);
    }

    public async Task<T> Sql<T>(string sql, object? parameters = null)
    {
        await using var connection = await Store.Database.Open(CancellationToken.None);
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }

    public async Task<IReadOnlyList<T>> Rows<T>(string sql, object? parameters = null) => await Store.Database.Query<T>(sql, parameters, CancellationToken.None);

    /// <summary>The result of the request once it has ended.</summary>
    public async Task<BuildResult> ResultOf(long request) =>
        (BuildResult)(await Eventually(() => Sql<short?>("SELECT results FROM requests WHERE id = @request AND completed_at IS NOT NULL", new { request }), $"the end of request {request}"))!.Value;

    /// <summary>Waits (10 s at most) until the question has an answer.</summary>
    public async Task<T> Eventually<T>(Func<Task<T?>> question, string what)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(15))
        {
            if (await question() is { } answer && !answer.Equals(default(T)))
                return answer;
            await Task.Delay(20);
        }
        throw new TimeoutException($"Waited in vain for {what}. The engines said:\n{Log}");
    }

    /// <summary>What must hold at any quiet moment; the sentences of what does not.</summary>
    public async Task<IReadOnlyList<string>> BrokenInvariants() => await Rows<string>("""
        SELECT 'two open builds for request ' || request_id FROM builds WHERE completed_at IS NULL GROUP BY request_id HAVING count(*) > 1
        UNION ALL SELECT 'attempts of request ' || request_id || ' are not dense' FROM builds GROUP BY request_id HAVING max(attempt) <> count(*)
        UNION ALL SELECT 'worker ' || w.name || ' is over its slots' FROM build_owners o JOIN workers w ON w.id = o.worker_id GROUP BY w.id, w.name, w.max_builds HAVING count(*) FILTER (WHERE o.slot_released_at IS NULL) - (
            SELECT count(DISTINCT t.build_id) FROM triggers t JOIN build_owners p USING (build_id) JOIN builds c ON c.buildset_id = t.buildset_id AND c.completed_at IS NULL AND c.worker_id = p.worker_id JOIN build_owners k ON k.build_id = c.id
            WHERE t.waiting AND p.worker_id = w.id AND p.slot_released_at IS NULL AND k.slot_released_at IS NULL) > w.max_builds
        UNION ALL SELECT 'buildset ' || b.id || ' is open without an open request, or closed with one' FROM buildsets b
            WHERE (b.completed_at IS NULL) <> EXISTS (SELECT FROM requests r WHERE r.buildset_id = b.id AND r.completed_at IS NULL)
        UNION ALL SELECT 'build ' || id || ' is open without an owner' FROM builds b WHERE completed_at IS NULL AND NOT EXISTS (SELECT FROM build_owners o WHERE o.build_id = b.id)
        UNION ALL SELECT 'build ' || id || ' is complete and owned' FROM builds b WHERE completed_at IS NOT NULL AND EXISTS (SELECT FROM build_owners o WHERE o.build_id = b.id)
        UNION ALL SELECT 'request ' || r.id || ' is neither waiting, nor building, nor complete' FROM requests r WHERE r.completed_at IS NULL
            AND NOT EXISTS (SELECT FROM open_requests o WHERE o.request_id = r.id) AND NOT EXISTS (SELECT FROM builds b WHERE b.request_id = r.id AND b.completed_at IS NULL)
        UNION ALL SELECT 'step ' || s.id || ' of a complete build is open' FROM steps s JOIN builds b ON b.id = s.build_id WHERE b.completed_at IS NOT NULL AND s.completed_at IS NULL
        UNION ALL SELECT 'log ' || l.id || ' has holes' FROM logs l JOIN (SELECT log_id, count(*) n, max(seq) + 1 m, sum(line_count) lines FROM log_chunks GROUP BY log_id) c ON c.log_id = l.id
            WHERE c.n <> c.m OR c.lines <> l.line_count
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in engines)
            await engine.Stop();
        await StoreSoundness.Assert(Store.Database);
        await Store.DisposeAsync();
        Directory.Delete(scratch, recursive: true);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Changes;
using Weir.Engine.Changes.Hooks;
using Weir.Engine.Configuration;
using Weir.Engine.Schedulers;
using Weir.Engine.Storage;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Identity;
using Weir.Support;

namespace Weir.Engine.Tests.Changes;

/// <summary>A store with a configuration in force and the parts that lead from a change to a buildset, driven by hand.</summary>
internal sealed class Works : IAsyncDisposable
{
    public static readonly Actor Ann = new("ann", new HashSet<string> { Right.Force, Right.SendChange });

    private Works(TestStore store)
    {
        Store = store;
        Configuration = new(store.Database);
        InForce = new(store.Database, Configuration);
        Log = new(store.Database, store.Clock, Configuration, () => throw new InvalidOperationException("No queue here."));
        Hooks = new(store.Database, Configuration, new(store.Database, new PlainSeal()), store.Wakeups, store.Clock, NullLogger<HookReader>.Instance);
        Classifier = NewClassifier();
        Timers = NewTimers();
        Sync = new(InForce, store.Wakeups, store.Clock, NullLogger<ScheduleSync>.Instance);
        Actions = new(store.Database, InForce, Configuration, store.Clock);
        Queries = new(store.Database, Configuration);
    }

    public TestStore Store { get; }
    public ConfigurationInForce Configuration { get; }
    public InForce InForce { get; }
    public ChangeLog Log { get; }
    public HookReader Hooks { get; }
    public Classifier Classifier { get; }
    public SchedulerTimers Timers { get; }
    public ScheduleSync Sync { get; }
    public SchedulerActions Actions { get; }
    public SchedulerQueries Queries { get; }

    public static async Task<Works> With(WeirConfiguration model)
    {
        var works = new Works(await TestStore.Create());
        await works.PutInForce(model);
        return works;
    }

    /// <summary>One more engine's classifier on the same store.</summary>
    public Classifier NewClassifier() => new(Store.Database, InForce, Store.Wakeups, Store.Clock, NullLogger<Classifier>.Instance);

    public SchedulerTimers NewTimers() => new(Store.Database, InForce, NewClassifier(), Store.Wakeups, Store.Clock, NullLogger<SchedulerTimers>.Instance);

    /// <summary>As applying a configuration does it: the revision, its names, the switch behind the gate.</summary>
    public async Task PutInForce(WeirConfiguration model)
    {
        await Store.Database.Write(async unit =>
        {
            await Gate.TakeWhole(unit);
            var id = await unit.QuerySingle<long>("""
                INSERT INTO config_revisions (hash, author, created_at, reason, state, parts, model) VALUES ('x', 'test', weir_now(), '', 'InForce', '[]', @json::jsonb) RETURNING id
                """, new { json = ConfigurationJson.Write(model) });
            await unit.Execute("INSERT INTO config_in_force (revision_id) VALUES (@id) ON CONFLICT (single) DO UPDATE SET revision_id = @id", new { id });
            await Names(unit, "builders", "", model.Builders.Select(b => (b.Name, "")));
            await Names(unit, "schedulers", "kind", model.Schedulers.Select(s => (s.Name, s switch { SingleBranchConfiguration => "single-branch", AnyBranchConfiguration => "any-branch", PeriodicConfiguration => "periodic", NightlyConfiguration => "nightly", _ => "force" })));
            await Names(unit, "change_sources", "kind", model.ChangeSources.Select(s => (s.Name, s is WebhookConfiguration ? "webhook" : "git-poller")));
            unit.Wake(WakeTopic.Configuration);
        }, CancellationToken.None);
    }

    private static async Task Names(StoreTransaction unit, string table, string kind, IEnumerable<(string Name, string Kind)> rows)
    {
        var names = rows.Select(r => r.Name).ToArray();
        var kinds = rows.Select(r => r.Kind).ToArray();
        var columns = kind.Length == 0 ? "name" : "name, kind";
        await unit.Execute($"""
            INSERT INTO {table} ({columns}) SELECT {(kind.Length == 0 ? "n" : "n, k")} FROM unnest(@names, @kinds) AS r (n, k) ON CONFLICT (name) DO UPDATE SET retired_at = NULL;
            UPDATE {table} SET retired_at = weir_now() WHERE name <> ALL(@names) AND retired_at IS NULL
            """, new { names, kinds });
    }

    public async Task<long> Commit(string revision, string branch = "main", string codebase = "lib", string[]? files = null, string? key = null) =>
        (await Log.Add([new NewChange { Author = "Ann <ann@example.org>", Codebase = codebase, Branch = branch, Revision = revision, Comments = revision, Files = files ?? ["src/a.c"], Key = key }], Ann, CancellationToken.None))[0];

    public Task Classify() => Classifier.ClassifyAll(CancellationToken.None);

    public Task FireDue() => Timers.FireDue(CancellationToken.None);

    /// <summary>The changes of each buildset, in the order of the sets.</summary>
    public async Task<IReadOnlyList<long[]>> Sets()
    {
        var rows = await Store.Database.Query<SetRow>("""
            SELECT b.id, ARRAY(SELECT change_id FROM buildset_changes c WHERE c.buildset_id = b.id ORDER BY change_id) AS changes FROM buildsets b ORDER BY b.id
            """, null, CancellationToken.None);
        return [.. rows.Select(r => r.Changes)];
    }

    public Task<long> Count(string table) => Store.Scalar<long>($"SELECT count(*) FROM {table}");

    public async ValueTask DisposeAsync()
    {
        Hooks.Dispose();
        Classifier.Dispose();
        Timers.Dispose();
        Sync.Dispose();
        await Store.DisposeAsync();
    }

    private sealed record SetRow
    {
        public long Id { get; init; }
        public long[] Changes { get; init; } = [];
    }
}

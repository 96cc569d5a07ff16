using Microsoft.Extensions.Logging.Abstractions;
using Weir.Engine.Changes.Sources;
using Weir.Engine.Masters;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;

namespace Weir.Engine.Tests.Changes.Sources;

/// <summary>A repository, a poller of it, and engines that poll, driven by hand.</summary>
internal sealed class PolledWorks : IAsyncDisposable
{
    private int masters;

    public GitRepository Git { get; } = new();
    public Works Works { get; private set; } = null!;
    public GitPoller Poller { get; private set; } = null!;
    public GitPollerConfiguration Source { get; private set; } = null!;
    public CodebaseConfiguration Codebase { get; private set; } = null!;

    public static async Task<PolledWorks> Of(string[] branches, string? repository = null)
    {
        var polled = new PolledWorks();
        polled.Source = new() { Name = "lib-poll", Codebase = "lib", Branches = branches, Every = TimeSpan.FromSeconds(3) };
        polled.Codebase = new() { Name = "lib", Repository = repository ?? polled.Git.Url, Project = "gst" };
        polled.Works = await Works.With(new WeirConfiguration { Codebases = [polled.Codebase], ChangeSources = [polled.Source] });
        polled.Poller = await polled.NewEngine();
        return polled;
    }

    public PollStore NewStore() => new(Works.Store.Database, Works.Configuration);

    /// <summary>One more engine, with a mirror of its own unless told otherwise.</summary>
    public async Task<GitPoller> NewEngine(PollSettings? settings = null, string? cache = null)
    {
        var name = $"engine{++masters}";
        var id = await Works.Store.Scalar<long>($"INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('{name}', '{{}}', '', 'Active', weir_now(), weir_now()) RETURNING id");
        var self = new Self();
        self.Register(id, 1);
        var options = new MasterOptions { Name = name, DataDirectory = Path.Combine(Git.Cache, name), CacheDirectory = cache ?? Path.Combine(Git.Cache, name) };
        return new(NewStore(), new Leases(Works.Store.Database, self, options), options, settings ?? new(), TimeProvider.System, NullLogger<GitPoller>.Instance);
    }

    /// <summary>Makes the poll due and polls; answers what was added, in order.</summary>
    public async Task<IReadOnlyList<ChangeRecord>> Poll(GitPoller? by = null)
    {
        var before = await Works.Store.Scalar<long>("SELECT COALESCE(max(id), 0) FROM changes");
        await NewStore().Sync(CancellationToken.None);
        await Works.Log.PollNow("lib-poll", Works.Ann, CancellationToken.None);
        Assert.True(await (by ?? Poller).Poll(Source, Codebase, CancellationToken.None));
        return [.. (await Works.Log.List(null, null, null, 1000, CancellationToken.None)).Items.Where(c => c.Id > before).Reverse()];
    }

    public async Task<ChangeSourceRecord> Shown() => Assert.Single(await Works.Log.Sources(CancellationToken.None));

    public Task<string?> Heads() => Works.Store.Scalar<string>("SELECT string_agg(branch || ' ' || revision, ',' ORDER BY branch) FROM branch_heads");

    public async ValueTask DisposeAsync()
    {
        await Works.DisposeAsync();
        Git.Dispose();
    }
}

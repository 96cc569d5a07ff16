using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Weir.Engine.Changes;
using Weir.Engine.Configuration;
using Weir.Engine.Masters;
using Weir.Engine.Queue;
using Weir.Engine.Schedulers;
using Weir.Engine.Storage;
using Weir.Engine.Tests.Changes;
using Weir.Engine.Tests.Changes.Sources;
using Weir.Shared.Configuration;
using Weir.Support;

namespace Weir.Engine.Tests.Schedulers;

public sealed class WithoutNoticesTests
{
    /// <summary>An engine of its own process as far as the store can tell: it shares nothing with the one by which the test acts.</summary>
    private sealed class Engine(IHost host) : IAsyncDisposable
    {
        public static async Task<Engine> Start(Works works, string name, string cache)
        {
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Logging.ClearProviders();
            builder.Services.AddStorage(works.Store.Options with { Notifications = false });
            builder.Services.AddSingleton(new MasterOptions { Name = name, DataDirectory = Path.Combine(cache, name), CacheDirectory = Path.Combine(cache, name) });
            var self = new Self();
            self.Register(await works.Store.Scalar<long>($"INSERT INTO masters (name, roles, version, state, started_at, heartbeat_at) VALUES ('{name}', '{{}}', '', 'Active', weir_now(), weir_now()) RETURNING id"), 1);
            builder.Services.AddSingleton(self);
            builder.Services.AddSingleton<Leases>();
            builder.Services.AddSingleton<ConfigurationInForce>();
            builder.Services.AddSingleton<Weir.Engine.Configuration.Revisions.RevisionActions>();
            builder.Services.AddSingleton<Weir.Engine.Configuration.Revisions.IRetiredRequests, RetiredRequests>();
            builder.Services.AddSingleton<Weir.Engine.Configuration.Secrets.StoredSecrets>();
            builder.Services.AddSingleton<Weir.Engine.Configuration.Secrets.ISecretSeal, PlainSeal>();
            builder.Services.AddQueueQueries();
            builder.Services.AddChanges(engine: true);
            builder.Services.AddSchedulers(engine: true);
            var host = builder.Build();
            await host.StartAsync();
            return new(host);
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    [Fact]
    public async Task From_a_push_a_hook_and_a_form_to_their_buildsets_with_notices_switched_off_and_two_engines()
    {
        using var git = new GitRepository();
        git.Commit();
        git.Push("HEAD:main");
        await using var works = await Works.With(new WeirConfiguration());
        await using var first = await Engine.Start(works, "one", git.Cache);
        await using var second = await Engine.Start(works, "two", git.Cache);
        var model = Configurations.Of(Configurations.OnLib(TimeSpan.FromMilliseconds(200)), Configurations.Every(TimeSpan.FromHours(1)));
        await works.PutInForce(model with
        {
            Codebases = [model.Codebases[0] with { Repository = git.Url }, model.Codebases[1]],
            ChangeSources = [new GitPollerConfiguration { Name = "lib-poll", Codebase = "lib", Branches = ["main"], Every = TimeSpan.FromSeconds(1) }],
        });
        await Until(works, "SELECT count(*) FROM buildsets WHERE scheduler = 'hourly'", 1);
        await Until(works, "SELECT count(*) FROM buildsets WHERE scheduler = 'on-lib'", 1);

        var head = git.Commit("second");
        git.Push("HEAD:main");
        await Until(works, $"SELECT count(*) FROM sourcestamps WHERE revision = '{head}'", 1);
        await works.Log.StoreHook("base", "application/json", new Dictionary<string, string>(), """{"author": "a", "codebase": "lib", "branch": "main", "revision": "7"}"""u8.ToArray(), null, CancellationToken.None);
        await Until(works, "SELECT count(*) FROM sourcestamps WHERE revision = '7'", 1);

        Assert.Equal(4, await works.Count("buildsets"));
    }

    private static async Task Until(Works works, string sql, long expected)
    {
        var give = TimeProvider.System.GetTimestamp();
        while (await works.Store.Scalar<long>(sql) != expected)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(give) < TimeSpan.FromSeconds(60), $"Not within a minute: {sql}");
            await Task.Delay(100);
        }
    }
}

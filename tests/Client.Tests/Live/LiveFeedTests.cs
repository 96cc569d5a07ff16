using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Weir.App.Client.Frame;
using Weir.App.Server.Events;
using Weir.App.Server.Live;
using Weir.Shared.Builds;
using Weir.Shared.Changes;
using Weir.Shared.Configuration;
using Weir.Shared.Events;
using Weir.Shared.Locks;
using Weir.Shared.Logs;
using Weir.Shared.Masters;
using Weir.Shared.Pauses;
using Weir.Shared.Queue;
using Weir.Shared.Schedulers;
using Weir.Shared.Workers;

namespace Weir.Client.Tests.Live;

public sealed class LiveFeedTests : IAsyncDisposable
{
    private readonly SampleStore _store = new() { Now = Samples.Now };
    private readonly FakeHub _hub = new();
    private readonly ServiceProvider _services;
    private readonly Watchers _watchers;
    private readonly LogFollowing _logs;
    private readonly EventReader _reader;
    private readonly LiveFeed _feed;

    public LiveFeedTests()
    {
        var services = new ServiceCollection().AddLogging().AddMetrics();
        foreach (var query in new[] { typeof(IHomeQueries), typeof(IBuilderQueries), typeof(IWaterfallQueries), typeof(IBuildQueries), typeof(ILogQueries), typeof(ILogSearch), typeof(IQueueQueries), typeof(ILockQueries), typeof(IDirectoryQueries), typeof(IPauseQueries), typeof(IWorkerQueries), typeof(IMasterQueries), typeof(Weir.Shared.Orders.IOrderQueries), typeof(IChangeQueries), typeof(ISchedulerQueries), typeof(IConfigurationQueries), typeof(IPartQueries), typeof(IGraphQueries), typeof(IBuilderLists), typeof(IEventFeed) })
            services.AddSingleton(query, _store);
        services.AddSingleton<IHubContext<App.Server.Hubs.BrowserHub>>(_hub);
        services.AddSingleton(TimeProvider.System).AddSingleton<Watchers>().AddSingleton<RecentTopics>().AddSingleton<FragmentRenderer>().AddSingleton<Regions>().AddSingleton<WaterfallNews>().AddSingleton<LogFollowing>().AddSingleton<LiveFeed>().AddSingleton<LiveMeters>().AddSingleton<EventMeters>().AddSingleton<EventReader>();
        _services = services.BuildServiceProvider();
        _watchers = _services.GetRequiredService<Watchers>();
        _logs = _services.GetRequiredService<LogFollowing>();
        _reader = _services.GetRequiredService<EventReader>();
        _feed = _services.GetRequiredService<LiveFeed>();
        _store.Builders.Add(Samples.Builder());
        _store.Builds.Add(Samples.Build(7, null));
    }

    [Fact]
    public async Task What_happens_to_a_build_reaches_the_page_that_watches_it()
    {
        await Start("build/107");

        Tell("a first state");

        var html = await _hub.Sent("build/107", h => h.Contains("a first state"));
        Assert.StartsWith("<turbo-stream action=\"replace\" method=\"morph\" target=\"live-build-107\">", html);
        Assert.Contains("data-event=\"1\"", html);
        Assert.DoesNotContain("__RequestVerificationToken", html);
    }

    [Fact]
    public async Task What_nobody_watches_is_neither_read_nor_rendered()
    {
        await Start("masters");

        Tell("nobody looks");
        _store.Happen(() => _store.Masters.Add(Samples.Master("looked-at")), new WeirEvent { Kind = EventKind.MasterChanged, MasterId = 1 });

        await _hub.Sent("masters", h => h.Contains("looked-at"));
        Assert.Equal(0, _store.DetailReads);
        Assert.Equal(0, _hub.Count("build/107"));
    }

    [Fact]
    public async Task A_storm_becomes_a_few_fragments_and_the_last_state_is_among_them()
    {
        await Start("build/107");

        for (var i = 0; i < 500; i++)
            Tell($"state {i}.");

        await _hub.Sent("build/107", h => h.Contains("state 499."));
        Assert.InRange(_hub.Count("build/107"), 1, 40);
    }

    [Fact]
    public async Task A_flood_that_goes_on_reaches_each_element_at_most_ten_times_a_second()
    {
        _store.Logs.Add(Samples.Log(50, 0, complete: false));
        await _logs.Join(50, 0, TestContext.Current.CancellationToken);
        _watchers.Join("page", Topic.Home);
        _watchers.Join("page", "log/50");
        await Start("build/107");
        var began = Stopwatch.GetTimestamp();

        for (var i = 0; Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2); i++)
        {
            Tell($"state {i}.");
            _store.Append(50, $"line {i}");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }

        var most = 10 * Stopwatch.GetElapsedTime(began).TotalSeconds + 2;
        Assert.All(new[] { "build/107", Topic.Home, "log/50" }, topic => Assert.InRange(_hub.Count(topic), 2, most));
    }

    [Fact]
    public async Task A_thousand_pages_that_watch_one_waterfall_cost_one_render_for_each_piece_of_news()
    {
        using var renders = new Counted(_services, "weir.live.renders");
        for (var i = 0; i < 1000; i++)
            _watchers.Join($"page {i}", Topic.Waterfall);
        await Start(Topic.Waterfall);

        for (var i = 0; i < 5; i++)
        {
            TellNumber(9000 + i);
            await _hub.Sent(Topic.Waterfall, h => h.Contains($"{9000 + i}"));
        }

        Assert.Equal(5, renders.Count);
        Assert.Equal(5, _hub.Count(Topic.Waterfall));
    }

    [Fact]
    public async Task What_could_not_be_read_is_told_when_the_store_is_back()
    {
        await Start("build/107");
        _store.IsAway = true;
        Tell("while it was away");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Equal(0, _hub.Count("build/107"));

        _store.IsAway = false;

        await _hub.Sent("build/107", h => h.Contains("while it was away"));
    }

    [Fact]
    public async Task A_browser_that_takes_nothing_does_not_hold_up_the_others()
    {
        _watchers.Join("page", "masters");
        _hub.Stalled = "build/107";
        await Start("build/107");
        Tell("never taken");
        var began = Stopwatch.GetTimestamp();

        _store.Happen(() => _store.Masters.Add(Samples.Master("looked-at")), new WeirEvent { Kind = EventKind.MasterChanged, MasterId = 1 });
        await _hub.Sent("masters", h => h.Contains("looked-at"));

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public async Task Each_fragment_of_the_waterfall_says_up_to_where_the_one_before_told()
    {
        await Start(Topic.Waterfall);

        TellNumber(9001);
        await _hub.Sent(Topic.Waterfall, h => h.Contains("9001"));
        TellNumber(9002);
        await _hub.Sent(Topic.Waterfall, h => h.Contains("9002"));

        Assert.Equal([(1L, 0L), (2L, 1L)], _hub.Numbers(Topic.Waterfall));
    }

    private sealed class Counted : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public Counted(IServiceProvider services, string instrument)
        {
            var factory = services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (i, l) =>
            {
                if (i.Name == instrument && i.Meter.Scope == factory)
                    l.EnableMeasurementEvents(i);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }

    [Fact]
    public async Task The_waterfall_gets_the_block_and_the_header_and_no_pixels()
    {
        await Start(Topic.Waterfall);

        Tell("compile");

        var html = await _hub.Sent(Topic.Waterfall, h => h.Contains("data-b=\"107\""));
        Assert.Contains("action=\"wf-news\"", html);
        Assert.Contains("data-builder=\"1\"", html);
        Assert.Contains("id=\"wf-head-1\"", html);
        Assert.Contains("id=\"wf-wait-1\"", html);
        Assert.DoesNotContain("--y:", html);
    }

    [Fact]
    public async Task A_new_configuration_lets_the_waterfall_ask_for_itself()
    {
        await Start(Topic.Waterfall);

        _store.Happen(() => { }, new WeirEvent { Kind = EventKind.ConfigurationChanged });

        await _hub.Sent(Topic.Waterfall, h => h == "refresh");
    }

    [Fact]
    public async Task Lines_of_a_watched_log_are_appended_each_once_and_its_end_is_told()
    {
        _store.Logs.Add(Samples.Log(50, 0, complete: false));
        await Start("log/50");
        Assert.Null(await _logs.Join(50, 0, TestContext.Current.CancellationToken));

        _store.Append(50, "one", "two");
        var first = await _hub.Sent("log/50", h => h.Contains("two"));
        _store.Append(50, "three");
        var second = await _hub.Sent("log/50", h => h.Contains("three"));
        _store.Happen(() => _store.Logs[0] = _store.Logs[0] with { CompletedAt = Samples.Now }, new WeirEvent { Kind = EventKind.LogCompleted, LogId = 50 });
        await _hub.Sent("log/50", h => h.Contains(" complete>"));

        Assert.Contains("from=\"0\" total=\"2\"", first);
        Assert.Contains("from=\"2\" total=\"3\"", second);
        Assert.DoesNotContain("two", second);
    }

    [Fact]
    public async Task Who_joins_a_log_late_gets_what_is_missing_for_that_page_alone()
    {
        _store.Logs.Add(Samples.Log(50, 0, complete: false));
        _store.Append(50, "one", "two", "three");
        await _logs.Join(50, 3, TestContext.Current.CancellationToken);

        var missed = await _logs.Join(50, 1, TestContext.Current.CancellationToken);

        Assert.Contains("from=\"1\" total=\"3\"", missed);
        Assert.Contains("two", missed);
        Assert.DoesNotContain("one", missed);
    }

    [Fact]
    public async Task A_finished_log_tells_its_rest_and_its_end_at_once()
    {
        _store.Logs.Add(Samples.Log(50, 0));
        _store.Append(50, "one", "two");

        var rest = await _logs.Join(50, 1, TestContext.Current.CancellationToken);

        Assert.Contains("two", rest);
        Assert.Contains(" complete>", rest);
        Assert.Empty(_logs.Followed);
    }

    [Fact]
    public async Task Who_is_far_behind_is_shown_the_end()
    {
        _store.Logs.Add(Samples.Log(50, 0, complete: false));
        await _logs.Join(50, 0, TestContext.Current.CancellationToken);
        _store.Append(50, [.. Enumerable.Range(0, 10_000).Select(i => $"line {i}.")]);

        var html = await _logs.Advance(50, TestContext.Current.CancellationToken);

        Assert.Contains("from=\"9000\" total=\"10000\"", html);
    }

    [Theory]
    [InlineData(Topic.Home)]
    [InlineData(Topic.Builders)]
    [InlineData(Topic.Buildsets)]
    [InlineData(Topic.Queue)]
    [InlineData(Topic.Workers)]
    [InlineData(Topic.Masters)]
    [InlineData(Topic.Changes)]
    [InlineData(Topic.Schedulers)]
    [InlineData(Topic.Configuration)]
    [InlineData("build/107")]
    [InlineData("builder/1")]
    [InlineData("buildset/301")]
    [InlineData("worker/1")]
    [InlineData("change/11")]
    public async Task Every_topic_has_a_region_with_its_own_element(string topic)
    {
        _store.Workers.Add(Samples.Worker());
        _store.Changes.Add(Samples.Change());
        _store.Buildsets.Add(new() { Id = 301, Reason = "x", SubmittedAt = Samples.Now, SourceStamps = [], Requests = [] });

        var html = await _services.GetRequiredService<Regions>().Render(topic, Samples.Moment, TestContext.Current.CancellationToken);

        Assert.Contains($"target=\"{Topic.ElementId(topic)}\"><template><div id=\"{Topic.ElementId(topic)}\"", html);
        Assert.Contains($"data-live=\"{topic}\" data-event=\"42\"", html);
    }

    [Theory]
    [InlineData("build/999")]
    [InlineData("worker/999")]
    [InlineData("log/1")]
    [InlineData("waterfall")]
    public async Task What_is_gone_or_has_fragments_of_its_own_is_not_rendered_as_a_region(string topic) =>
        Assert.Null(await _services.GetRequiredService<Regions>().Render(topic, Samples.Moment, TestContext.Current.CancellationToken));

    private async Task Start(string topic)
    {
        _watchers.Join("page", topic);
        await _feed.StartAsync(TestContext.Current.CancellationToken);
        await _reader.StartAsync(TestContext.Current.CancellationToken);
        await _store.Asked.Task;
    }

    private void Tell(string state) => _store.Happen(() => _store.Builds[0] = _store.Builds[0] with { StateText = state }, new WeirEvent { Kind = EventKind.BuildChanged, BuildId = 107, BuilderId = 1 });

    // What a block of the waterfall shows.
    private void TellNumber(int number) => _store.Happen(() => _store.Builds[0] = _store.Builds[0] with { Number = number }, new WeirEvent { Kind = EventKind.BuildChanged, BuildId = 107, BuilderId = 1 });

    public async ValueTask DisposeAsync()
    {
        await _feed.StopAsync(CancellationToken.None);
        await _reader.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}

using Weir.App.Client.Frame;
using Weir.App.Server.Live;
using Weir.Shared.Events;

namespace Weir.Client.Tests.Live;

public sealed class EventTopicsTests
{
    private static readonly WeirEvent Full = new() { Kind = EventKind.BuildStarted, ChangeId = 1, BuildsetId = 2, RequestId = 3, BuilderId = 4, BuildId = 5, StepId = 6, LogId = 7, WorkerId = 8, MasterId = 9 };

    [Fact]
    public void Every_kind_of_event_touches_something_and_only_topics_that_can_be_joined()
    {
        foreach (var kind in Enum.GetValues<EventKind>())
        {
            var topics = EventTopics.Of(Full with { Kind = kind });

            Assert.NotEmpty(topics);
            Assert.All(topics, t => Assert.True(Regions.IsTopic(t), $"{kind} touches {t}"));
            Assert.Equal(topics.Distinct(), topics);
        }
    }

    [Theory]
    [InlineData(EventKind.BuildCompleted, "build/5", "builder/4", "buildset/2", "worker/8", "home", "waterfall", "builders")]
    [InlineData(EventKind.StepStarted, "build/5", "waterfall")]
    [InlineData(EventKind.ChangeAdded, "changes", "waterfall", "change/1")]
    [InlineData(EventKind.RequestAdded, "queue", "home", "builder/4", "waterfall")]
    [InlineData(EventKind.LogCompleted, "log/7", "build/5")]
    [InlineData(EventKind.ConfigurationChanged, "configuration", "builders", "waterfall", "schedulers", "workers")]
    [InlineData(EventKind.WorkerChanged, "workers", "worker/8")]
    public void An_event_touches_the_pages_that_show_it(EventKind kind, params string[] topics) =>
        Assert.All(topics, t => Assert.Contains(t, EventTopics.Of(Full with { Kind = kind })));

    [Fact]
    public void What_an_event_does_not_name_it_does_not_touch() =>
        Assert.DoesNotContain(EventTopics.Of(new() { Kind = EventKind.BuildStarted }), t => t.Contains('/'));

    [Theory]
    [InlineData("build/7", true)]
    [InlineData("home", true)]
    [InlineData("build", false)]
    [InlineData("home/7", false)]
    [InlineData("build/-7", false)]
    [InlineData("build/7/8", false)]
    [InlineData("secrets", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_known_topics_can_be_joined(string? topic, bool known) => Assert.Equal(known, Regions.IsTopic(topic));

    [Fact]
    public void A_page_is_told_again_what_was_touched_after_its_event()
    {
        var recent = new RecentTopics(TimeProvider.System);
        recent.StartAt(10);
        recent.Add(11, [Topic.Home]);
        recent.Add(12, [Topic.Build(7)]);

        Assert.True(recent.TouchedSince(Topic.Home, 10));
        Assert.False(recent.TouchedSince(Topic.Home, 11));
        Assert.True(recent.TouchedSince(Topic.Build(7), 11));
        Assert.False(recent.TouchedSince(Topic.Build(8), 10));
    }

    [Fact]
    public void What_is_older_than_what_is_remembered_counts_as_touched_but_pages_of_everything_are_always_known()
    {
        var recent = new RecentTopics(TimeProvider.System);
        recent.StartAt(0);
        recent.Add(1, [Topic.Home]);
        for (var i = 2; i <= 50_000; i++)
            recent.Add(i, [Topic.Build(i)]);

        Assert.True(recent.TouchedSince(Topic.Build(100_000), 5_000));
        Assert.False(recent.TouchedSince(Topic.Build(100_000), 49_999));
        Assert.True(recent.TouchedSince(Topic.Build(49_500), 49_000));
        Assert.True(recent.TouchedSince(Topic.Home, 0));
        Assert.False(recent.TouchedSince(Topic.Home, 1));
        Assert.False(recent.TouchedSince(Topic.Queue, 1));
    }

    [Fact]
    public void What_happened_just_now_is_under_way_and_not_missed()
    {
        var clock = new Clock();
        var recent = new RecentTopics(clock);
        recent.StartAt(0);
        recent.Add(5, [Topic.Home]);

        Assert.False(recent.Missed(Topic.Home, 4, TimeSpan.FromSeconds(3)));
        clock.Now = TimeSpan.FromSeconds(4);
        Assert.True(recent.Missed(Topic.Home, 4, TimeSpan.FromSeconds(3)));
        Assert.False(recent.Missed(Topic.Home, 5, TimeSpan.FromSeconds(3)));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    [Fact]
    public void A_topic_is_watched_until_the_last_page_leaves()
    {
        var watchers = new Watchers();
        watchers.Join("a", "home");
        watchers.Join("b", "home");
        watchers.Join("b", "home");

        watchers.Leave("b", "home");
        Assert.True(watchers.Watches("home"));
        watchers.LeaveAll("a");
        Assert.False(watchers.Watches("home"));
    }

    [Fact]
    public void One_connection_cannot_watch_without_end()
    {
        var watchers = new Watchers();

        Assert.All(Enumerable.Range(0, Watchers.MostTopics), i => Assert.True(watchers.Join("a", $"build/{i}")));
        Assert.False(watchers.Join("a", "home"));
        Assert.False(watchers.Watches("home"));
    }
}

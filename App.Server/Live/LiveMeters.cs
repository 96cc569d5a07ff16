using System.Diagnostics.Metrics;

namespace Weir.App.Server.Live;

/// <summary>What is counted of live pages. <c>kind</c> is a topic without its number, so there are few.</summary>
internal sealed class LiveMeters
{
    public const string Name = "Weir.Live";

    private readonly Counter<long> _renders;
    private readonly Histogram<double> _renderTime;
    private readonly Counter<long> _fragments;

    public LiveMeters(IMeterFactory factory, Watchers watchers)
    {
        var meter = factory.Create(Name);
        meter.CreateObservableUpDownCounter("weir.live.pages", () => watchers.Count, null, "Pages that are open and live.");
        _renders = meter.CreateCounter<long>("weir.live.renders", null, "Fragments rendered, each once for all who watch, and those for one page that came late.");
        _renderTime = meter.CreateHistogram<double>("weir.live.render_time", "s", "Reading and rendering of a fragment.");
        _fragments = meter.CreateCounter<long>("weir.live.fragments", null, "Fragments sent to all who watch a topic.");
    }

    public void Rendered(string topic, TimeSpan time)
    {
        _renders.Add(1, Kind(topic));
        _renderTime.Record(time.TotalSeconds, Kind(topic));
    }

    public void Sent(string topic) => _fragments.Add(1, Kind(topic));

    private static KeyValuePair<string, object?> Kind(string topic)
    {
        var slash = topic.IndexOf('/', StringComparison.Ordinal);
        return new("kind", slash < 0 ? topic : topic[..slash]);
    }
}

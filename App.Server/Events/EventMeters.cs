using System.Diagnostics.Metrics;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>What is counted of events: how many were read and how late, and how many listen.</summary>
internal sealed class EventMeters
{
    public const string Name = "Weir.Events";

    private readonly Counter<long> _read;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _rendered;
    private readonly Counter<long> _cut;
    private readonly UpDownCounter<long> _listeners;

    public EventMeters(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _read = meter.CreateCounter<long>("weir.events.read", null, "Numbered events read by this master.");
        _lag = meter.CreateHistogram<double>("weir.events.lag", "s", "From an event's transaction to its reading by this master, the last of each reading.");
        _rendered = meter.CreateCounter<long>("weir.events.rendered", null, "Events rendered for streams, once for all their listeners.");
        _cut = meter.CreateCounter<long>("weir.events.streams_cut", null, "Streams that were cut because their client took its events too slowly.");
        _listeners = meter.CreateUpDownCounter<long>("weir.events.streams", null, "Open streams of events.");
    }

    public void Read(IReadOnlyList<WeirEvent> events, DateTimeOffset now)
    {
        _read.Add(events.Count);
        _lag.Record(Math.Max(0, (now - events[^1].At).TotalSeconds));
    }

    public void Rendered() => _rendered.Add(1);

    public void Cut(string form) => _cut.Add(1, new KeyValuePair<string, object?>("form", form));

    public void Listening(string form, int more) => _listeners.Add(more, new KeyValuePair<string, object?>("form", form));
}

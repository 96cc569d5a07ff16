using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Weir.App.Server.Metrics;

/// <summary>Which instruments are told, under which labels, and where a histogram's buckets end. What is not named here is not listened to and costs nothing.</summary>
internal sealed record MetricShape(string Meter, string Instrument, string[] Labels, double[]? Buckets = null)
{
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    public static IReadOnlyList<MetricShape> All { get; } =
    [
        new("Weir.Events", "weir.events.read", []),
        new("Weir.Events", "weir.events.lag", [], Seconds),
        new("Weir.Events", "weir.events.rendered", []),
        new("Weir.Events", "weir.events.streams", ["form"]),
        new("Weir.Events", "weir.events.streams_cut", ["form"]),
        new("Weir.Live", "weir.live.pages", []),
        new("Weir.Live", "weir.live.renders", ["kind"]),
        new("Weir.Live", "weir.live.render_time", ["kind"], Seconds),
        new("Weir.Live", "weir.live.fragments", ["kind"]),
        new("Weir.Engine", "weir.duty.runs", ["duty", "outcome"]),
        new("Weir.Engine", "weir.duty.time", ["duty"], Seconds),
        new("Weir.Engine", "weir.claim.time", [], Seconds),
        new("Microsoft.AspNetCore.Hosting", "http.server.request.duration", ["http.request.method", "http.route", "http.response.status_code"], Seconds),
        new("Microsoft.AspNetCore.Hosting", "http.server.active_requests", []),
        new("Microsoft.AspNetCore.Server.Kestrel", "kestrel.active_connections", []),
        new("Microsoft.AspNetCore.Http.Connections", "signalr.server.active_connections", []),
        new("System.Runtime", "dotnet.process.memory.working_set", []),
        new("System.Runtime", "dotnet.process.cpu.time", ["cpu.mode"]),
        new("System.Runtime", "dotnet.gc.collections", ["gc.heap.generation"]),
        new("System.Runtime", "dotnet.gc.pause.time", []),
        new("System.Runtime", "dotnet.gc.last_collection.heap.size", ["gc.heap.generation"]),
        new("System.Runtime", "dotnet.thread_pool.thread.count", []),
        new("System.Runtime", "dotnet.thread_pool.queue.length", []),
        new("System.Runtime", "dotnet.exceptions", []),
    ];
}

/// <summary>The measured values of one instrument, by its labels. However odd what is measured, there are at most <see cref="MostSeries"/> of them; the rest is counted together as <c>other</c>.</summary>
internal sealed class MetricSeries(MetricShape shape, Instrument instrument)
{
    public const int MostSeries = 1000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Value> _values = new(StringComparer.Ordinal);

    // A counter that is watched, not counted, says its total; an up-down counter its difference.
    private readonly bool _isTotal = instrument.IsObservable;
    private readonly string _type = shape.Buckets is not null ? "histogram" : instrument.GetType().Name is var n && (n.StartsWith("Counter", StringComparison.Ordinal) || n.StartsWith("ObservableCounter", StringComparison.Ordinal)) ? "counter" : "gauge";

    private sealed class Value(int buckets)
    {
        public double Sum;
        public long Count;
        public long[] Buckets { get; } = new long[buckets];
    }

    public void Add(double measured, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!_values.TryGetValue(labels, out var value))
            {
                if (_values.Count >= MostSeries)
                    labels = Other;
                if (!_values.TryGetValue(labels, out value))
                    _values[labels] = value = new(shape.Buckets?.Length ?? 0);
            }
            value.Count++;
            value.Sum = _isTotal ? measured : value.Sum + measured;
            for (var i = 0; i < value.Buckets.Length; i++)
            {
                if (measured <= shape.Buckets![i])
                    value.Buckets[i]++;
            }
        }
    }

    public void Write(StringBuilder text)
    {
        var name = Name();
        lock (_lock)
        {
            if (_values.Count == 0)
                return;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {(instrument.Description ?? "").Replace('\n', ' ').Replace("\\", "\\\\", StringComparison.Ordinal)}\n# TYPE {name} {_type}\n");
            foreach (var (labels, value) in _values)
            {
                if (_type != "histogram")
                {
                    Line(text, name, labels, value.Sum);
                    continue;
                }
                for (var i = 0; i < value.Buckets.Length; i++)
                    Line(text, name + "_bucket", With(labels, shape.Buckets![i].ToString(CultureInfo.InvariantCulture)), value.Buckets[i]);
                Line(text, name + "_bucket", With(labels, "+Inf"), value.Count);
                Line(text, name + "_sum", labels, value.Sum);
                Line(text, name + "_count", labels, value.Count);
            }
        }
    }

    private string Name()
    {
        var name = shape.Instrument.Replace('.', '_');
        name += instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return _type == "counter" ? name + "_total" : name;
    }

    private string Other => string.Join(',', shape.Labels.Select(l => $"{Label(l)}=\"other\""));

    private string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (shape.Labels.Length == 0)
            return "";
        var text = new StringBuilder();
        foreach (var label in shape.Labels)
        {
            object? value = null;
            foreach (var tag in tags)
            {
                if (tag.Key == label)
                    value = tag.Value;
            }
            if (text.Length > 0)
                text.Append(',');
            text.Append(Label(label)).Append("=\"").Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }
        return text.ToString();
    }

    private static string Label(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string With(string labels, string end) => labels.Length == 0 ? $"le=\"{end}\"" : $"{labels},le=\"{end}\"";

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

/// <summary>Listens to the instruments of this master and tells their values as Prometheus reads them (text format 0.0.4).</summary>
internal sealed class MetricStore : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<MetricSeries> _series = [];

    public MetricStore(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Several masters in one process (tests) keep apart what belongs to each.
            if (instrument.Meter.Scope is { } scope && scope != factory)
                return;
            if (MetricShape.All.FirstOrDefault(s => s.Meter == instrument.Meter.Name && s.Instrument == instrument.Name) is not { } shape)
                return;
            var series = new MetricSeries(shape, instrument);
            lock (_lock)
                _series.Add(series);
            listener.EnableMeasurementEvents(instrument, series);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => ((MetricSeries)state!).Add(value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => ((MetricSeries)state!).Add(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => ((MetricSeries)state!).Add(value, tags));
        _listener.Start();
    }

    public string Text()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var series in _series)
                series.Write(text);
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}

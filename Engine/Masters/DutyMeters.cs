using System.Diagnostics.Metrics;

namespace Weir.Engine.Masters;

/// <summary>What is counted of background loops: how often each ran, how long it took, and what came of it. The names are those of our own classes, so there are few.</summary>
internal static class DutyMeters
{
    private static readonly Meter Meter = new("Weir.Engine");
    private static readonly Counter<long> Runs = Meter.CreateCounter<long>("weir.duty.runs", null, "Passes of background loops by their outcome: done, store_away, failed.");
    private static readonly Histogram<double> Time = Meter.CreateHistogram<double>("weir.duty.time", "s", "How long the passes took that were done.");

    public static void Done(string duty, TimeSpan time)
    {
        Runs.Add(1, new("duty", duty), new("outcome", "done"));
        Time.Record(time.TotalSeconds, new KeyValuePair<string, object?>("duty", duty));
    }

    public static void StoreAway(string duty) => Runs.Add(1, new("duty", duty), new("outcome", "store_away"));

    public static void Failed(string duty) => Runs.Add(1, new("duty", duty), new("outcome", "failed"));
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace Weir.Support;

/// <summary>Counts how often the store is asked by what runs inside it: each command of the driver (a batch is one), of this flow of control only.</summary>
public sealed class StoreCalls : IDisposable
{
    private readonly Activity activity = new Activity("calls").Start();
    private readonly ActivityListener listener;
    private readonly ConcurrentQueue<string> texts = new();

    public StoreCalls()
    {
        listener = new ActivityListener
        {
            // A request to a master of this process carries the trace with it, if somebody listens to the host as well.
            ShouldListenTo = s => s.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                // Opening a connection is told too; a command has its text.
                if (a.TraceId == activity.TraceId && (a.GetTagItem("db.query.text") ?? a.GetTagItem("db.statement")) is string text)
                    texts.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public int Count => texts.Count;

    /// <summary>What was asked, in its order.</summary>
    public IReadOnlyCollection<string> Texts => texts;

    public static async Task<int> Of(Func<Task> reading)
    {
        using var calls = new StoreCalls();
        await reading();
        return calls.Count;
    }

    public void Dispose()
    {
        activity.Dispose();
        listener.Dispose();
    }
}

using System.Collections.Concurrent;

namespace Weir.App.Server.Identity;

/// <summary>Counts failed sign-ins per account and per address. Too many in a short time: the next ones are refused unlooked-at until some of them are old.</summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    public const int MostPerAccount = 10;
    public const int MostPerAddress = 30;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private const int MostKeys = 50_000;

    private readonly ConcurrentDictionary<string, Queue<long>> failures = new();

    /// <summary>How long to wait; null: try.</summary>
    public TimeSpan? MustWait(string account, string? address) => Later(Remaining("account " + account, MostPerAccount), Remaining("address " + address, MostPerAddress));

    public void Add(string account, string? address)
    {
        // Names and addresses are the callers' to choose; the table must not grow with them.
        if (failures.Count > MostKeys)
            failures.Clear();
        foreach (var key in new[] { "account " + account, "address " + address })
        {
            var queue = failures.GetOrAdd(key, _ => new());
            lock (queue)
            {
                queue.Enqueue(time.GetTimestamp());
                while (queue.Count > MostPerAddress)
                    queue.Dequeue();
            }
        }
    }

    public void Forgive(string account) => failures.TryRemove("account " + account, out _);

    private TimeSpan? Remaining(string key, int most)
    {
        if (!failures.TryGetValue(key, out var queue))
            return null;
        lock (queue)
        {
            while (queue.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window)
                queue.Dequeue();
            return queue.Count < most ? null : Window - time.GetElapsedTime(queue.ElementAt(queue.Count - most));
        }
    }

    private static TimeSpan? Later(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a > b ? a : b;
}

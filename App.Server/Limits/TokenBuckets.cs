using System.Collections.Concurrent;

namespace Weir.App.Server.Limits;

/// <summary>A bucket of tokens for each client: each request takes one, and they come back with time.</summary>
internal sealed class TokenBuckets(TimeProvider time)
{
    // Addresses are the callers' to choose; the table must not grow with them.
    private const int MostClients = 50_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();

    public int Count => _buckets.Count;

    /// <summary>Takes a token; else says how long to wait for the next.</summary>
    public TimeSpan? TryTake(string client, Rate rate)
    {
        if (_buckets.Count >= MostClients)
            Forget();
        return _buckets.GetOrAdd(client, _ => new(rate, time.GetTimestamp())).TryTake(time);
    }

    /// <summary>A bucket that is full again is as good as none; if all are in use, everybody begins anew.</summary>
    private void Forget()
    {
        foreach (var (client, bucket) in _buckets)
        {
            if (bucket.IsFull(time))
                _buckets.TryRemove(client, out _);
        }
        if (_buckets.Count >= MostClients)
            _buckets.Clear();
    }

    internal sealed class Bucket(Rate rate, long begun)
    {
        private readonly Lock _lock = new();
        private double _tokens = rate.Burst;
        private long _at = begun;

        public TimeSpan? TryTake(TimeProvider time)
        {
            lock (_lock)
            {
                Fill(time);
                if (_tokens < 1)
                    return TimeSpan.FromSeconds((1 - _tokens) / rate.PerSecond);
                _tokens--;
                return null;
            }
        }

        public bool IsFull(TimeProvider time)
        {
            lock (_lock)
            {
                Fill(time);
                return _tokens >= rate.Burst;
            }
        }

        private void Fill(TimeProvider time)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(rate.Burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * rate.PerSecond);
            _at = now;
        }
    }
}

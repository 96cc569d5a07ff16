using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>Is told by the one reader, on the reader's loop: notes what it needs and returns at once.</summary>
internal interface IEventListener
{
    /// <summary>The reading begins behind this number, now or anew.</summary>
    void Begin(long number);

    void Take(IReadOnlyList<WeirEvent> events);

    /// <summary>Logs that have new lines, as far as hints say so.</summary>
    void Grown(IReadOnlyCollection<long> logs);
}

/// <summary>
/// The one reader of numbered events of this master: pages, streams and measurements learn from it, so that another listener costs the store nothing. Reads only while somebody listens.
/// </summary>
internal sealed partial class EventReader(IEventFeed feed, EventMeters meters, TimeProvider clock, ILogger<EventReader> logger) : BackgroundService
{
    private const int AtOnce = 500;
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<IEventListener> _listeners = [];
    private readonly SemaphoreSlim _wanted = new(0);
    private long? _last;

    /// <summary>What was read last, for those who join a little behind.</summary>
    public RecentEvents Recent { get; } = new();

    /// <summary>Listens until the answer is disposed.</summary>
    public IDisposable Listen(IEventListener listener)
    {
        lock (_lock)
        {
            _listeners.Add(listener);
            if (_last is { } begun)
                listener.Begin(begun);
            if (_listeners.Count == 1)
                _wanted.Release();
        }
        return new Listening(this, listener);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Begin(stoppingToken);
                if (await feed.WaitForNews(stoppingToken))
                    await ReadEvents(stoppingToken);
                if (feed.TakeGrownLogs() is { Count: > 0 } grown)
                    Tell(l => l.Grown(grown));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The border of the loop: what was not read now is read in the next round.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogTrouble(e.Message);
                await Task.Delay(AfterTrouble, clock, stoppingToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private async Task Begin(CancellationToken cancellation)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_listeners.Count > 0)
                    break;
                // Nobody listens: whoever comes next begins anew.
                _last = null;
            }
            await _wanted.WaitAsync(cancellation);
        }
        if (_last is not null)
            return;
        var latest = await feed.Latest(cancellation);
        lock (_lock)
        {
            Recent.StartAt(latest);
            _last = latest;
            foreach (var listener in _listeners)
                listener.Begin(latest);
        }
    }

    private async Task ReadEvents(CancellationToken cancellation)
    {
        while (_last is { } last)
        {
            var events = await feed.After(last, AtOnce, cancellation);
            if (events.Count > 0)
            {
                meters.Read(events, clock.GetUtcNow());
                Tell(l => l.Take(events), () =>
                {
                    Recent.Add(events);
                    _last = events[^1].Number;
                });
            }
            if (events.Count < AtOnce)
                return;
        }
    }

    private void Tell(Action<IEventListener> what, Action? before = null)
    {
        lock (_lock)
        {
            before?.Invoke();
            foreach (var listener in _listeners)
                what(listener);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Events could not be read ({Message}); trying again.")]
    private partial void LogTrouble(string message);

    private sealed class Listening(EventReader reader, IEventListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (reader._lock)
                reader._listeners.Remove(listener);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Weir.Shared.Events;

namespace Weir.App.Server.Events;

/// <summary>All open streams of this master. Each event is rendered once, if anybody wants it, and its bytes are handed to all who do.</summary>
internal sealed partial class EventStreams(EventReader reader, IEventFeed feed, EventRendering rendering, EventMeters meters, TimeProvider clock, ILogger<EventStreams> logger)
    : BackgroundService, IEventListener
{
    private const int AtOnce = 200;
    private const int ReplaysAtOnce = 4;
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<EventConnection> _connections = [];
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<long> _grown = [];
    private readonly SemaphoreSlim _replays = new(ReplaysAtOnce);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _listens;
    private long _told;

    /// <summary>How many listen.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _connections.Count;
        }
    }

    /// <summary>The number up to which every connection has been offered what it wants.</summary>
    public long Told
    {
        get
        {
            lock (_lock)
                return _told;
        }
    }

    /// <summary>From the number that is answered on, the connection is offered what it wants.</summary>
    public async Task<long> Join(EventConnection connection, CancellationToken cancellation)
    {
        // From the first stream on: an engine that nobody ever asks does not read. (Outside our lock: the reader calls us under its own.)
        if (Interlocked.Exchange(ref _listens, 1) == 0)
            reader.Listen(this);
        await _begun.Task.WaitAsync(cancellation);
        meters.Listening(connection.Form, 1);
        lock (_lock)
        {
            _connections.Add(connection);
            return _told;
        }
    }

    public void Leave(EventConnection connection)
    {
        lock (_lock)
        {
            if (!_connections.Remove(connection))
                return;
        }
        meters.Listening(connection.Form, -1);
        if (connection.WasCut)
            meters.Cut(connection.Form);
    }

    /// <summary>What happened behind one number up to another, rendered for one who comes back; a few such readings at a time.</summary>
    public async IAsyncEnumerable<RenderedEvent> History(long after, long until, Func<WeirEvent, bool> wants, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (after < until)
        {
            var page = new List<RenderedEvent>();
            await _replays.WaitAsync(cancellation);
            try
            {
                var events = await After(after, cancellation);
                if (events.Count == 0)
                    yield break;
                after = events[^1].Number;
                var wanted = events.Where(e => e.Number <= until && wants(e)).ToList();
                var reading = await rendering.Read(wanted, cancellation);
                foreach (var e in wanted)
                    page.Add(await rendering.Render(e, reading, cancellation));
            }
            finally
            {
                _replays.Release();
            }
            foreach (var rendered in page)
                yield return rendered;
        }
    }

    void IEventListener.Begin(long number)
    {
        lock (_lock)
        {
            _told = number;
            _begun.TrySetResult();
        }
    }

    void IEventListener.Take(IReadOnlyList<WeirEvent> events)
    {
        lock (_lock)
        {
            if (_connections.Count == 0)
                _told = events[^1].Number;
        }
        _bell.Writer.TryWrite(true);
    }

    void IEventListener.Grown(IReadOnlyCollection<long> logs)
    {
        lock (_lock)
        {
            if (_connections.Any(c => c.OnGrowth is not null))
                _grown.UnionWith(logs);
        }
        _bell.Writer.TryWrite(true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _bell.Reader.ReadAsync(stoppingToken);
                while (await TellNext(stoppingToken))
                {
                }
                await TellGrowth(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The border of the loop: what was not told now is told in the next round.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogTrouble(e.Message);
                await Task.Delay(AfterTrouble, clock, stoppingToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                _bell.Writer.TryWrite(true);
            }
        }
    }

    private async Task<bool> TellNext(CancellationToken cancellation)
    {
        EventConnection[] listening;
        long told;
        lock (_lock)
            (listening, told) = ([.. _connections], _told);
        if (listening.Length == 0)
            return false;
        var events = await After(told, cancellation);
        var reading = await rendering.Read(events.Where(e => listening.Any(c => c.Wants(e))), cancellation);
        foreach (var e in events)
        {
            var rendered = listening.Any(c => c.Wants(e)) ? await rendering.Render(e, reading, cancellation) : null;
            var late = Tell(e, rendered);
            if (late.Count > 0)
                await TellLate(e, late, reading, cancellation);
        }
        return events.Count > 0;
    }

    // Answers who joined meanwhile and wants what nobody wanted before.
    private List<EventConnection> Tell(WeirEvent e, RenderedEvent? rendered)
    {
        lock (_lock)
        {
            if (e.Number <= _told)
                return [];
            _told = e.Number;
            var wanting = _connections.Where(c => c.Wants(e));
            if (rendered is null)
                return [.. wanting];
            foreach (var connection in wanting)
                connection.Offer(rendered);
            return [];
        }
    }

    private async Task TellLate(WeirEvent e, List<EventConnection> late, EventRendering.Reading reading, CancellationToken cancellation)
    {
        var told = false;
        try
        {
            var rendered = await rendering.Render(e, reading, cancellation);
            late.ForEach(c => c.Offer(rendered));
            told = true;
        }
        finally
        {
            // What could not be rendered must not be passed over in silence: they come again with their number.
            if (!told)
                late.ForEach(c => c.Cut());
        }
    }

    private async Task TellGrowth(CancellationToken cancellation)
    {
        long[] grown;
        lock (_lock)
        {
            grown = [.. _grown];
            _grown.Clear();
        }
        foreach (var log in grown)
        {
            var messages = await rendering.Growth(log, cancellation);
            lock (_lock)
            {
                foreach (var connection in _connections)
                {
                    foreach (var message in messages)
                    {
                        if (connection.OnGrowth?.Invoke(message) is { } bytes)
                            connection.Offer(bytes);
                    }
                }
            }
        }
    }

    private async Task<IReadOnlyList<WeirEvent>> After(long number, CancellationToken cancellation) => reader.Recent.After(number, AtOnce) ?? await feed.After(number, AtOnce, cancellation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Streams of events could not be told what happened ({Message}); trying again.")]
    private partial void LogTrouble(string message);
}

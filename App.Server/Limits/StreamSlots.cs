namespace Weir.App.Server.Limits;

/// <summary>How many connections that stay open each client has, and all together.</summary>
internal sealed class StreamSlots(LimitSettings settings)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _open = [];
    private int _all;

    /// <summary>Null if the client has as many as it may, or the master as many as it takes; else the slot, to be given back.</summary>
    public IDisposable? TryTake(string client, int most)
    {
        lock (_lock)
        {
            var mine = _open.GetValueOrDefault(client);
            if (mine >= most || _all >= settings.Streams)
                return null;
            _open[client] = mine + 1;
            _all++;
            return new Slot(this, client);
        }
    }

    private void GiveBack(string client)
    {
        lock (_lock)
        {
            _all--;
            if (--_open[client] == 0)
                _open.Remove(client);
        }
    }

    private sealed class Slot(StreamSlots slots, string client) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
                slots.GiveBack(client);
        }
    }
}

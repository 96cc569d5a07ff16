using Weir.Shared.Protocol;

namespace Weir.Worker.Connection;

/// <summary>The masters' addresses: those given at the start, then those the engines name. Tried in turn, beginning with the one that was good last.</summary>
internal sealed class Addresses
{
    private readonly IReadOnlyList<Uri> _given;
    private List<Uri> _known;
    private Uri? _tried;
    private int _next;

    private readonly Lock _gate = new();

    public Addresses(IReadOnlyList<Uri> given) => (_given, _known) = (given, [.. given]);

    /// <summary>The address to try now.</summary>
    public Uri Next()
    {
        lock (_gate)
            return _tried = _known[_next++ % _known.Count];
    }

    /// <summary>The engine that was tried last is good, and names the active engines. Those given at the start stay, behind them; nonsense is left out.</summary>
    public void Learn(IEnumerable<string> addresses)
    {
        lock (_gate)
        {
            _known = [.. addresses.Select(TryRead).OfType<Uri>().Concat(_given).Distinct()];
            _next = Math.Max(0, _tried is null ? 0 : _known.IndexOf(_tried));
        }
    }

    /// <summary>These first, and then whatever was known before: who sends us there may be wrong.</summary>
    public void Prefer(IEnumerable<string> addresses)
    {
        lock (_gate)
        {
            _known = [.. addresses.Select(TryRead).OfType<Uri>().Concat(_known).Distinct()];
            _next = 0;
        }
    }

    /// <summary>Not that one again, if there is another: it sends us away, or says nothing any more.</summary>
    public void Avoid()
    {
        lock (_gate)
        {
            if (_known[_next % _known.Count] == _tried)
                _next++;
        }
    }

    /// <summary>Null if it is no address of a master.</summary>
    public static Uri? TryRead(string text) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "ws" or "wss" ? uri : null;

    /// <summary>The hub behind an address.</summary>
    public static Uri Hub(Uri address) =>
        new UriBuilder(address)
        {
            Scheme = address.Scheme is "https" or "wss" ? "wss" : "ws",
            Port = address.Port,
            Path = address.AbsolutePath.TrimEnd('/') + WorkerProtocol.HubPath,
        }.Uri;
}

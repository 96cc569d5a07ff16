using Weir.Shared.Protocol;

namespace Weir.Worker.Connection;

/// <summary>The masters' addresses: those given at the start, then those the engines name; tried in turn.</summary>
internal sealed class Addresses
{
    private readonly IReadOnlyList<Uri> _given;
    private IReadOnlyList<Uri> _known;
    private int _next;

    public Addresses(IReadOnlyList<Uri> given) => _given = _known = given;

    /// <summary>The address to try now.</summary>
    public Uri Next() => _known[_next++ % _known.Count];

    /// <summary>An engine names the active engines. Those given at the start stay, behind them; nonsense is left out.</summary>
    public void Learn(IEnumerable<string> addresses)
    {
        var tried = _next > 0 ? _known[(_next - 1) % _known.Count] : null;
        var named = addresses.Select(TryRead).OfType<Uri>().ToList();
        _known = [.. named.Concat(_given).Distinct()];
        var at = tried is null ? -1 : _known.ToList().IndexOf(tried);
        _next = at + 1;
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

namespace Weir.Worker.Connection;

/// <summary>How long to wait before the next attempt: doubling from 0.2 s to 15 s, spread by chance so that a thousand workers do not return at once.</summary>
internal sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(15);
    private TimeSpan _next = First;

    public TimeSpan Next()
    {
        var wait = _next * (0.5 + (0.5 * random.NextDouble()));
        _next = _next * 2 < Last ? _next * 2 : Last;
        return wait;
    }

    public void Reset() => _next = First;
}

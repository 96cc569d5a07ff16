namespace Weir.Worker.Connection;

/// <summary>Wakes one waiter; several beats before it looks are one.</summary>
internal sealed class Pulse : IDisposable
{
    private readonly SemaphoreSlim _beats = new(0, 1);

    public void Beat()
    {
        try
        {
            _beats.Release();
        }
        catch (SemaphoreFullException)
        {
            // it has not looked yet
        }
    }

    public Task Wait(CancellationToken cancellation) => _beats.WaitAsync(cancellation);

    public void Dispose() => _beats.Dispose();
}

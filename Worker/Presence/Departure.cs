namespace Weir.Worker.Presence;

/// <summary>What the owner of the machine has told this worker: to finish and go, or to go at once. It cannot be taken back; starting the worker again is simple enough.</summary>
internal sealed class Departure : IDisposable
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _now = new();

    /// <summary>It takes nothing new, finishes what it does, and goes.</summary>
    public bool IsAsked => _asked.Task.IsCompleted;

    /// <summary>Completed when it is asked.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Cancelled when it shall go at once; what runs goes on in the keeper.</summary>
    public CancellationToken Now => _now.Token;

    public void Ask() => _asked.TrySetResult();

    public void AskNow() => _now.Cancel();

    public void Dispose() => _now.Dispose();
}
